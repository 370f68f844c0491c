"""When what was spent on winning clients has come back: arithmetic alone, of figures that were read elsewhere.

Sources of the terms: the cost of winning is the customer acquisition cost of Blattberg and Deighton ("Manage Marketing by
the Customer Equity Test", Harvard Business Review 74/4, 1996), here with the direct costs alone that the ledger knows;
payback is the undiscounted payback period of capital budgeting, counted in profit (not in revenue or margin).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from enum import Enum

FOLLOWED = 12
"""So many months clients are followed, the calendar month of the first sale being the first."""


def months_between(earlier: date, later: date) -> int:
    """Return how many months the month of `later` is after that of `earlier`."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


@dataclass(frozen=True, slots=True)
class MonthOfClients:
    """The `number`-th month of the clients won. `clients` is how many of them have come so far; `earned` their profit in it
    before the cost of winning them, in the company's currency, and `up_to` that of all months up to it."""

    number: int
    clients: int
    revenue: Decimal
    earned: Decimal
    up_to: Decimal


class Outcome(Enum):
    """NOTHING: nothing was spent, or nobody was won. PAID: it has come back. NOT_YET: it has not, though the clients earn
    money. NEVER: they earn nothing, so it does not come back."""

    NOTHING = "nothing"
    PAID = "paid"
    NOT_YET = "not_yet"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Payback:
    """How it ended. `months` until the cost had come back (PAID), or, where the clients go on as they have so far, until it
    will have (NOT_YET); `missing` money of the cost that has not come back."""

    outcome: Outcome
    months: int | None = None
    missing: Decimal = Decimal(0)


def follow(won: Mapping[date, int], brought: Mapping[int, tuple[Decimal, Decimal]], *, today: date) -> list[MonthOfClients]:
    """Return the months of the clients won that at least one of them has had, up to `FOLLOWED`.

    `won`: month of the first sale -> how many; `brought`: number of the month -> revenue and profit before the cost of winning.
    """
    months, up_to = [], Decimal(0)
    for number in range(1, FOLLOWED + 1):
        clients = sum(count for month, count in won.items() if months_between(month, today) >= number - 1)
        if not clients:
            break
        revenue, earned = brought.get(number, (Decimal(0), Decimal(0)))
        up_to += earned
        months.append(MonthOfClients(number, clients, revenue, earned, up_to))
    return months


def payback_of(spent: Decimal, months: Sequence[MonthOfClients]) -> Payback:
    """Return the month in which the profit of the clients won, added up over their months, reaches what was `spent` on winning,
    not to fall below it again.

    Not reached, or lost again: never, where the clients earn nothing (Σ profit ≤ 0); else after spent ÷ (clients · Σ profit ÷ Σ months that
    the clients have had) months, if they go on so. The clients of the first month are all that were won.
    """
    if spent <= 0 or not months:
        return Payback(Outcome.NOTHING, missing=max(spent, Decimal(0)))
    below = [month.number for month in months if month.up_to < spent]
    if not below or below[-1] < months[-1].number:
        return Payback(Outcome.PAID, below[-1] + 1 if below else 1)
    earned = months[-1].up_to
    if earned <= 0:
        return Payback(Outcome.NEVER, missing=spent - earned)
    lived = sum(month.clients for month in months)
    at_pace = (spent * lived / (months[0].clients * earned)).to_integral_value(ROUND_CEILING)
    return Payback(Outcome.NOT_YET, max(int(at_pace), 1), spent - earned)
