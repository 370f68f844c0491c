"""Which clients may be one: what they are compared by, how alike two are and why, and the search of the whole base."""
