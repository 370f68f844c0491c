"""The snapshot of the day: taken at night, once the standing of every client is worked out, or when somebody asks."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import connection, transaction
from django.utils import timezone

from clients.criteria import criteria_in_force, passes
from clients.criteria.rules import company_today
from clients.models import QualityRun, QualitySnapshot, StandingPass
from clients.quality.figures import COLUMNS, counting

logger = structlog.get_logger(__name__)

_WRITE = f"""
-- The snapshot of a day: what `counting` finds, with the team that each manager is in.
INSERT INTO clients_qualitysnapshot (day, taken_at, manager_id, team_id, {", ".join(COLUMNS)})
SELECT %s, %s, q.manager_id, u.team_id, {", ".join(f"q.{name}" for name in COLUMNS)}
FROM ({{counting}}) AS q (manager_id, {", ".join(COLUMNS)})
LEFT JOIN accounts_user AS u ON u.id = q.manager_id
"""  # noqa: S608  (column names of our own)


def take_due_snapshot(now: datetime | None = None) -> bool:
    """Take the snapshot of today unless it is there and nobody asked for a new one; return whether one was taken.

    May be started any number of times, by any number of workers: one works, the others leave. All is one transaction,
    so a killed run leaves nothing, and the next tick does it.
    """
    now = now or timezone.now()
    if not _is_due(QualityRun.current(), now):
        return False
    passes.settle_standing()
    if not _standing_is_settled():
        return False  # another worker is at it
    QualityRun.objects.bulk_create([QualityRun(pk=1)], ignore_conflicts=True)
    with transaction.atomic():
        run = QualityRun.objects.select_for_update(skip_locked=True).filter(pk=1).first()
        if run is None or not _is_due(run, now):
            return False
        _take(run, now)
    return True


def _is_due(run: QualityRun, now: datetime) -> bool:
    return run.day != company_today(now) or run.waits


def _standing_is_settled() -> bool:
    found = StandingPass.objects.filter(pk=1, basis=passes.basis_of(criteria_in_force()), finished_at__isnull=False)
    return found.exists()


def _take(run: QualityRun, now: datetime) -> None:
    today = company_today(now)
    sql, params = counting().query.sql_with_params()
    QualitySnapshot.objects.filter(day=today).delete()
    with connection.cursor() as cursor:
        # a million clients joined to their standing fit in memory, and are not written to disk in pieces
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(_WRITE.replace("{counting}", sql), [today, now, *params])
        managers = cursor.rowcount
        cursor.execute("SET LOCAL work_mem = DEFAULT")
    run.day, run.taken_at = today, now
    run.save(update_fields=["day", "taken_at"])
    logger.info("quality counted", managers=managers)
