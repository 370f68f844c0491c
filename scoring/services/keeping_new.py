"""New and repeat is kept beside the report of its period: worked out anew where it holds no more."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clients.models import Client
from sales.periods import company_today
from scoring.arithmetic import parts_of
from scoring.models import NewAndRepeat, ProfitReport
from scoring.new_and_repeat import NewAndRepeatFigures, Stand, followed, stand_of, work_out_figures
from scoring.periods import Period
from scoring.reports import LOOKED_AT, NOTED_EVERY, GoneError, is_quick, lock_parts, note_look, work_out, work_out_months
from scoring.services.keeping import CLIENTS_WAIT, MARKS_WAIT, ask_for

logger = structlog.get_logger(__name__)


class NewAtHand(NamedTuple):
    """New and repeat of a period as far as it is there: `fresh` where it says what the ledger says now."""

    kept: NewAndRepeat | None
    fresh: bool

    @property
    def figures(self) -> NewAndRepeatFigures | None:
        return NewAndRepeatFigures.read(self.kept.figures) if self.kept else None


def look_at_new(period: Period, *, now: datetime | None = None) -> NewAtHand:
    """Return new and repeat of a period, worked out anew if that is quickly done; else as it was last, or None, and have it
    worked out in the background."""
    now = now or timezone.now()
    today = company_today(now)
    quick = _is_quick(period.first, period.end, today)
    stand = stand_of(period.first, period.end, today=today, clients_at=now if quick else None)
    found = (
        NewAndRepeat.objects.filter(report__first=period.first, report__end=period.end)
        .select_related("report")
        .defer("report__figures")
        .first()
    )
    kept = found if found and found.worked_out_at else None
    if kept and _holds(kept, stand, with_clients=quick) and not stand.marked:
        _note_look(kept, now)
        return NewAtHand(kept, fresh=True)
    if quick:
        return NewAtHand(work_out_new(period.first, period.end, now=now), fresh=True)
    ask_for(period.first, period.end, now=now)
    report, _made = ProfitReport.objects.defer("figures").get_or_create(
        first=period.first, end=period.end, defaults={"asked_at": now}
    )  # one that nobody looked at for long may be forgotten this moment
    since, until = followed(period.first, period.end, today=today)
    NewAndRepeat.objects.update_or_create(
        report=report, defaults={"asked_at": now}, create_defaults={"asked_at": now, "first": since, "end": until}
    )
    # while marks wait, nothing in the roll-up is newer than what is kept
    return NewAtHand(kept, fresh=False)


def _holds(kept: NewAndRepeat, stand: Stand, *, with_clients: bool) -> bool:
    """Whether it was worked out from what stands now; or whatever changed of the clients themselves."""
    return all(kept.stand.get(name) == value for name, value in stand.key.items() if with_clients or name != "clients")


def _is_quick(first: date, end: date, today: date) -> bool:
    since, until = followed(first, end, today=today)
    return is_quick(since, max(until, end))


def _note_look(kept: NewAndRepeat, now: datetime) -> None:
    """Neither it nor what it rests on is forgotten meanwhile."""
    note_look(kept.report, now=now)
    if kept.asked_at < now - NOTED_EVERY:
        NewAndRepeat.objects.filter(pk=kept.pk).update(asked_at=now)


def work_out_new(first: date, end: date, *, now: datetime | None = None) -> NewAndRepeat:
    """Return new and repeat of [first, end), worked out anew, with the reports that it rests on where they hold no more."""
    now = now or timezone.now()
    for _attempt in range(2):
        try:
            return _work_out(first, end, now)
        except GoneError:  # a month that it rests on was forgotten meanwhile
            continue
    return _work_out(first, end, now)


def _work_out(first: date, end: date, now: datetime) -> NewAndRepeat:
    today = company_today(now)
    since, until = followed(first, end, today=today)
    # before anything is read: what comes in meanwhile makes it old at once
    stand = stand_of(first, end, today=today, clients_at=now)
    report = work_out(first, end, now=now)
    months = work_out_months(since, until, now=now)
    figured = {"first": since, "end": until, "stand": stand.key, "worked_out_at": now}
    with transaction.atomic():
        locked = _lock(report, months)
        figures = work_out_figures(locked[report.pk], [locked[pk] for pk in months])
        kept, _made = NewAndRepeat.objects.update_or_create(
            report=report,
            defaults={**figured, "figures": figures.as_json()},
            create_defaults={**figured, "figures": figures.as_json(), "asked_at": now},
        )
    return kept


def _lock(report: ProfitReport, months: list[int]) -> dict[int, ProfitReport]:
    """Return the report and those of the months as they stand, which nobody works out or forgets now.

    In the order in which working out locks them: a longer period, then its months by number. One that lies within a month
    may be a month of others, and stands among them.
    """
    longer = lock_parts([report.pk]) if len(list(parts_of(report.first, report.end))) > 1 else []
    return {one.pk: one for one in [*longer, *lock_parts(sorted({*months, *([] if longer else [report.pk])}))]}


def look_at_new_of(
    period: Period, clients: QuerySet[Client], *, now: datetime | None = None
) -> tuple[NewAtHand, NewAndRepeatFigures | None]:
    """The same of some clients: reckoned while somebody waits, from the kept reports that the whole rests on. None while
    these are not there."""
    now = now or timezone.now()
    at_hand = look_at_new(period, now=now)
    kept = at_hand.kept
    if kept is None:
        return at_hand, None
    if _is_quick(period.first, period.end, company_today(now)):
        work_out(period.first, period.end, now=now)
        work_out_months(kept.first, kept.end, now=now)
    wanted = list(parts_of(kept.first, kept.end))
    rows = ProfitReport.objects.filter(first__in=[first for first, _end in wanted]).exclude(worked_out_at=None).only("first", "end")
    months = [one for one in rows if (one.first, one.end) in set(wanted)]
    if len(months) < len(wanted):
        NewAndRepeat.objects.filter(pk=kept.pk).update(stand={})  # the background works it out, with its months
        return NewAtHand(kept, fresh=False), None
    return at_hand, work_out_figures(kept.report, months, clients)


def refresh_new(now: datetime) -> int:
    """Work out anew what somebody looked at lately and holds no more; return how many. One that fails is logged and does not
    keep the others."""
    today, done = company_today(now), 0
    wanted = NewAndRepeat.objects.filter(asked_at__gte=now - LOOKED_AT).select_related("report").defer("figures", "report__figures")
    for kept in wanted.order_by("first", "pk"):
        report = kept.report
        try:
            if kept.worked_out_at and _may_stay(kept, today=today, now=now):
                continue
            work_out_new(report.first, report.end, now=now)
            done += 1
        except Exception:
            logger.exception("new_and_repeat_not_worked_out", first=report.first, end=report.end)
    return done


def _may_stay(kept: NewAndRepeat, *, today: date, now: datetime) -> bool:
    """Whether it is left as it is: it holds, or a quick one, which is worked out by whoever looks, or marks wait that will make it
    old again within seconds."""
    assert kept.worked_out_at is not None
    first, end = kept.report.first, kept.report.end
    if _is_quick(first, end, today):
        return True
    stand = stand_of(first, end, today=today, clients_at=now)
    if _holds(kept, stand, with_clients=kept.worked_out_at < now - CLIENTS_WAIT):
        return True
    return stand.marked and kept.worked_out_at > now - MARKS_WAIT
