"""Reports that are kept: found, told whether they still hold, and worked out anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from sales.models import ClientMonth, LedgerMonth
from sales.periods import company_today, first_of_month
from scoring.arithmetic import judge, parts_of, sum_up, work_out_part
from scoring.figures import figures_of
from scoring.models import ProfitReport, ProfitSettings
from scoring.periods import Period

Progress = Callable[[int, int], None]


def find_report(first: date, end: date) -> ProfitReport | None:
    """Return the report of a period as it was worked out last, or None."""
    return ProfitReport.objects.filter(first=first, end=end).exclude(worked_out_at=None).first()


def months_of(first: date, end: date) -> dict[str, int]:
    """Return the revision of each month that a period lies in: first day -> revision, 0 where nothing was ever written."""
    months = [first_of_month(start) for start, _end in parts_of(first, end)]
    known = dict(LedgerMonth.objects.filter(month__in=months).values_list("month", "revision"))
    return {month.isoformat(): known.get(month, 0) for month in months}


_STAND = """
-- What a report has to agree with: the revision of the settings and of its months, marks that wait, and pools whose credit
-- grows by the day. Indexes: the keys, pool_once_a_month; marks are few.
SELECT COALESCE((SELECT revision FROM scoring_profitsettings WHERE id = 1), 1),
  COALESCE((SELECT jsonb_object_agg(month, revision) FROM sales_ledgermonth WHERE month = ANY (%(months)s)), '{}'),
  EXISTS (SELECT FROM sales_ledgermark WHERE month = ANY (%(months)s)),
  EXISTS (SELECT FROM sales_costpool WHERE month = ANY (%(months)s) AND driver = 'credit_days')
"""


def holds(report: ProfitReport, *, today: date | None = None) -> bool:
    """Return whether `report` says what the ledger says now; one query, however large the ledger."""
    if report.worked_out_at is None:
        return False
    months = [first_of_month(start) for start, _end in parts_of(report.first, report.end)]
    with connection.cursor() as cursor:
        cursor.execute(_STAND, {"months": months})
        settings, revisions, marked, grows = cursor.fetchone()
    known = json.loads(revisions)
    if marked or report.settings_revision != settings or report.months != {str(month): known.get(str(month), 0) for month in months}:
        return False
    last = min(today or company_today(), report.end - timedelta(days=1)) if grows else None
    return last is None or (report.as_of is not None and report.as_of >= last)


def work_out(first: date, end: date, *, now: datetime | None = None, progress: Progress | None = None) -> ProfitReport:
    """Return the report of [first, end), worked out anew where it holds no more.

    Each month is a transaction of its own, so one that is stopped goes on where it was. Two at once wait for each other
    and do the work once.
    """
    now = now or timezone.now()
    today = company_today(now)
    parts = list(parts_of(first, end))
    done: list[ProfitReport] = []
    for number, part in enumerate(parts):
        if progress:
            progress(number, len(parts) + 1)
        done.append(_one(*part, now=now, today=today))
    if len(parts) == 1:
        return done[0]
    if progress:
        progress(len(parts), len(parts) + 1)
    return _one(first, end, now=now, today=today, parts=done)


def _one(first: date, end: date, *, now: datetime, today: date, parts: list[ProfitReport] | None = None) -> ProfitReport:
    ProfitReport.objects.get_or_create(first=first, end=end, defaults={"asked_at": now})
    with transaction.atomic():
        report = ProfitReport.objects.select_for_update().get(first=first, end=end)
        if holds(report, today=today):
            return report
        settings = ProfitSettings.current()
        # before anything is read: what comes in meanwhile makes the report old at once
        months = months_of(first, end)
        report.rows.all()._raw_delete("default")
        report.spreads.all()._raw_delete("default")
        if parts is None:
            work_out_part(report, today=today)
        else:
            sum_up(report, parts)
            months = {month: revision for part in parts for month, revision in part.months.items()}
        judge(report, settings)
        report.months, report.settings_revision, report.as_of, report.worked_out_at = months, settings.revision, today, now
        report.figures = figures_of(report).as_json()
        report.save()
    return report


AT_ONCE = 200_000
"""So many rows of the roll-up are worked out while somebody waits; more, in the background (scoring.services.keeping)."""


def at_hand(period: Period, *, today: date | None = None) -> ProfitReport | None:
    """Return the report of a period, worked out anew if that is quickly done; else as it was last, or None."""
    found = find_report(period.first, period.end)
    if found is not None and holds(found, today=today):
        return found
    if rows_of(period.first, period.end) <= AT_ONCE:
        return work_out(period.first, period.end)
    return found


def rows_of(first: date, end: date) -> int:
    """Return about how many rows it takes to work out a period: those of its months in the roll-up (at least, of the pools)."""
    months = [first_of_month(start) for start, _end in parts_of(first, end)]
    return ClientMonth.objects.filter(month__in=months).count()
