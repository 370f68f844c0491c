"""Data quality by manager: one list of measures, counted each night, and what each manager has to mend.

Every measure is a filter of the list of clients: the figure and the list that it opens are the same condition.
"""
