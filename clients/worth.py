"""What clients are worth to the company, for lists that put the most valuable first. The app that keeps the money says it.

worth.register(recent_revenue)
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models.expressions import Combinable

type Worth = Callable[[], Combinable]

_known: list[Worth] = []


def register(worth: Worth) -> None:
    """Let `worth` return the expression by which clients are compared, higher first; the last registered one holds."""
    _known[:] = [worth]


def most_valuable_first() -> list[Combinable]:
    """Return what to order clients by: by their worth, or by nothing where nobody knows it."""
    return [worth().desc() for worth in _known]  # type: ignore[attr-defined]  # every expression of a value has it
