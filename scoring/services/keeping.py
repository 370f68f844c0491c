"""Reports that somebody looks at are kept fresh: asked for by the page, worked out in the background."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from sales.periods import company_today
from scoring.models import ProfitReport
from scoring.reports import holds, work_out

if TYPE_CHECKING:
    from scoring.page import ProfitPage

logger = logging.getLogger(__name__)
LOOKED_AT = timedelta(days=14)
"""So long after somebody looked at a report it is kept fresh; a month later it is forgotten."""
_NOTED_EVERY = timedelta(hours=1)


def keep_in_view(page: ProfitPage) -> None:
    """Note that somebody looks at the reports of a page, and have those worked out that can't be at once."""
    now = timezone.now()
    for period, report in ((page.period, page.report), (page.period.before, page.before)):
        if report is None or not holds(report, today=page.today):
            ask_for(period.first, period.end, now=now)
        elif report.asked_at < now - _NOTED_EVERY:
            ProfitReport.objects.filter(pk=report.pk).update(asked_at=now)


def ask_for(first: date, end: date, *, now: datetime) -> None:
    """Have a report worked out in the background; if the broker is away, the sweep does it within a minute."""
    from scoring.tasks import refresh

    ProfitReport.objects.update_or_create(first=first, end=end, defaults={"asked_at": now})
    try:
        refresh.delay()
    except OperationalError:
        logger.warning("reports wait for the broker")


def refresh_reports(*, now: datetime | None = None) -> int:
    """Work out anew whatever somebody looked at lately and holds no more, shortest period first; return how many."""
    now = now or timezone.now()
    today = company_today(now)
    wanted = ProfitReport.objects.filter(asked_at__gte=now - LOOKED_AT).order_by(F("end") - F("first"), "-first")
    done = 0
    for report in list(wanted.defer("figures")):
        if not holds(report, today=today):
            _work_out(report)
            done += 1
    return done


def _work_out(report: ProfitReport) -> None:
    def note(part: int, parts: int) -> None:
        ProfitReport.objects.filter(pk=report.pk).update(share=100 * part // parts)

    work_out(report.first, report.end, progress=note)
    ProfitReport.objects.filter(pk=report.pk).update(share=0)


def forget_reports(*, now: datetime | None = None) -> int:
    """Delete reports that nobody has looked at for a month and that no longer period that is looked at is the sum of."""
    before = (now or timezone.now()) - timedelta(days=31)
    old = ProfitReport.objects.filter(asked_at__lt=before, worked_out_at__lt=before)
    count = 0
    for report in old.defer("figures"):
        if not ProfitReport.objects.filter(first__lte=report.first, end__gte=report.end, asked_at__gte=before).exists():
            report.rows.all()._raw_delete("default")
            report.spreads.all()._raw_delete("default")
            report.delete()
            count += 1
    return count
