"""What users hold and hand over when they leave.

Apps of the floors above register here in their `apps.py`; the user's page counts what there is, and
`deactivate_user` hands it over in the same transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from accounts.models import User


class HandOver(Protocol):
    """Give everything of this kind that `leaver` holds to `successor`, acting as `by`; return how many it was."""

    def __call__(self, *, by: User, leaver: User, successor: User) -> int: ...


@dataclass(frozen=True)
class Holding:
    """A kind of thing that a user holds.

    `count(user)` says how many; `say(number)` puts it in words ("23 clients"), in the language in force.
    """

    key: str
    say: Callable[[int], str]
    count: Callable[[User], int]
    hand_over: HandOver


_holdings: dict[str, Holding] = {}


def register(*, key: str, say: Callable[[int], str], count: Callable[[User], int], hand_over: HandOver) -> None:
    """Make a kind of thing known; registering a key again replaces it."""
    _holdings[key] = Holding(key, say, count, hand_over)


def holdings() -> list[Holding]:
    """Return the kinds of things that a user may hold: those of the floors below first, for what is above may follow them.

    Django makes apps ready from the top floor down.
    """
    return list(reversed(_holdings.values()))


def held_by(user: User) -> list[str]:
    """Return in words what `user` holds; kinds of which there is nothing are left out."""
    counted = [(holding, holding.count(user)) for holding in holdings()]
    return [holding.say(number) for holding, number in counted if number]


def hand_over_everything(*, by: User, leaver: User, successor: User) -> dict[str, int]:
    """Give all that `leaver` holds to `successor`; return how many of each kind."""
    return {holding.key: holding.hand_over(by=by, leaver=leaver, successor=successor) for holding in holdings()}
