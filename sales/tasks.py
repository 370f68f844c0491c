"""Doors of the background to the ledger."""

from celery import shared_task

from sales import rollup
from sales.services.checking import check_rollup
from sales.services.lifecycles import turn_former


@shared_task(name="sales.refresh", expires=60)
def refresh() -> None:
    """Work out what postings have marked. Runs every few seconds and after a commit; of several at once one does it."""
    rollup.refresh_all()


@shared_task(name="sales.check")
def check() -> None:
    """Compare the roll-up with the documents. Runs each night."""
    check_rollup()


@shared_task(name="sales.former")
def former() -> None:
    """Make those former who have not bought for as long as the settings say. Runs each night."""
    turn_former()
