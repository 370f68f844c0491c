"""Putting a reminder off, handing it over, and taking such an act back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import posted
from reminders.forms.moving import HandOverForm, SnoozeForm
from reminders.models import Reminder, ReminderAct
from reminders.services import hand_over_reminder, snooze_reminder, undo_act
from reminders.views.acting.answering import answered, decided, find_reminder, name_of, say_refusal
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("reminders.change_reminder")
@require_http_methods(["GET", "POST"])
def snooze(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a reminder off to a time that is suggested, or another one."""
    reminder = find_reminder(request, pk)
    form = SnoozeForm(posted(request), reminder=reminder, user=request.user, now=timezone.now())

    def act() -> Reminder:
        day, at = form.wall()
        reason = form.typed()["reason"] or ""
        return snooze_reminder(user=request.user, reminder_id=pk, version=form.version, on_day=day, at_time=at, reason=reason)

    def told(done: Reminder) -> str:
        return _("Put off until %(when)s: %(what)s") % {"what": name_of(done), "when": formats.day(done.due_at)}

    return decided(request, form, "reminders/dialogs/snooze.html", act, told)


@requires("reminders.change_reminder")
@require_http_methods(["GET", "POST"])
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give one reminder to somebody else for good."""
    reminder = find_reminder(request, pk)
    form = HandOverForm(posted(request), reminder=reminder)

    def act() -> Reminder:
        return hand_over_reminder(user=request.user, reminder_id=pk, version=form.version, assignee=form.assignee_for_service())

    def told(done: Reminder) -> str:
        return _("%(who)s acts now: %(what)s") % {"what": name_of(done), "who": done.owner or _("nobody")}

    return decided(request, form, "reminders/dialogs/hand_over.html", act, told)


@requires("reminders.change_reminder")
@require_POST
def undo(request: SignedInRequest, pk: int, act_id: int) -> HttpResponse:
    """Take back the last thing that one did with a reminder; whoever gave it away may, though it is another's now."""
    reminder = get_object_or_404(Reminder.objects.visible_to(request.user), pk=pk)
    if not ReminderAct.objects.filter(pk=act_id, reminder=pk, by=request.user).exists():
        raise PermissionDenied
    try:
        undo_act(user=request.user, reminder_id=pk, act_id=act_id)
        say(request, _("Taken back; the reminder is as it was."))
    except StaleVersion:
        messages.warning(request, _("More has happened with this reminder since; it stays as it is."))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answered(request, reminder.client_id)
