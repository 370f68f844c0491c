"""How the measures went: one snapshot for each week, the last one taken in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import QuerySet, Sum

from clients.models import QualitySnapshot
from clients.quality.figures import COLUMNS, Figures

WEEK = timedelta(days=7)


@dataclass
class History:
    """What snapshots say of the days `days`, the oldest first; the last one stands for last week."""

    days: Sequence[date]
    totals: dict[date, Figures] = field(default_factory=dict)
    by_manager: dict[int | None, dict[date, Figures]] = field(default_factory=dict)
    by_team: dict[int | None, dict[date, Figures]] = field(default_factory=dict)


def week_days(today: date, weeks: int) -> list[date]:
    """Return, the oldest first, the last day with a snapshot in each of the `weeks` weeks that ended a week before `today` and earlier."""
    taken = QualitySnapshot.objects.filter(day__gt=today - WEEK * (weeks + 1), day__lte=today - WEEK)
    last: dict[int, date] = {}
    for day in taken.order_by("day").values_list("day", flat=True).distinct():
        last[(today - day).days // 7] = day
    return sorted(last.values())


def read_history(today: date, weeks: int, among: QuerySet[QualitySnapshot] | None = None) -> History:
    """Return how the snapshots `among` (default: all) stood on `week_days`: in total, by manager, and by team as it was then."""
    history = History(week_days(today, weeks))
    rows = QualitySnapshot.objects.all() if among is None else among
    by_manager: dict[int | None, dict[date, Figures]] = defaultdict(dict)
    by_team: dict[int | None, dict[date, Figures]] = defaultdict(dict)
    for values in rows.filter(day__in=history.days).values("day", "manager", "team", *COLUMNS).order_by("day"):
        day, figures = values["day"], Figures.of(values)
        by_manager[values["manager"]][day] = figures
        by_team[values["team"]][day] = by_team[values["team"]].get(day, Figures()) + figures
        history.totals[day] = history.totals.get(day, Figures()) + figures
    history.by_manager, history.by_team = dict(by_manager), dict(by_team)
    return history


def figures_of(day: date) -> dict[int | None, Figures]:
    """Return the figures of the snapshot of `day` by manager."""
    rows = QualitySnapshot.objects.filter(day=day).values("manager", *COLUMNS)
    return {values["manager"]: Figures.of(values) for values in rows}


def sums_of(day: date) -> Figures:
    """Return the figures of the whole registry in the snapshot of `day`."""
    return Figures.of(QualitySnapshot.objects.filter(day=day).aggregate(**{name: Sum(name) for name in COLUMNS}))
