"""What many parts of a page read and the database is asked for once: settings of one row.

Only while a page is looked at: a request that writes, a task and a command always see what stands.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from copy import copy

from django.http import HttpRequest, HttpResponseBase

_known: ContextVar[dict[Hashable, object] | None] = ContextVar("known", default=None)


def once_a_page(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: let `once` remember for as long as a page is made."""

    def remembering(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        token = _known.set({})
        try:
            return get_response(request)
        finally:
            _known.reset(token)

    return remembering


def once[T](key: Hashable, ask: Callable[[], T]) -> T:
    """Return what `ask` returns, asked once for a page; each caller gets a copy of its own."""
    known = _known.get()
    if known is None:
        return ask()
    if key not in known:
        known[key] = ask()
    return copy(known[key])  # type: ignore[return-value]  # what `ask` of this key returned
