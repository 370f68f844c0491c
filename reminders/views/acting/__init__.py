"""What one does with a reminder outside Today and the calendar. Each act is answered where it was asked for (answering.py)."""
