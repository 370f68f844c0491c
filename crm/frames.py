"""Room for the frames of a request, so that no page costs four times as much because of how deep it happens to be.

Python keeps the frames of a thread in pieces of 16 KB. The piece that a call opens is given back to the system when that call
ends. A loop deep in templates whose calls just cross the edge of a piece therefore asks the system for a piece with every call
(https://github.com/python/cpython/issues/142183; patch releases of 2026 keep one piece). Where the edges lie depends on how
many frames stand below: a template that extends one more, a middleware more, another server, and a page of 480 lines takes
390 ms of the processor instead of 100, more than half of it in the kernel.

A piece is as large as the frame that opens it asks for, rounded up to a power of two. So the first frame of a request asks for
a little more than half of one: the other half has room for all frames above it.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

type GetResponse = Callable[[HttpRequest], HttpResponseBase]

ASKED_FOR = 33_000
"""Words of 8 bytes: a piece of 512 KB, of which 250 KB are free. It is address space; what is not written to takes no memory."""


def room_for_frames(get_response: GetResponse) -> GetResponse:
    """Middleware, the first: run the request within one piece."""

    def with_room(request: HttpRequest) -> HttpResponseBase:
        return get_response(request)

    with_room.__code__ = with_room.__code__.replace(co_stacksize=ASKED_FOR)
    return with_room
