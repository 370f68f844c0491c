"""The pages of turnaround cases."""
