"""Telling the user what happened: a toast, with Undo where the act can be undone.

The same `say` serves a page that follows a redirect and an answer to htmx: the middleware hands the messages that no
page has shown to the script as `HX-Trigger: {"seraph:say": …}`.
"""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.messages import constants, get_messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

UNDO = "undo:"


def say(request: HttpRequest, text: Any, *, undo_url: str = "") -> None:
    """Show `text` as a toast on the next page or in this answer; `undo_url` is posted to when the user presses Undo."""
    messages.success(request, text, extra_tags=f"{UNDO}{undo_url}" if undo_url else "")


def undo_of(message: Message) -> str:
    """Return the address that undoes what `message` tells of, or an empty string."""
    tags = message.extra_tags or ""
    return tags.removeprefix(UNDO) if tags.startswith(UNDO) else ""


class SayingMiddleware:
    """Put unshown messages into the answer to an htmx request, unless it leads to another page, which will show them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or response.status_code in {301, 302, 303, 307, 308}:
            return response
        if any(header in response for header in ("HX-Redirect", "HX-Refresh", "HX-Location")):
            return response
        storage = get_messages(request)
        if getattr(storage, "used", False):
            return response  # a template of this answer has shown them
        says = [self.detail(message) for message in storage]
        if says:
            trigger = response.get("HX-Trigger", "")
            events = json.loads(trigger) if trigger.startswith("{") else {name.strip(): {} for name in trigger.split(",") if name.strip()}
            events["seraph:say"] = {"says": [*events.get("seraph:say", {}).get("says", []), *says]}
            response["HX-Trigger"] = json.dumps(events)
        return response

    @staticmethod
    def detail(message: Message) -> dict[str, Any]:
        detail: dict[str, Any] = {"text": str(message)}
        if message.level >= constants.WARNING:
            detail["bad"] = True
        if undo := undo_of(message):
            detail |= {"action": _("Undo"), "url": undo}
        return detail
