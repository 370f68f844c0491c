"""Touches and what comes next: logged, corrected, planned, put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.touches import NONE, CorrectionForm, NextStepForm, TouchForm
from clients.history import last_change_id
from clients.models import Client, Touch
from clients.services import correct_touch, log_touch, plan_next_step, undo_next_step, undo_touch
from clients.services.touches import may_correct
from clients.views.card import CardPage, answer, dialog, find_own_client, posted
from clients.views.card_contacts import say_refusal
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("clients.change_client")
@require_POST
def log(request: SignedInRequest, pk: int) -> HttpResponse:
    """Log a touch; the card shows it at once, and the form is empty again."""
    client = find_own_client(request, pk)
    contacts = list(client.contacts.all())
    form = TouchForm(request.POST, client=client, user=request.user, now=timezone.now(), contacts=contacts)
    change_before = last_change_id(client)
    try:
        touch = log_touch(user=request.user, client_id=pk, **form.for_service())
    except Refused as refusal:
        form.take_refusal(refusal.errors)
        page = CardPage(request, client, log_form=form)
        return render(request, "clients/card/log.html" if request.htmx else "clients/card.html", page.context(), status=422)
    planned = _("Next step: %(when)s") % {"when": formats.day(touch.next_step_at)} if touch.next_step_at else ""
    change = last_change_id(client)
    undo = reverse("clients:touch_undo", args=[pk, touch.pk, change if change != change_before else 0])
    say(request, f"{_('Touch logged')}. {planned}" if planned else _("Touch logged"), undo_url=undo)
    return answer(request, pk, "next", "missing", "facts_confirmed", "ages", "timeline", row=("clients/card/log.html", {}))


@requires("clients.change_client")
@require_POST
def undo_log(request: SignedInRequest, pk: int, touch_id: int, event_id: int) -> HttpResponse:
    """Take back a touch that was just logged."""
    client = find_own_client(request, pk)
    get_object_or_404(Touch, pk=touch_id, client=client)
    try:
        undo_touch(user=request.user, touch_id=touch_id, event_id=event_id)
        say(request, _("Touch taken back"))
    except StaleVersion:
        say(request, _("More has happened with this client since; the touch stays, and can be corrected."))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answer(request, pk, "next", "log_plan", "missing", "facts_confirmed", "ages", "timeline")


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, pk: int, touch_id: int) -> HttpResponse:
    """Put right a touch of one's own of today."""
    client = find_own_client(request, pk)
    touch = get_object_or_404(Touch, pk=touch_id, client=client)
    if not may_correct(touch, request.user, timezone.now()):
        raise PermissionDenied
    form = CorrectionForm.of(touch, posted(request))
    if request.method == "POST":
        try:
            correct_touch(user=request.user, touch_id=touch_id, changes=form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("Touch corrected"))
            return answer(request, pk, "timeline", close=True)
    context = {"client": client, "touch": touch, "form": form}
    return dialog(request, "clients/card/correction_form.html", context, status=422 if form.errors else 200)


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def next_step(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan the next call or meeting, put it off, or clear it."""
    client = find_own_client(request, pk)
    now = timezone.now()
    form = NextStepForm(posted(request), client=client, user=request.user, now=now)
    if request.method == "POST":
        typed, change_before = form.typed(), last_change_id(client)
        try:
            planned = form.planned_at(typed)
            step = typed["next_step"] or "" if typed["plan"] != NONE else ""
            client = plan_next_step(user=request.user, client_id=pk, next_step=step, next_step_at=planned)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            change = last_change_id(client)
            undo = reverse("clients:next_step_undo", args=[pk, change]) if change != change_before else ""
            say(request, _next_step_told(client), undo_url=undo)
            return answer(request, pk, "next", "log_plan", "missing", "timeline", close=True)
    return dialog(request, "clients/card/next_step_form.html", {"client": client, "form": form}, status=422 if form.errors else 200)


def _next_step_told(client: Client) -> str:
    if client.next_step_at is None:
        return _("No next step any more")
    return _("Next step: %(when)s") % {"when": formats.day(client.next_step_at)}


@requires("clients.change_client")
@require_POST
def next_step_undo(request: SignedInRequest, pk: int, event_id: int) -> HttpResponse:
    """Put back the next step that stood there before."""
    find_own_client(request, pk)
    try:
        undo_next_step(user=request.user, client_id=pk, event_id=event_id)
    except StaleVersion:
        say(request, _("The next step has been changed again since; it stays as it is."))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answer(request, pk, "next", "log_plan", "missing", "timeline")
