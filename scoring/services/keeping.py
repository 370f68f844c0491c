"""Reports that somebody looks at are kept fresh: asked for by the page, worked out in the background."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from sales.periods import company_today
from scoring.models import NewAndRepeat, ProfitReport
from scoring.periods import Period
from scoring.reports import LOOKED_AT, AtHand, Standing, note_look, regroup, standing, work_out

logger = structlog.get_logger(__name__)
_FORGOTTEN = timedelta(days=31)
MARKS_WAIT = timedelta(minutes=10)
"""So long a report is left alone whose months have documents that wait to be worked in: within seconds they are, and only
then is there anything new. Where they never are, it is worked out nevertheless."""
CLIENTS_WAIT = timedelta(minutes=10)
"""So long what goes by who the clients are may stand as it was after clients were changed, where working it out takes long."""
_LOCK = 0x70726F66
"""One process refreshes reports; beat sends the next one while it is still at it."""


def keep_in_view(shown: Iterable[tuple[Period, AtHand]]) -> None:
    """Note that somebody looks at the reports of these periods, and have those worked out that can't be at once."""
    now = timezone.now()
    for period, (report, fresh) in shown:
        if report is None or not fresh:
            ask_for(period.first, period.end, now=now)
        else:
            note_look(report, now=now)


def ask_for(first: date, end: date, *, now: datetime) -> None:
    """Have a report worked out in the background. Never waits for whoever is working it out."""
    report, _made = ProfitReport.objects.defer("figures").get_or_create(first=first, end=end, defaults={"asked_at": now})
    note_look(report, now=now)
    wake()


def wake() -> None:
    """Have the reports that people look at worked out where they hold no more; if the broker is away, beat does it in a moment."""
    from scoring.tasks import refresh

    try:
        refresh.apply_async(expires=5)  # a page that waits asks again and again: what lies there longer is asked for anew
    except OperationalError:
        logger.warning("reports wait for the broker")


def refresh_reports(*, now: datetime | None = None) -> int:
    """Work out anew whatever somebody looked at lately and holds no more, shortest period first; return how many.

    One process at a time. A report that fails is logged and does not keep the others.
    """
    now = now or timezone.now()
    from scoring.services.keeping_new import refresh_new

    with alone() as mine:
        return _refresh(now) + refresh_new(now) if mine else 0


@contextmanager
def alone() -> Iterator[bool]:
    """Be the one process that works reports out unasked; False where another one is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        (mine,) = cursor.fetchone()
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _refresh(now: datetime) -> int:
    wanted = ProfitReport.objects.filter(asked_at__gte=now - LOOKED_AT).order_by(F("end") - F("first"), "-first")
    without_figures = set(wanted.filter(figures={}).values_list("pk", flat=True))
    done = 0
    for report in list(wanted.defer("figures")):
        try:
            if report.pk in without_figures or _is_old(report, now):
                _work_out(report)
                done += 1
            else:
                done += regroup(report, now=now, every=CLIENTS_WAIT)
        except Exception:
            logger.exception("report_not_worked_out", first=report.first, end=report.end)
    return done


def _is_old(report: ProfitReport, now: datetime) -> bool:
    stands = standing(report, today=company_today(now))
    if stands is Standing.MARKED:
        return report.worked_out_at is None or report.worked_out_at < now - MARKS_WAIT
    return stands is Standing.OLD


def _work_out(report: ProfitReport) -> None:
    def note(part: int, parts: int) -> None:
        ProfitReport.objects.filter(pk=report.pk).update(share=100 * part // parts)

    work_out(report.first, report.end, progress=note)
    ProfitReport.objects.filter(pk=report.pk).update(share=0)


def forget_reports(*, now: datetime | None = None) -> int:
    """Delete reports that nobody has looked at for a month and that no longer period that is looked at is the sum of.

    Each goes whole, in a transaction of its own; one that is being worked out stays, and so do those that are worked out ahead.
    """
    from scoring.services.ahead import foreseen

    now = now or timezone.now()
    stay = {(period.first, period.end) for period in foreseen(company_today(now))}
    before = now - _FORGOTTEN
    old = ProfitReport.objects.filter(Q(asked_at=None) | Q(asked_at__lt=before), Q(worked_out_at=None) | Q(worked_out_at__lt=before))
    return sum(_forget(pk, before) for pk, first, end in list(old.values_list("pk", "first", "end")) if (first, end) not in stay)


def _forget(pk: int, before: datetime) -> bool:
    with transaction.atomic():
        report = ProfitReport.objects.select_for_update(skip_locked=True, no_key=True).defer("figures").filter(pk=pk).first()
        if report is None or (report.asked_at is not None and report.asked_at >= before):
            return False
        if ProfitReport.objects.filter(first__lte=report.first, end__gte=report.end, asked_at__gte=before).exists():
            return False
        if NewAndRepeat.objects.filter(first__lte=report.first, end__gte=report.end, asked_at__gte=before).exists():
            return False
        report.rows.all()._raw_delete("default")
        report.spreads.all()._raw_delete("default")
        report.delete()
    return True
