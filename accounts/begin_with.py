"""What the first run lets one begin with. Apps above register their offers in `apps.py`; accounts knows none of them.

begin_with.register(Offer("rules", _("Reminders"), _("…"), choices=shipped_rules, take=switch_on))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from accounts.models import User

type Words = str | Promise


@dataclass(frozen=True)
class Choice:
    """One thing to tick: its key, what it is called, a few words, and whether it is ticked at first."""

    key: str
    label: Words
    hint: Words = ""
    ticked: bool = True


@dataclass(frozen=True)
class Offer:
    """Things that a new installation may begin with. `take` gets the new administrator and the keys that were ticked."""

    key: str
    label: Words
    hint: Words
    choices: Callable[[], Sequence[Choice]]
    take: Callable[[User, Sequence[str]], None]


_offers: dict[str, Offer] = {}


def register(offer: Offer) -> None:
    """Make an offer; registering a key again replaces it."""
    _offers[offer.key] = offer


def offers() -> list[Offer]:
    """Return all offers that have something to choose, in the order of their registration."""
    return [offer for offer in _offers.values() if offer.choices()]
