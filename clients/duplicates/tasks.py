"""Doors of the background to the search for duplicates."""

from celery import shared_task

from clients.duplicates import scan
from clients.waking import wake_soon


@shared_task(name="clients.duplicates.search")
def search() -> None:
    """Compare what has changed, and the whole base where that is to be done. Costs a few queries when there is nothing."""
    scan.search()


def search_again() -> None:
    """Search the whole base anew, in the background, after this transaction."""
    scan.forget_search()
    search_soon()


def search_soon() -> None:
    """Wake the search after this transaction."""
    wake_soon(search)
