"""Parts that other apps put into the frame of every page: a bell in the head, a line above the content, a script.

    shell_parts.register(Part("bell", Place.HEAD, "reminders/notices/bell.html", context=bell_of, script="reminders.js"))

Apps register in their `apps.py`; `base.html` draws each part at its place. A part is worked out when it is drawn, so that
fragments pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.contrib.auth.models import PermissionsMixin
from django.http import HttpRequest


class Place(Enum):
    """Where in the frame a part stands."""

    HEAD = "head"
    """At the end of the page's head, on every screen."""
    ABOVE = "above"
    """Above the content, as a notice that lasts until it is solved."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the frame. `context(request)` returns what its template draws, or None where there is nothing to show.

    Whoever lacks `permission` doesn't get it. `script` is a static file that is loaded with the part.
    """

    key: str
    place: Place
    template: str
    context: Callable[[HttpRequest], dict[str, Any] | None]
    permission: str
    script: str = ""


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part on one page, ready to be drawn."""

    part: Part
    context: dict[str, Any]


_parts: dict[str, Part] = {}


def register(part: Part) -> None:
    """Put `part` into the frame of every page; a part with the same key is replaced."""
    _parts[part.key] = part


def parts_for(request: HttpRequest) -> dict[str, list[ShownPart]]:
    """Return the parts that the user sees on this page, by place."""
    shown: dict[str, list[ShownPart]] = {place.value: [] for place in Place}
    user = getattr(request, "user", None)
    if not isinstance(user, PermissionsMixin):  # nobody has signed in, or the page tells of a failure
        return shown
    for part in _parts.values():
        if user.has_perm(part.permission) and (context := part.context(request)) is not None:
            shown[part.place.value].append(ShownPart(part, context))
    return shown
