"""What belongs to a client and goes with it when two clients become one.

Apps of the floors above register here in their `apps.py`. A merge moves everything of the other client to the survivor
and keeps what each mover says of that; its undo gives it back. Both happen in one transaction, behind the locks of both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clients.models import Client

Move = Callable[[Client, Client], Any]
PutBack = Callable[[Client, Client, Any], None]


@dataclass(frozen=True)
class Belongings:
    """A kind of thing that belongs to a client.

    `move(survivor, other)` moves all of `other`'s and returns, as JSON holds it, what it takes to give it back.
    `put_back(survivor, other, moved)` gives back what is still with the survivor: what went elsewhere since stays there,
    and so does what came since.
    """

    key: str
    move: Move
    put_back: PutBack


_known: dict[str, Belongings] = {}


def register(*, key: str, move: Move, put_back: PutBack) -> None:
    """Make a kind of thing known; registering a key again replaces it."""
    _known[key] = Belongings(key, move, put_back)


def move_all(survivor: Client, other: Client) -> dict[str, Any]:
    """Move everything to `survivor`; return what was moved, by key."""
    return {one.key: one.move(survivor, other) for one in _known.values()}


def put_back_all(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back what `move_all` moved, the last kind first."""
    for one in reversed(_known.values()):
        if one.key in moved:
            one.put_back(survivor, other, moved[one.key])
