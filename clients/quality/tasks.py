"""Doors of the background to data quality."""

from celery import shared_task

from clients.quality import digest, snapshots


@shared_task(name="clients.quality.work")
def work() -> None:
    """Take the snapshot of the day and send the weekly mail, when it is time. Runs every few minutes, and costs little when it is not."""
    snapshots.take_due_snapshot()
    digest.send_due_digest()
