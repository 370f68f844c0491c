"""What if: other terms of a client, or another driver of a pool, worked out beside what is, and nothing written."""
