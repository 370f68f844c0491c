"""Doors for the worker and for beat."""

from celery import shared_task

from scoring.services import cases, keeping


@shared_task(name="scoring.refresh")
def refresh() -> None:
    """Work out the reports that somebody looks at and that hold no more."""
    keeping.refresh_reports()


@shared_task(name="scoring.forget")
def forget() -> None:
    """Delete reports that nobody looks at any more."""
    keeping.forget_reports()


@shared_task(name="scoring.measure")
def measure() -> None:
    """Measure the turnaround cases whose months are over."""
    cases.measure_due()
