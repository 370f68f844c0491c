"""The board of turnaround cases, and what they brought this year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from accounts.models import Company, User, zone_named
from sales.periods import company_today
from sales.querysets import sees_own_profit
from scoring.models import CaseState, TurnaroundCase

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Column:
    """The cases of one state: those that are shown, and how many there are."""

    state: CaseState
    cases: list[TurnaroundCase]
    count: int

    @property
    def more(self) -> int:
        """How many have no room here."""
        return self.count - len(self.cases)


@dataclass(frozen=True, slots=True)
class Year:
    """What was measured since the first of January: how many cases, how many of them turned round, and what these earn
    more: profit of the months after the action less that of as many before, as measured (not scaled up to a year)."""

    measured: int
    turned: int
    money: Decimal


class CaseBoard:
    """The cases that `user` sees."""

    def __init__(self, user: User, *, now: datetime | None = None) -> None:
        self.user = user
        self.now = now or timezone.now()
        self.today: date = company_today(self.now)

    @cached_property
    def columns(self) -> list[Column]:
        """One for each state; each reads its own piece of an index (case_by_state)."""
        visible = TurnaroundCase.objects.visible_to(self.user)
        counts = dict(visible.values_list("state").annotate(count=Count("pk")).order_by())
        found = []
        for state in CaseState:
            rows = visible.filter(state=state).with_figures(self.user).for_cards().order_by("-opened_at", "pk")
            found.append(Column(state, list(rows[:_SHOWN]) if counts.get(state) else [], counts.get(state, 0)))
        return found

    @property
    def count(self) -> int:
        return sum(column.count for column in self.columns)

    @property
    def open(self) -> int:
        return sum(column.count for column in self.columns if column.state != CaseState.CLOSED)

    @cached_property
    def late(self) -> int:
        """How many are past their deadline without being acted on."""
        rows = TurnaroundCase.objects.visible_to(self.user).open()
        return rows.filter(acted_on=None, deadline__lt=self.today).count()

    @property
    def sees_money(self) -> bool:
        return sees_own_profit(self.user)

    @cached_property
    def year(self) -> Year:
        return turned_this_year(self.user, now=self.now)


def turned_this_year(user: User, *, now: datetime | None = None) -> Year:
    """Return what the cases whose figures `user` sees brought since the first of January, in the company's days. Index: case_turned."""
    today = company_today(now)
    begins = datetime(today.year, 1, 1, tzinfo=zone_named(Company.current().time_zone))
    rows = TurnaroundCase.objects.visible_to(user).figures_seen_by(user).filter(measured_at__gte=begins)
    turned = Q(result=TurnaroundCase.Result.TURNED)
    sums = rows.aggregate(
        measured=Count("pk"), turned=Count("pk", filter=turned), money=Sum(F("after_profit") - F("before_profit"), filter=turned)
    )
    return Year(sums["measured"], sums["turned"], sums["money"] or Decimal(0))
