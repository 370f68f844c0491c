"""Doors to the importer for the worker."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from clients.imports import running, starting, storing
from clients.models import ImportRun

_SILENT = timedelta(seconds=45)
"""After this long without a heartbeat a worker may be dead; whether it is, its lock tells."""


@shared_task
def work_on_import(run_id: int) -> None:
    """Try out, write or undo an import, whatever it waits for."""
    running.work_on(run_id)


@shared_task
def find_forsaken_imports() -> None:
    """Start again what a dead worker left, and what the broker never told anybody."""
    for run_id in ImportRun.objects.forsaken(timezone.now() - _SILENT).values_list("pk", flat=True):
        if not running.is_worked_on(run_id):
            starting.wake(run_id)


@shared_task
def tidy_imports() -> None:
    """Delete files that are old enough, and with them the way to undo."""
    storing.tidy(timedelta(days=settings.IMPORT_KEEP_DAYS))
