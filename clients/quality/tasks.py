"""Doors of the background to data quality."""

import structlog
from celery import shared_task

from clients.quality import digest, snapshots

logger = structlog.get_logger(__name__)


@shared_task(name="clients.quality.work")
def work() -> None:
    """Take the snapshot of the day and send the weekly mail, when it is time. Runs every few minutes, and costs little when it is not."""
    snapshots.take_due_snapshot()
    digest.send_due_digest()


def wake() -> None:
    """Start the work now. Does not fail: the next tick does what is left undone."""
    from kombu.exceptions import OperationalError as BrokerDown

    try:
        work.delay()
    except BrokerDown:
        logger.warning("broker does not answer; the next tick does it", task=work.name)
