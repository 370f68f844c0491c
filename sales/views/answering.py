"""Answering an act on the ledger on whatever page it was asked for, and showing its small forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clients.errors import FieldError, Refused

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def answered(request: SignedInRequest, url: str) -> HttpResponseBase:
    """Answer an act: with htmx by the event "seraph:ledger", for which pages of the ledger listen, else by going to `url`."""
    if not request.htmx:
        return redirect(url)
    return HttpResponse("", headers={"HX-Trigger": '{"seraph:close": {}, "seraph:ledger": {}}'})


def dialog(request: SignedInRequest, template: str, context: dict[str, Any], *, refused: bool = False, status: int = 200) -> HttpResponse:
    """Show what stands in a dialog; without htmx the same on a page of its own."""
    status = 422 if refused else status
    if request.htmx:
        return render(request, template, context, status=status)
    return render(request, "sales/dialog_page.html", context | {"dialog": template}, status=status)


def say_refusal(request: SignedInRequest, refusal: Refused) -> None:
    """Say why an act without a form did nothing."""
    for error in refusal.errors:
        messages.warning(request, str(error.message))


def stale() -> FieldError:
    """Say that somebody else was faster, where a small form can go through as it is when it is sent again."""
    return FieldError("", "stale", _("Somebody changed this meanwhile. Look at it again, then save once more if you still mean it."))


def not_yours() -> FieldError:
    """Say that the client is in other hands: whoever typed a whole form must not lose it for that."""
    return FieldError("client", "forbidden", _("Choose a client that is yours to change; this one is in other hands."))
