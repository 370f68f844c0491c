"""Doors of the background to the search for duplicates."""

import structlog
from celery import shared_task
from django.db import transaction

from clients.duplicates import scan

logger = structlog.get_logger(__name__)


@shared_task(name="clients.duplicates.search")
def search() -> None:
    """Compare what has changed, and the whole base where that is to be done. Costs a few queries when there is nothing."""
    scan.search()


def search_again() -> None:
    """Search the whole base anew, in the background, after this transaction."""
    scan.forget_search()
    search_soon()


def search_soon() -> None:
    """Wake the search after this transaction. Does not fail: the minute's tick finds whatever is left undone."""
    transaction.on_commit(_wake)


def _wake() -> None:
    from kombu.exceptions import OperationalError as BrokerDown

    try:
        search.delay()
    except BrokerDown:
        logger.warning("broker does not answer; the next tick searches", task=search.name)
