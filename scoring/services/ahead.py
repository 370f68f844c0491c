"""Reports that are worked out before anybody asks: in a large base the first look at a year would wait for each of its months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import structlog
from django.utils import timezone

from sales.models import LedgerMonth
from sales.periods import company_today, first_of_month
from scoring.arithmetic import months_of
from scoring.models import ProfitReport
from scoring.periods import Period, offered
from scoring.reports import Standing, is_quick, standing, work_out
from scoring.services.keeping import alone

logger = structlog.get_logger(__name__)
QUIET = timedelta(hours=1)
"""A month in which documents are being written is left alone: it would be old again at once."""


def foreseen(today: date) -> list[Period]:
    """Return the periods that are kept ready: the months of this year and the two before it, of which any period between two
    days is the sum, and what the page offers with what that is compared with. None where the ledger is small: there reports are
    worked out while somebody looks."""
    months = [Period.month(month) for month in months_of(date(today.year - 2, 1, 1), Period.month(first_of_month(today)).end)]
    shown = offered(today)
    if is_quick(months[0].first, months[-1].end):
        return []
    return list(dict.fromkeys([*reversed(months), *shown, *(period.before for period in shown)]))


def work_ahead(*, now: datetime | None = None) -> bool:
    """Work out one report that is foreseen and holds no more; return whether there was one.

    One at a time, so that whoever waits for a report waits for no more than that. One that fails is logged and does not keep
    the others.
    """
    now = now or timezone.now()
    today = company_today(now)
    with alone() as mine:
        for period in _lacking(today, now) if mine else ():
            try:
                work_out(period.first, period.end, now=now, unasked=True)
            except Exception:
                logger.exception("report_not_worked_out", first=period.first, end=period.end)
            else:
                return True
    return False


def _lacking(today: date, now: datetime) -> Iterator[Period]:
    """The periods that are foreseen, whose reports take long, and are not there or hold no more."""
    busy = set(LedgerMonth.objects.filter(changed_at__gt=now - QUIET).values_list("month", flat=True))
    whole = ProfitReport.objects.defer("figures").exclude(worked_out_at=None).exclude(figures={})
    kept = {(one.first, one.end): one for one in whole}
    for period in foreseen(today):
        report = kept.get((period.first, period.end))
        old = report is None or standing(report, today=today) is Standing.OLD
        if old and busy.isdisjoint(months_of(period.first, period.end)) and not is_quick(period.first, period.end):
            yield period
