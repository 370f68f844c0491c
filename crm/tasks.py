"""Recurring work of the project itself."""

from celery import shared_task

from crm.models import Heartbeat


@shared_task(name="crm.tick", expires=10)
def tick() -> None:
    """Show that beat, broker and worker work together: the age of the last tick is on the health page."""
    Heartbeat.objects.beat("tick")
