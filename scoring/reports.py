"""Reports that are kept: found, told whether they still hold, and worked out anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from sales.models import ClientMonth
from sales.periods import company_today
from scoring.arithmetic import months_of, parts_of, sum_up, work_out_part
from scoring.figures import figures_of, groups_as_json, groups_of, stand_of_clients
from scoring.models import ProfitReport, ProfitSettings

Progress = Callable[[int, int], None]


LOOKED_AT = timedelta(days=14)
"""So long after somebody looked at a report it is kept fresh (scoring.services.keeping)."""
NOTED_EVERY = timedelta(hours=1)
"""So often it is noted that somebody looks at a report."""


def find_report(first: date, end: date) -> ProfitReport | None:
    """Return the report of a period as it was worked out last, or None; also None for one that was a part of a longer one
    alone, and has no figures of its own yet."""
    return ProfitReport.objects.filter(first=first, end=end).exclude(worked_out_at=None).exclude(figures={}).first()


class Standing(Enum):
    """Whether a report says what the ledger says now. MARKED: documents of its months are about to be worked into the
    roll-up, which will give its months a new revision; till then there is nothing new to read."""

    HOLDS = "holds"
    MARKED = "marked"
    OLD = "old"


_LEDGER = """
-- What a report has to agree with: the revision of the settings and of its months, marks that wait, and pools whose credit
-- grows by the day. What is owed comes from earlier months too, so where credit is a driver all months before the end count.
-- Indexes: the keys, pool_once_a_month; marks are few, and so are months.
SELECT COALESCE((SELECT revision FROM scoring_profitsettings WHERE id = 1), 1),
  COALESCE((SELECT jsonb_object_agg(month, revision) FROM sales_ledgermonth WHERE month = ANY (%(months)s)), '{}'),
  EXISTS (SELECT FROM sales_ledgermark WHERE month = ANY (%(months)s) OR credit.grows AND month < %(end)s),
  credit.grows,
  CASE WHEN credit.grows THEN (SELECT COALESCE(sum(revision), 0)::bigint FROM sales_ledgermonth WHERE month < %(end)s) ELSE 0 END
FROM (SELECT EXISTS (SELECT FROM sales_costpool WHERE month = ANY (%(months)s) AND driver = 'credit_days') AS grows) AS credit
"""


@dataclass(frozen=True, slots=True)
class Ledger:
    """How the ledger stands for a period. `months`: first day -> revision, 0 where nothing was ever written."""

    settings: int
    months: dict[str, int]
    marked: bool
    grows: bool
    credit: int

    @classmethod
    def of(cls, first: date, end: date) -> Ledger:
        """Read it: one query, however large the ledger."""
        months = months_of(first, end)
        with connection.cursor() as cursor:
            cursor.execute(_LEDGER, {"months": months, "end": end})
            settings, revisions, marked, grows, credit = cursor.fetchone()
        known = json.loads(revisions)
        return cls(settings, {str(month): known.get(str(month), 0) for month in months}, marked, grows, credit)


def standing(report: ProfitReport, *, today: date | None = None) -> Standing:
    """Return how `report` stands to the ledger."""
    if report.worked_out_at is None:
        return Standing.OLD
    ledger = Ledger.of(report.first, report.end)
    if report.settings_revision != ledger.settings or report.months != ledger.months:
        return Standing.OLD
    if ledger.grows:
        last = min(today or company_today(), report.end - timedelta(days=1))
        if report.credit_revision != ledger.credit or report.as_of is None or report.as_of < last:
            return Standing.OLD
    return Standing.MARKED if ledger.marked else Standing.HOLDS


def holds(report: ProfitReport, *, today: date | None = None) -> bool:
    """Return whether `report` says what the ledger says now."""
    return standing(report, today=today) is Standing.HOLDS


def note_look(report: ProfitReport, *, now: datetime, every: timedelta = NOTED_EVERY) -> None:
    """Note that somebody looks at a report, unless that was noted lately. Whoever works it out holds its row for long: then
    the next look notes it."""
    if report.asked_at is not None and report.asked_at >= now - every:
        return
    with transaction.atomic():
        if ProfitReport.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=report.pk).values_list("pk").first():
            ProfitReport.objects.filter(pk=report.pk).update(asked_at=now)


class GoneError(Exception):
    """A report was forgotten while it, or what it is a part of, was worked out."""


def work_out(
    first: date, end: date, *, now: datetime | None = None, progress: Progress | None = None, unasked: bool = False
) -> ProfitReport:
    """Return the report of [first, end), worked out anew where it holds no more; `unasked` says that nobody looks at it yet.

    Each month is a transaction of its own, so one that is stopped goes on where it was. Two at once wait for each other
    and do the work once.
    """
    now = now or timezone.now()
    # before its parts: they are kept for as long as somebody looks at what they are parts of
    report, _made = ProfitReport.objects.defer("figures").get_or_create(
        first=first, end=end, defaults={"asked_at": None if unasked else now}
    )
    if not unasked:
        note_look(report, now=now, every=LOOKED_AT)
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _work_out(first, end, now=now, progress=progress)
        except GoneError:
            continue
    return _work_out(first, end, now=now, progress=progress)


_ATTEMPTS = 3
"""So often the parts of a period are worked out again where one of them was forgotten meanwhile."""


def _work_out(first: date, end: date, *, now: datetime, progress: Progress | None) -> ProfitReport:
    today = company_today(now)
    parts = list(parts_of(first, end))
    if len(parts) == 1:
        return _one(first, end, now=now, today=today)
    ledger = Ledger.of(first, end)  # before its parts, none of which is older than that
    done: list[int] = []
    for number, part in enumerate(parts):
        if progress:
            progress(number, len(parts) + 1)
        done.append(_one(*part, now=now, today=today, is_part=True).pk)
    if progress:
        progress(len(parts), len(parts) + 1)
    return _one(first, end, now=now, today=today, parts=done, ledger=ledger)


def _set_figures(report: ProfitReport, now: datetime) -> None:
    report.clients_revision, report.grouped_at = stand_of_clients(now), now  # before anything is read, as with the months
    report.figures = figures_of(report).as_json()


_FIGURED = ("figures", "grouped_at", "clients_revision")
_WORKED_OUT = ("months", "settings_revision", "credit_revision", "as_of", "worked_out_at", "unallocated", "company_profit", *_FIGURED)
"""What working out writes: not when somebody looked, nor how far the work is."""


def _one(
    first: date,
    end: date,
    *,
    now: datetime,
    today: date,
    is_part: bool = False,
    parts: list[int] | None = None,
    ledger: Ledger | None = None,
) -> ProfitReport:
    ProfitReport.objects.defer("figures").get_or_create(first=first, end=end, defaults={"asked_at": None if is_part else now})
    with transaction.atomic():
        # no key: who asks for new against repeat points at the report, and need not wait
        report = ProfitReport.objects.select_for_update(no_key=True).filter(first=first, end=end).first()
        if report is None:
            raise GoneError
        # a part that nobody looks at by itself needs none
        wants_figures = not is_part or (report.asked_at is not None and report.asked_at >= now - LOOKED_AT)
        if holds(report, today=today):
            if wants_figures and not report.figures:
                _set_figures(report, now)
                report.save(update_fields=_FIGURED)
            return report
        settings = ProfitSettings.current()
        # before anything is read: what comes in meanwhile makes the report old at once
        ledger = ledger or Ledger.of(first, end)
        months = ledger.months
        report.spreads.all()._raw_delete("default")
        if parts is None:
            work_out_part(report, settings, today=today)
        else:
            locked = lock_parts(parts)
            sum_up(report, settings, locked)
            months = {month: revision for part in locked for month, revision in part.months.items()}
        report.months, report.settings_revision, report.credit_revision = months, settings.revision, ledger.credit
        report.as_of, report.worked_out_at = today, now
        report.figures = {}
        if wants_figures:
            _set_figures(report, now)
        report.save(update_fields=_WORKED_OUT)
    return report


def work_out_months(first: date, end: date, *, now: datetime | None = None) -> list[int]:
    """Work out the reports of the months [first, end) that hold no more, for what is reckoned from them; return their numbers."""
    now = now or timezone.now()
    return [_one(*part, now=now, today=company_today(now), is_part=True).pk for part in parts_of(first, end)]


def lock_parts(parts: list[int]) -> list[ProfitReport]:
    """Return the parts as they stand, which nobody forgets or works out anew now; by number, so that two don't wait for each other."""
    locked = list(ProfitReport.objects.select_for_update(no_key=True).defer("figures").filter(pk__in=parts).order_by("pk"))
    if len(locked) < len(parts):
        raise GoneError
    return locked


