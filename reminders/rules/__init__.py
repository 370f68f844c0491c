"""Rules: how they are read, what fits one, how it is run and what it would do."""
