"""New against repeat: what winning a client costs beside what keeping one costs, and when the cost of winning comes back.

Worked out from kept reports (the one of the period, and those of the months in which its clients are followed), the days of
first sales, and the costs of categories that win clients. docs/profitability.md works a small company by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max, QuerySet

from accounts.models import Company, zone_named
from clients.criteria.days import add_months
from clients.models import Client
from sales.models import CostCategory
from sales.periods import first_of_month
from scoring.arithmetic import SQL
from scoring.figures import among, stand_of_clients
from scoring.models import ProfitReport
from scoring.payback import FOLLOWED, MonthOfClients, Payback, follow, payback_of

ZERO = Decimal(0)
COLUMNS = ("new", "repeat", "open")
"""Won in the period, bought before it, not bought by its end."""


@dataclass(frozen=True, slots=True)
class Column:
    """What some clients brought and cost in the period, in the company's currency.

    profit = revenue − direct_cost − winning − keeping. `winning`: own costs of categories that win clients, up to and
    including the day of the first sale; `keeping`: all other own costs and the shares of pools. `clients` are those with
    whom anything happened.
    """

    clients: int = 0
    orders: int = 0
    revenue: Decimal = ZERO
    direct_cost: Decimal = ZERO
    winning: Decimal = ZERO
    keeping: Decimal = ZERO
    profit: Decimal = ZERO

    @property
    def cost_of_one(self) -> Decimal | None:
        """Winning and keeping by client."""
        return self._by_client(self.winning + self.keeping)

    @property
    def keeping_one(self) -> Decimal | None:
        return self._by_client(self.keeping)

    @property
    def profit_of_one(self) -> Decimal | None:
        return self._by_client(self.profit)

    def _by_client(self, amount: Decimal) -> Decimal | None:
        return round(amount / self.clients, 2) if self.clients else None

    def plus(self, other: Column) -> Column:
        """Return the sum of both."""
        return Column(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Won:
    """The clients of one source (None: not known), or of all, who were won in the period, and what that cost.

    `spent` = campaigns + on_won + on_open, in the company's currency: costs without a client; of those won, up to and
    including the first sale, whenever; of those who never bought, in the period. `contacts` were registered in the period.
    `first_sales`: month of the first sale -> how many. `brought`: number of the month since it -> revenue, and profit before
    the cost of winning.
    """

    source: int | None
    contacts: int = 0
    campaigns: Decimal = ZERO
    on_won: Decimal = ZERO
    on_open: Decimal = ZERO
    open_clients: int = 0
    first_sales: dict[date, int] = field(default_factory=dict)
    brought: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)

    @property
    def clients(self) -> int:
        """How many were won."""
        return sum(self.first_sales.values())

    @property
    def spent(self) -> Decimal:
        return self.campaigns + self.on_won + self.on_open

    @property
    def cost_of_one(self) -> Decimal | None:
        """What winning one client cost; None where nobody was won."""
        return round(self.spent / self.clients, 2) if self.clients else None

    @property
    def revenue(self) -> Decimal:
        """Of their first twelve months so far."""
        return sum((revenue for revenue, _earned in self.brought.values()), ZERO)

    @property
    def earned(self) -> Decimal:
        """Profit of their first twelve months so far, before the cost of winning them."""
        return sum((earned for _revenue, earned in self.brought.values()), ZERO)

    def months(self, today: date) -> list[MonthOfClients]:
        """Their months as far as they have come."""
        return follow(self.first_sales, self.brought, today=today)

    def payback(self, today: date) -> Payback:
        """When the cost of winning them has come back."""
        return payback_of(self.spent, self.months(today))


@dataclass(frozen=True, slots=True)
class NewAndRepeatFigures:
    """`columns`: see COLUMNS; `sources`: those that anything was spent on or anybody came from, most spent first;
    `report_profit`: of all clients as the report sums it, which the columns add up to (None of some clients, or where the
    report has no figures of its own)."""

    columns: dict[str, Column]
    sources: list[Won]
    report_profit: Decimal | None = None

    @property
    def every(self) -> Column:
        """All clients of the report."""
        return self.columns["new"].plus(self.columns["repeat"]).plus(self.columns["open"])

    @property
    def won(self) -> Won:
        """All sources together."""
        first_sales: dict[date, int] = {}
        brought: dict[int, tuple[Decimal, Decimal]] = {}
        for one in self.sources:
            for month, count in one.first_sales.items():
                first_sales[month] = first_sales.get(month, 0) + count
            for number, (revenue, earned) in one.brought.items():
                known = brought.get(number, (ZERO, ZERO))
                brought[number] = (known[0] + revenue, known[1] + earned)
        sums: dict[str, Any] = {
            name: sum((getattr(one, name) for one in self.sources), kind)
            for name, kind in (("contacts", 0), ("campaigns", ZERO), ("on_won", ZERO), ("on_open", ZERO), ("open_clients", 0))
        }
        return Won(None, **sums, first_sales=first_sales, brought=brought)

    def as_json(self) -> dict[str, Any]:
        """Return them as a JSON column keeps them; money as text, so that no cent is lost."""
        return {
            "columns": {name: [getattr(column, one) for one in Column.__slots__] for name, column in self.columns.items()},
            "sources": [
                {name: getattr(one, name) for name in Won.__slots__ if name not in ("first_sales", "brought")}
                | {
                    "first_sales": {str(month): count for month, count in one.first_sales.items()},
                    "brought": {str(number): list(pair) for number, pair in one.brought.items()},
                }
                for one in self.sources
            ],
            "report_profit": self.report_profit,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> NewAndRepeatFigures:
        """Return figures as `as_json` gave them."""
        return cls(
            {name: Column(*map(_number, values)) for name, values in kept["columns"].items()},
            [
                Won(
                    **{name: _number(value) for name, value in one.items() if name not in ("first_sales", "brought")},
                    first_sales={date.fromisoformat(month): count for month, count in one["first_sales"].items()},
                    brought={int(number): (Decimal(pair[0]), Decimal(pair[1])) for number, pair in one["brought"].items()},
                )
                for one in kept["sources"]
            ],
            _number(kept["report_profit"]),
        )


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def followed(first: date, end: date, *, today: date) -> tuple[date, date]:
    """Return the months [from, until) in which the clients won in [first, end) are followed: from that of the first day to
    the twelfth of whoever is won on the last one, none later than the month of `today`."""
    since = first_of_month(first)
    last = min(add_months(first_of_month(end - timedelta(days=1)), FOLLOWED - 1), first_of_month(today))
    return since, max(since, add_months(last, 1))


@dataclass(frozen=True, slots=True)
class Stand:
    """How the ledger stands for new and repeat of a period. `marked`: documents are about to be worked into the roll-up."""

    key: dict[str, Any]
    marked: bool


def stand_of(first: date, end: date, *, today: date, clients_at: datetime | None) -> Stand:
    """Read it: one query, and two more with how clients stand at `clients_at`: one that changed or was registered makes another.

    Whoever looks asks so in bases where working it out anew is quick; in large ones the background does, every few minutes.
    """
    since, until = followed(first, end, today=today)
    with connection.cursor() as cursor:
        cursor.execute(SQL["new_stand"], {"since": since, "until": max(until, end)})
        settings, months, winning, grows, marked = cursor.fetchone()
    key: dict[str, Any] = {
        "settings": settings,
        "months": months,
        "winning": winning,
        "day": str(today if grows else first_of_month(today)),
    }
    if clients_at:
        key["clients"] = [Client.objects.aggregate(last=Max("pk"))["last"] or 0, stand_of_clients(clients_at)]
    return Stand(key, marked)


def work_out_figures(report: ProfitReport, months: Iterable[ProfitReport], clients: QuerySet[Client] | None = None) -> NewAndRepeatFigures:
    """Work it out from the report of a period and those of the `months` that its clients are followed in; of the clients that
    `clients` chooses, if given: then without campaigns, which belong to nobody.

    Six statements, however many clients.
    """
    winning = list(CostCategory.objects.filter(wins_clients=True).values_list("pk", flat=True))
    zone = zone_named(Company.current().time_zone)
    kept = list(months)
    values: dict[str, Any] = {
        "report": report.pk,
        "first": report.first,
        "end": report.end,
        "from": datetime.combine(report.first, time.min, zone),
        "until": datetime.combine(report.end, time.min, zone),
        "winning": winning,
        "reports": [one.pk for one in kept],
        "months": [one.first for one in kept],
        "followed": FOLLOWED,
    }
    columns = {one["bought"]: one for one in _rows("new_columns", values, clients, "r.client_id")}
    spent = {one["source_id"]: one for one in _rows("new_spent", values, clients, "l.client_id")}
    campaigns: dict[int | None, Decimal] = dict(_tuples("new_campaigns", values, None, "")) if clients is None else {}
    contacts: dict[int | None, int] = dict(_tuples("new_contacts", values, clients, "c.id"))
    first_sales: dict[int | None, dict[date, int]] = {}
    for source, month, count in _tuples("new_won", values, clients, "s.client_id"):
        first_sales.setdefault(source, {})[month] = count
    brought: dict[int | None, dict[int, tuple[Decimal, Decimal]]] = {}
    for source, number, revenue, profit in _tuples("new_months", values, clients, "r.client_id"):
        before = spent[source]["in_first_month"] if number == 1 and source in spent else ZERO
        brought.setdefault(source, {})[number] = (revenue, profit + before)
    sources = [
        Won(
            source,
            contacts=contacts.get(source, 0),
            campaigns=campaigns.get(source, ZERO),
            first_sales=first_sales.get(source, {}),
            brought=brought.get(source, {}),
            **{name: spent[source][name] for name in ("on_won", "on_open", "open_clients") if source in spent},
        )
        for source in {*contacts, *campaigns, *spent, *first_sales}
    ]
    on_winning = {
        "new": sum((one["new_in_period"] for one in spent.values()), ZERO),
        "open": sum((one["open_in_period"] for one in spent.values()), ZERO),
    }
    return NewAndRepeatFigures(
        {name: _column(columns[name], on_winning.get(name, ZERO)) if name in columns else Column() for name in COLUMNS},
        sorted(sources, key=lambda one: (-one.spent, -one.clients, -one.contacts, one.source or 0)),
        Decimal(report.figures["profit"]) if clients is None and "profit" in report.figures else None,
    )


def _column(found: Mapping[str, Any], winning: Decimal) -> Column:
    figures = (found["clients"], found["orders"], found["revenue"], found["direct_cost"])
    return Column(*figures, winning, found["costs"] - winning, found["profit"])


def _tuples(name: str, values: Mapping[str, Any], clients: QuerySet[Client] | None, column: str) -> list[tuple[Any, ...]]:
    return [tuple(one.values()) for one in _rows(name, values, clients, column)]


def _rows(name: str, values: Mapping[str, Any], clients: QuerySet[Client] | None, column: str) -> list[dict[str, Any]]:
    chosen, conditions = among(clients, column)
    with connection.cursor() as cursor:
        cursor.execute(SQL[name].format(chosen=chosen), {**values, **conditions})
        names = [one.name for one in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
