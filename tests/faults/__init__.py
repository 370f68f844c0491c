"""Proof that reminders are neither lost nor doubled, against real servers and processes that are killed.

`python -m tests.faults [--short] [NUMBER …]` runs the lines of the table in docs/reminders.md on servers of its own (PostgreSQL,
Valkey, Celery workers, beat, `reminders_loop`, and a mail server on loopback) and prints what was seen. It ends with 1 if
a line does not hold.
"""
