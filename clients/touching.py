"""What other apps do when a touch is logged, and whom else they let log one. They register in their `apps.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from clients.models import Touch


@dataclass(frozen=True)
class TouchListener:
    """An app that follows touches.

    `logged(touches)` and `taken_back(touch)` run in the transaction of the touch, behind the lock of its client, before
    the next step of the client is written. `lets_touch(user)` returns the condition of clients at which `user` may log a
    touch though somebody else is in charge of them: whoever promised to call has to be able to say what came of it.
    """

    logged: Callable[[Sequence[Touch]], None]
    taken_back: Callable[[Touch], None]
    lets_touch: Callable[[User], Q]


_listeners: dict[str, TouchListener] = {}


def register(key: str, listener: TouchListener) -> None:
    """Make a listener known; registering a key again replaces it."""
    _listeners[key] = listener


def tell_logged(touches: Sequence[Touch]) -> None:
    """Tell everybody of touches that were just written."""
    for listener in _listeners.values():
        listener.logged(touches)


def tell_taken_back(touch: Touch) -> None:
    """Tell everybody of a touch that is about to be taken back."""
    for listener in _listeners.values():
        listener.taken_back(touch)


def touched_by_others(user: User) -> Q:
    """Return the condition of clients at which `user` may log a touch though they are another's."""
    found = Q(pk__in=[])
    for listener in _listeners.values():
        found |= listener.lets_touch(user)
    return found
