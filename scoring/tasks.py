"""Doors for the worker and for beat."""

from celery import shared_task

from scoring.services import ahead, cases, keeping
from scoring.whatif import waiting


@shared_task(name="scoring.refresh")
def refresh() -> None:
    """Work out the reports that somebody looks at and that hold no more."""
    keeping.refresh_reports()


@shared_task(name="scoring.work_ahead")
def work_ahead() -> None:
    """Work out reports that people are going to ask for, each in a message of its own: what somebody waits for comes between."""
    if ahead.work_ahead():
        work_ahead.apply_async(expires=60)


@shared_task(name="scoring.forget")
def forget() -> None:
    """Delete reports that nobody looks at any more."""
    keeping.forget_reports()


@shared_task(name="scoring.measure")
def measure() -> None:
    """Measure the turnaround cases whose months are over."""
    cases.measure_due()


@shared_task(name="scoring.what_if")
def what_if(key: str, report_id: int, pool: str, driver: str, percent: str) -> None:
    """Work out what another driver or amount of a pool comes to, for somebody who waits for it."""
    waiting.work(key, report_id, pool, driver, percent)
