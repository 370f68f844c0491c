"""Counting: each measure by manager, in one statement over the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from clients.models import Client
from clients.quality.measures import MEASURES

COLUMNS = ("clients", "required_points", "recommended_points", *(measure.key for measure in MEASURES))
"""The columns of `QualitySnapshot` that add up, in the order in which `counting` returns them after the manager."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How some clients stand: counts by measure, and the points of completeness (percent, summed over the clients)."""

    clients: int = 0
    required_points: int = 0
    recommended_points: int = 0
    counts: Mapping[str, int] | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the figures of a row that holds the columns of a snapshot."""
        clients, required, recommended = (int(values[name] or 0) for name in COLUMNS[:3])
        return cls(clients, required, recommended, {name: int(values[name] or 0) for name in COLUMNS[3:]})

    def count(self, key: str) -> int:
        """Return how many clients a measure finds."""
        return self.counts.get(key, 0) if self.counts else 0

    def share(self, key: str) -> float | None:
        """Return the percent of the clients that a measure finds; None where there are no clients."""
        return 100 * self.count(key) / self.clients if self.clients else None

    @property
    def required(self) -> int | None:
        """How complete the required facts are on average, in percent, rounded down; None where there are no clients."""
        return self.required_points // self.clients if self.clients else None

    @property
    def recommended(self) -> int | None:
        """The same of the recommended facts."""
        return self.recommended_points // self.clients if self.clients else None

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.clients + other.clients,
            self.required_points + other.required_points,
            self.recommended_points + other.recommended_points,
            {measure.key: self.count(measure.key) + other.count(measure.key) for measure in MEASURES},
        )


def counting() -> QuerySet[Client, tuple[Any, ...]]:
    """Return the query that counts the registry as it is now: a row for each manager, the manager's id first, then COLUMNS.

    It walks an index of the clients (client_of_manager holds all that is asked) and joins their standing; waivers are few,
    and gathered once.
    """
    measured = {f"n_{measure.key}": Count("pk", filter=measure.condition()) for measure in MEASURES}
    points = {
        "n_required": Coalesce(Sum("standing__required_share"), 0),
        "n_recommended": Coalesce(Sum("standing__recommended_share"), 0),
    }
    rows: QuerySet[Client, tuple[Any, ...]] = (
        Client.objects.in_registry()
        .order_by()
        .values(by=F("manager"))
        .annotate(n_clients=Count("pk"), **points, **measured)
        .values_list("by", "n_clients", *points, *measured)
    )
    return rows


def count_now() -> dict[int | None, Figures]:
    """Return the figures of every manager that has clients, by id (None: nobody in charge), as they are at this moment."""
    return {manager: Figures.of(dict(zip(COLUMNS, values, strict=True))) for manager, *values in counting()}
