"""What belongs to a client and goes with it when two clients become one.

Apps of the floors above register here in their `apps.py`. A merge moves everything of the other client to the survivor
and keeps what each mover says of that; its undo gives it back. Both happen in one transaction, behind the locks of both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clients.models import Client

Move = Callable[[Client, Client], Any]
PutBack = Callable[[Client, Client, Any], None]
MoveFirst = Callable[[Client, Client, Mapping[str, Any]], Any]
Settle = Callable[[Client, Any], None]


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


@dataclass(frozen=True)
class Followers:
    """A kind of thing that the database itself keeps in step with the row of its client, by triggers.

    It goes before the rows are written: `move(survivor, other, after)`, where `after` is what the merge is about to write
    on the survivor, and `put_back(survivor, other, moved)` before the undo writes. `settle(client, moved)` comes last in
    both, for each client that stands then, and brings in line what depends on the rows as they are now.
    """

    key: str
    move: MoveFirst
    put_back: PutBack
    settle: Settle


_known: dict[str, Belongings] = {}
_followers: dict[str, Followers] = {}


def register(*, key: str, move: Move, put_back: PutBack) -> None:
    """Make a kind of thing known; registering a key again replaces it."""
    _known[key] = Belongings(key, move, put_back)


def register_followers(*, key: str, move: MoveFirst, put_back: PutBack, settle: Settle) -> None:
    """Make a kind of thing known that goes before the rows are written; registering a key again replaces it."""
    _followers[key] = Followers(key, move, put_back, settle)


def move_followers(survivor: Client, other: Client, after: Mapping[str, Any]) -> dict[str, Any]:
    """Move to `survivor` what goes before the rows are written; return what was moved, by key."""
    return {one.key: one.move(survivor, other, after) for one in _followers.values()}


def put_back_followers(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back what `move_followers` moved."""
    for one in _followers.values():
        if one.key in moved:
            one.put_back(survivor, other, moved[one.key])


def settle_followers(client: Client, moved: dict[str, Any]) -> None:
    """Bring what follows `client` in line with its row as it stands now."""
    for one in _followers.values():
        if one.key in moved:
            one.settle(client, moved[one.key])


def move_all(survivor: Client, other: Client) -> dict[str, Any]:
    """Move everything to `survivor`; return what was moved, by key."""
    return {one.key: one.move(survivor, other) for one in _known.values()}


def put_back_all(survivor: Client, other: Client, moved: dict[str, Any]) -> None:
    """Give back what `move_all` moved, the last kind first."""
    for one in reversed(_known.values()):
        if one.key in moved:
            one.put_back(survivor, other, moved[one.key])