AT_ONCE = 200_000
"""So many rows of the roll-up are worked out while somebody waits; more, in the background (scoring.services.keeping)."""


def regroup(report: ProfitReport, *, now: datetime | None = None, every: timedelta = timedelta(0)) -> bool:
    """Work out profit by who the clients are anew where clients changed since, though not more often than `every`; return whether it
    was. Whoever works the report out holds its row, and does that too."""
    now = now or timezone.now()
    stands = stand_of_clients(now)
    if report.clients_revision == stands or (report.grouped_at is not None and report.grouped_at > now - every):
        return False
    with transaction.atomic():
        kept = ProfitReport.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=report.pk).exclude(figures={}).first()
        if kept is None:
            return False
        kept.figures["groups"] = groups_as_json(groups_of(kept))
        kept.clients_revision, kept.grouped_at = stands, now
        kept.save(update_fields=_FIGURED)
    report.figures, report.clients_revision, report.grouped_at = kept.figures, stands, now
    return True


class AtHand(NamedTuple):
    """The report of a period as far as it is there: `fresh` where it says what the ledger says now."""

    report: ProfitReport | None
    fresh: bool


def at_hand(first: date, end: date, *, today: date | None = None, now: datetime | None = None) -> AtHand:
    """Return the report of a period, worked out anew if that is quickly done; else as it was last, or None."""
    found = find_report(first, end)
    if found is not None and holds(found, today=today):
        if found.figures["clients"] <= AT_ONCE:
            regroup(found, now=now)
        return AtHand(found, fresh=True)
    if is_quick(first, end):
        return AtHand(work_out(first, end, now=now), fresh=True)
    return AtHand(found, fresh=False)


def share_of(first: date, end: date) -> int | None:
    """Return how far working out a period in the background is, in %; None while it waits for its turn."""
    return ProfitReport.objects.filter(first=first, end=end).values_list("share", flat=True).first() or None


def is_quick(first: date, end: date) -> bool:
    """Return whether a period is worked out while somebody waits: whether its months have few rows in the roll-up. Pools and
    documents of credit are not counted."""
    return ClientMonth.objects.filter(month__in=months_of(first, end))[: AT_ONCE + 1].count() <= AT_ONCE
