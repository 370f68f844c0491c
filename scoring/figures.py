"""What a report says at a glance: its sums, the whale curve, profit by dimension, and whether all adds up to the cent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from clients.models import Client
from reminders.rules.pieces import of_query
from scoring.arithmetic import SQL, cut, parts_kept, parts_of
from scoring.models import PoolSpread, ProfitReport

POINTS = 600
"""So many points draw the curve of a million clients; with fewer clients each is one."""

DIMENSIONS = ("source", "industry", "manager", "line_of_business", "size")
"""In the order of the bits of GROUPING, highest first. `size` is the least number of employees of a class: 0, 10, 50, 250."""


@dataclass(frozen=True, slots=True)
class Point:
    """A client on the whale curve: the `place`-th by profit; `up_to` is the profit of all as far as it."""

    place: int
    client: int
    profit: Decimal
    up_to: Decimal


@dataclass(frozen=True, slots=True)
class Group:
    """Clients that have something in common: `id` of the reference (None: not known)."""

    id: int | None
    clients: int
    revenue: Decimal
    profit: Decimal
    demons: int


Groups = dict[str, list[Group]]
"""By dimension."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool over the whole period, by its name."""

    name: str
    amount: Decimal
    unallocated: Decimal


@dataclass(frozen=True, slots=True)
class OwnCost:
    """Own costs of clients in one category: its `id`, and the amount over the period."""

    id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums in the company's currency. `judged` clients have bought by the end of the period, and bought or cost something in
    it; they make the whale curve."""

    clients: int
    judged: int
    revenue: Decimal
    discount: Decimal
    direct_cost: Decimal
    own_cost: Decimal
    pool_cost: Decimal
    profit: Decimal
    purchases: Decimal
    orders: int
    judged_profit: Decimal
    nobody_revenue: Decimal
    nobody_direct_cost: Decimal
    nobody_own_cost: Decimal
    nobody_profit: Decimal
    losing: int
    angels: int
    angels_profit: Decimal
    between: int
    between_profit: Decimal
    demons: int
    demons_profit: Decimal
    unallocated: Decimal = Decimal(0)
    company_profit: Decimal = Decimal(0)
    curve: list[Point] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    categories: list[OwnCost] = field(default_factory=list)
    groups: Groups = field(default_factory=dict)

    @property
    def company_revenue(self) -> Decimal:
        return self.revenue + self.nobody_revenue

    @property
    def difference(self) -> Decimal:
        """What is missing between all clients, money without a client and unallocated pools, and the company: nothing, to the cent."""
        return self.profit + self.nobody_profit - self.unallocated - self.company_profit

    @property
    def peak(self) -> Point | None:
        """The last client that adds to the profit: here the curve is highest."""
        return max(self.curve, key=lambda point: (point.up_to, -point.place), default=None)

    def share(self, up_to: Decimal) -> Decimal | None:
        """Return `up_to` as % of the profit of all judged clients; None where they earn nothing together."""
        return 100 * up_to / self.judged_profit if self.judged_profit > 0 else None

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Figures:
        """Return figures as a JSON column keeps them (`as_json`)."""
        lists = ("curve", "pools", "categories", "groups")
        numbers: dict[str, Any] = {
            name: Decimal(value) if isinstance(value, str) else value for name, value in kept.items() if name not in lists
        }
        return cls(
            **numbers,
            curve=[Point(place, client, Decimal(profit), Decimal(up_to)) for place, client, profit, up_to in kept["curve"]],
            pools=[Pool(name, Decimal(amount), Decimal(unallocated)) for name, amount, unallocated in kept["pools"]],
            categories=[OwnCost(category, Decimal(amount)) for category, amount in kept["categories"]],
            groups={
                name: [Group(id_, clients, Decimal(revenue), Decimal(profit), demons) for id_, clients, revenue, profit, demons in rows]
                for name, rows in kept["groups"].items()
            },
        )

    def as_json(self) -> dict[str, Any]:
        """Return them as JSON keeps them; money as text, so that no cent is lost."""
        lists = {
            "curve": [list(asdict(point).values()) for point in self.curve],
            "pools": [list(asdict(pool).values()) for pool in self.pools],
            "categories": [list(asdict(one).values()) for one in self.categories],
            "groups": groups_as_json(self.groups),
        }
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in lists}
        return plain | lists


def groups_as_json(groups: Groups) -> dict[str, Any]:
    """Return groups as the figures of a report keep them."""
    return {name: [list(asdict(group).values()) for group in rows] for name, rows in groups.items()}


def groups_of(report: ProfitReport, clients: QuerySet[Client] | None = None) -> Groups:
    """Work out profit by who the clients are now; of the clients that `clients` chooses, if given."""
    chosen, conditions = among(clients, "r.client_id")
    with connection.cursor() as cursor:
        cursor.execute(SQL["groups"].format(chosen=chosen), {"report": report.pk, **conditions})
        return _by_dimension(cursor.fetchall())


_UNDER_WAY = timedelta(minutes=10)


def stand_of_clients(now: datetime) -> int:
    """Return a number for how clients stand: another one after each change that their history knows, and once more ten minutes
    after the last, since one with a lower number may have been under way when that was told. Index: the key of the history."""
    events: Any = apps.get_model("clients", "ClientEvent")
    last = events.objects.order_by("-pk").values_list("pk", "pgh_created_at").first()
    return 2 * last[0] + (last[1] <= now - _UNDER_WAY) if last else 0


def figures_of(report: ProfitReport, clients: QuerySet[Client] | None = None) -> Figures:
    """Work out the figures of a report; of the clients that `clients` chooses, if given."""
    chosen, conditions = among(clients, "r.client_id")
    values: dict[str, Any] = {"report": report.pk, "points": POINTS, **conditions}
    with connection.cursor() as cursor:
        sums = _sums(cursor, chosen, values)
        cursor.execute(SQL["whale"].format(chosen=chosen), values)
        curve = [Point(place, client, profit, up_to) for place, client, profit, up_to in cursor.fetchall()]
    groups = groups_of(report, clients)
    if clients is not None:
        return Figures(**sums, curve=curve, groups=groups)
    return Figures(
        **sums,
        curve=curve,
        groups=groups,
        categories=categories_of(report),
        pools=_pools(parts_kept(report)),
        unallocated=report.unallocated,
        company_profit=report.company_profit,
    )


def categories_of(report: ProfitReport, clients: QuerySet[Client] | None = None) -> list[OwnCost]:
    """Sum up own costs by category over the period of a report, the largest first; of the clients that `clients` chooses, if given."""
    chosen, conditions = among(clients, "r.client_id")
    with connection.cursor() as cursor:
        cursor.execute(SQL["categories"].format(chosen=chosen), conditions | cut(parts_of(report.first, report.end)).values())
        return [OwnCost(*row) for row in cursor.fetchall()]


def sums_of(report: ProfitReport, clients: QuerySet[Client]) -> Figures:
    """Work out the sums of some clients alone, without curve and groups."""
    chosen, conditions = among(clients, "r.client_id")
    with connection.cursor() as cursor:
        return Figures(**_sums(cursor, chosen, {"report": report.pk, **conditions}))


def _sums(cursor: Any, chosen: str, values: dict[str, Any]) -> dict[str, Any]:
    cursor.execute(SQL["figures"].format(chosen=chosen), values)
    names = [column.name.rstrip("_") for column in cursor.description or ()]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def among(clients: QuerySet[Client] | None, column: str) -> tuple[str, dict[str, Any]]:
    """Return the condition that `column` is one of `clients` (nothing for all of them), with its values by name."""
    if clients is None:
        return "", {}
    statement = of_query(clients.order_by().values("pk"), "SELECT NULL::bigint WHERE FALSE")
    names = [f"chosen{number}" for number in range(len(statement.params))]
    following = iter(names)
    text = _PLACE.sub(lambda found: "%%" if found[0] == "%%" else f"%({next(following)})s", statement.text)
    return f"AND {column} IN ({text})", dict(zip(names, statement.params, strict=True))


_PLACE = re.compile("%%|%s")
"""A sign that stands for itself, and a parameter."""


def _by_dimension(rows: Sequence[Any]) -> Groups:
    every = (1 << len(DIMENSIONS)) - 1
    name_of = {every & ~(1 << place): name for place, name in enumerate(reversed(DIMENSIONS))}
    groups: Groups = {name: [] for name in DIMENSIONS}
    for which, *group in rows:
        groups[name_of[which]].append(Group(*group))
    return {name: sorted(found, key=lambda one: (-one.profit, one.id or 0)) for name, found in groups.items()}


def _pools(parts: Sequence[ProfitReport]) -> list[Pool]:
    pools: dict[str, Pool] = {}
    spreads = PoolSpread.objects.filter(report__in=parts).order_by("name", "pk")
    for name, amount, unallocated in spreads.values_list("name", "amount", "unallocated"):
        known = pools.get(name, Pool(name, Decimal(0), Decimal(0)))
        pools[name] = Pool(name, known.amount + amount, known.unallocated + unallocated)
    return list(pools.values())
