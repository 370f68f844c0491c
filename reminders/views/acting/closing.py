"""Closing a reminder: done, or cancelled; and opening it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import posted
from reminders.forms.moving import CancelForm
from reminders.models import Reminder
from reminders.services import cancel_reminder, complete_reminder, reopen_reminder
from reminders.views.acting.answering import answered, decided, find_reminder, name_of, say_refusal, undo_url
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("reminders.change_reminder")
@require_POST
def done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that a reminder is done whose kind is no contact with the client; a contact is logged instead, with what comes next."""
    reminder = find_reminder(request, pk)
    try:
        completed = complete_reminder(user=request.user, reminder_id=pk)
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        told = _("Done: %(what)s") % {"what": name_of(reminder)}
        if completed.following is not None:
            told += ". " + _("Next time: %(when)s") % {"when": formats.day(completed.following.due_at)}
        say(request, told, undo_url=undo_url(completed.reminder))
    return answered(request, reminder.client_id)


@requires("reminders.change_reminder")
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a reminder off without doing it: this time, or with its whole series."""
    reminder = find_reminder(request, pk)
    form = CancelForm(posted(request), reminder=reminder)

    def act() -> Reminder:
        because = form.typed()["because"] or ""
        return cancel_reminder(user=request.user, reminder_id=pk, version=form.version, because=because, whole_series=form.whole_series)

    told = _("Cancelled: %(what)s")
    return decided(request, form, "reminders/dialogs/cancel.html", act, lambda done: told % {"what": name_of(done)})


@requires("reminders.change_reminder")
@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open a reminder again that was closed by mistake."""
    reminder = find_reminder(request, pk)
    try:
        reopen_reminder(user=request.user, reminder_id=pk)
        say(request, _("Open again: %(what)s") % {"what": name_of(reminder)})
    except StaleVersion:
        messages.warning(request, _("The next time of this repeat has been changed since; it stays closed."))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answered(request, reminder.client_id)
