"""Looking at pairs of alike clients: the queue, two clients side by side, merging in bulk, and what was done lately."""
