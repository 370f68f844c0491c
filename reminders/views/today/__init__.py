"""Today: the page, the pane in which a call is closed, and what one click does with a row."""
