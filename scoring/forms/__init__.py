"""The forms of analysis."""
