"""What the list of clients needs done in the background."""

from celery import shared_task

from clients import custom_indexes


@shared_task
def keep_custom_indexes() -> None:
    """Give each custom field the index that its filter wants. Costs two queries when all is there."""
    custom_indexes.keep_indexes()
