"""What a client earned in twelve months, for its card. The app above that works profit out says it.

earned.register(of_kept_report)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Earned:
    """Profit in the company's currency, as it was worked out at `at`; `verdict` is "angel", "between", "demon", or ""."""

    profit: Decimal
    verdict: str
    label: str
    """The verdict in words."""
    at: datetime


type Known = Callable[[int, date], Earned | None]
_known: list[Known] = []


def register(known: Known) -> None:
    """Let `known(client_id, month)` say what a client earned in the twelve months up to the end of `month` (its first day), in one
    query at most; None where nobody has worked that out. The last registered one holds."""
    _known[:] = [known]


def earned_by(client_id: int, month: date) -> Earned | None:
    """Return what is known of the client. Whoever calls has seen to it that the reader may know."""
    return next((known(client_id, month) for known in _known), None)
