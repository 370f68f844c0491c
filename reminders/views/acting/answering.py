"""Finding the reminder that an act is about, and answering the act on whatever page it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from clients.errors import FieldError, Refused, StaleVersion
from clients.models import Client
from clients.views.card import answer, dialog, find_client
from reminders.forms.moving import OfReminder
from reminders.models import Reminder
from reminders.services.acts import last_act
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

TOUCHED = ("next", "log_plan", "missing", "timeline")
"""The parts of a card that an act on a reminder may change; the panel of reminders follows "next" by itself."""


def find_reminder(request: SignedInRequest, pk: int) -> Reminder:
    """Return a reminder that the user may change; 403 for a reader, 404 for a stranger."""
    rows = Reminder.objects.visible_to(request.user).select_related("client__manager", "contact", "kind", "owner", "closed_by")
    reminder = get_object_or_404(rows, pk=pk)
    if not Reminder.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return reminder


def find_touchable_client(request: SignedInRequest, pk: int) -> Client:
    """Return a client for which the user may plan; 403 for a reader, 404 for a stranger."""
    client = find_client(request, pk)
    if client.archived_at is not None or not Client.objects.touchable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return client


def answered(request: SignedInRequest, client_id: int, *, close: bool = True) -> HttpResponse:
    """Answer an act: on the card with the parts of it that changed, on any other page with the event "seraph:reminders".

    A page that shows reminders listens for it (hx-trigger="seraph:reminders from:body"). A plain request is led to the card.
    """
    if not request.htmx:
        return redirect("clients:card", pk=client_id)
    page = urlsplit(request.htmx.current_url or "").path
    if page in ("", reverse("clients:card", args=[client_id])):
        return answer(request, client_id, *TOUCHED, close=close)
    return HttpResponse("", headers={"HX-Trigger": '{"seraph:close": {}, "seraph:reminders": {}}'})


def decided(
    request: SignedInRequest, form: OfReminder, template: str, act: Callable[[], Reminder], told: Callable[[Reminder], str]
) -> HttpResponse:
    """Draw a dialog about one reminder; posted, `act` and say what was `told`. What was refused or changed meanwhile stands in the form."""
    reminder = form.reminder
    if request.method == "POST":
        try:
            done = act()
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion as changed:
            form.version = changed.current.version
            form.take_refusal([stale(reminder)])
        else:
            say(request, told(done), undo_url=undo_url(done))
            return answered(request, done.client_id)
    context = {"form": form, "client": reminder.client, "reminder": reminder}
    return dialog(request, template, context, status=422 if form.errors else 200)


def undo_url(reminder: Reminder) -> str:
    """Return where the last act on `reminder` is taken back."""
    act = last_act(reminder)
    return reverse("reminders:undo", args=[reminder.pk, act.pk]) if act else ""


def name_of(reminder: Reminder) -> str:
    """Return what a toast calls a reminder: its kind and the client."""
    return _("%(kind)s, %(client)s") % {"kind": reminder.kind, "client": reminder.client}


def stale(reminder: Reminder) -> FieldError:
    """Say how a reminder stands now that somebody changed it while a small form was open; saved again, the form goes through."""
    act = last_act(reminder)
    reminder = Reminder.objects.select_related("owner").get(pk=reminder.pk)
    who = act.by if act and act.by else _("Somebody")
    words = {"who": who, "due": formats.due(reminder.due_at), "owner": reminder.owner or _("nobody")}
    told = _("%(who)s changed this meanwhile: it is due %(due)s, and %(owner)s acts. Save again if you still mean it.")
    return FieldError("", "stale", told % words)


def say_refusal(request: SignedInRequest, refusal: Refused) -> None:
    """Say why an act without a form did nothing."""
    for error in refusal.errors:
        messages.warning(request, str(error.message))
