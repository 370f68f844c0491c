"""What makes sure that nobody is forgotten: firing what is due, delivering word of it, and a loop for both.

Nothing here keeps the time itself: the database's clock says what is due, and rows say what is done.
"""
