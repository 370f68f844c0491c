"""Completeness over a base of one size: every client held against the criteria, and the snapshot of data quality."""

import logging
import sys
import time

import django

django.setup()

from django.db import connection  # noqa: E402  Django stands first

from bench import base  # noqa: E402
from clients.criteria.passes import settle_standing  # noqa: E402
from clients.criteria.rules import company_today  # noqa: E402
from clients.models import ClientStanding, QualityRun, QualitySnapshot, StandingPass  # noqa: E402
from clients.quality.snapshots import take_due_snapshot  # noqa: E402

HEAD = "| over the base | s | rows changed |\n|---|--:|--:|"
_WRONG = {"completeness": 0, "required_missing": 9, "mend_by": None}


def measure(size: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)
    base.ensure(size)
    print(f"\n### Completeness at {size:,} clients\n\n{HEAD}", flush=True)
    print(f"| completeness over the base, as it stands | {_pass_over_base():.2f} | 0 |", flush=True)
    changed = ClientStanding.objects.filter(client__id__lte=size // 10).update(**_WRONG)
    print(f"| completeness over the base, one in ten changed | {_pass_over_base():.2f} | {changed:,} |", flush=True)
    changed = ClientStanding.objects.update(**_WRONG)
    _vacuum("clients_clientstanding")
    print(f"| completeness over the base, all changed | {_pass_over_base():.2f} | {changed:,} |", flush=True)
    QualitySnapshot.objects.filter(day=company_today()).delete()
    QualityRun.objects.update(day=None)
    started = time.perf_counter()
    take_due_snapshot()
    seconds, rows = time.perf_counter() - started, QualitySnapshot.objects.filter(day=company_today()).count()
    print(f"| quality snapshot | {seconds:.2f} | {rows:,} |", flush=True)


def _pass_over_base() -> float:
    """Work the base out as after a change of the criteria; return the seconds."""
    StandingPass.objects.update(basis="", finished_at=None)
    started = time.perf_counter()
    settle_standing()
    return time.perf_counter() - started


def _vacuum(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {table}")


if __name__ == "__main__":
    measure(int(sys.argv[1]))
