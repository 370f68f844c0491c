"""Doors of the background to the ledger."""

from celery import shared_task

from sales import rollup
from sales.services.checking import do_nights_work


@shared_task(name="sales.refresh", acks_late=False)
def refresh() -> None:
    """Work out what postings have marked. Runs every five seconds and after a commit; of several at once one does it.

    In the queue of what must not wait (see reminders.tasks): an import that takes half an hour would keep reports waiting.
    """
    rollup.refresh_all()


@shared_task(name="sales.night", expires=900)
def night() -> None:
    """Once a night: check the roll-up against the documents, and make those former who have not bought for long."""
    do_nights_work()
