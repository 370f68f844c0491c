"""Closing what stands in the pane, and ticking off what is no call; each with Undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from clients.errors import FieldError, Refused, StaleVersion
from clients.forms.fields import as_number
from clients.models import Touch
from clients.views.card_contacts import say_refusal
from reminders.models import Reminder
from reminders.putting_off import when_in_words
from reminders.services import complete_reminder
from reminders.services.calls import Closed, close_call, take_back_call
from reminders.views.acting.answering import undo_url
from reminders.views.today.page import TodayPage, after_write
from reminders.views.today.pane import Pane, find_pane, pane_of, pane_of_client
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@require_POST
@requires("reminders.change_reminder")
def done(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Close a reminder with the touch that tells of it, or try again; the pane goes on to the next row."""
    return _close(request, pane_of(request, pk, request.POST))


@require_POST
@requires("reminders.change_reminder")
def log(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Log a touch with a client for which there is no reminder; the pane goes on to the next row."""
    return _close(request, pane_of_client(request, pk, request.POST))


def _close(request: SignedInRequest, pane: Pane) -> HttpResponseBase:
    reminder = pane.reminder
    if not pane.may_act and (reminder is None or reminder.is_open):
        raise PermissionDenied
    version = as_number(request.POST.get("version")) or None
    try:
        closed = close_call(
            user=request.user,
            client_id=pane.client.pk,
            reminder_id=reminder.pk if reminder else None,
            version=version,
            **pane.form.for_call(),
        )
    except Refused as refusal:
        pane.form.take_refusal(refusal.errors)
        return _again(request, pane)
    except StaleVersion:
        pane.form.take_refusal([FieldError("", "stale", _("This was changed since you opened it; look at it, and save again."))])
        return _again(request, pane, status=409)
    _tell(request, pane, closed)
    return _go_on(request)


def _again(request: SignedInRequest, pane: Pane, *, status: int = 422) -> HttpResponseBase:
    """Show the form as it was typed, with what is to be mended."""
    if request.htmx:
        return render(request, "reminders/today/pane.html", {"pane": pane}, status=status)
    return render(request, "reminders/today/page.html", {"page": TodayPage(request), "pane": pane}, status=status)


def _tell(request: SignedInRequest, pane: Pane, closed: Closed) -> None:
    when = when_in_words(closed.next_at, pane.card.now) if closed.next_at else ""
    if closed.tries_again:
        text = _("Noted. Again %(when)s") % {"when": when}
    else:
        text = _("Logged. Next step: %(when)s") % {"when": when} if when else _("Logged")
    arguments = [pane.client.pk, closed.touch.pk, closed.event_id, pane.reminder.pk if pane.reminder else 0]
    say(request, text, undo_url=reverse("reminders:today_take_back", args=arguments))


def _go_on(request: SignedInRequest) -> HttpResponseBase:
    """Show the next row in the pane, and the queue as it is now."""
    page = TodayPage(request)
    if not request.htmx:
        return redirect(page.refresh_url)
    following = request.POST.get("next", "")
    found = (find_pane(request, following) if following else None) or page.pane
    return render(request, "reminders/today/next.html", {"page": page, "pane": found, "focus": True})


@require_POST
@requires("reminders.change_reminder")
def take_back(request: SignedInRequest, client_id: int, touch_id: int, event_id: int, pk: int) -> HttpResponseBase:
    """Undo a call that was just closed."""
    try:
        take_back_call(user=request.user, client_id=client_id, touch_id=touch_id, event_id=event_id, reminder_id=pk or None)
    except Touch.DoesNotExist:  # pressed twice
        raise Http404 from None
    except StaleVersion:
        say(request, _("More has happened since; what was logged stays, and can be corrected on the card."))
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("Taken back"))
    return after_write(request)


@require_POST
@requires("reminders.change_reminder")
def tick(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Note that a reminder that is no call is done."""
    try:
        done = complete_reminder(user=request.user, reminder_id=pk)
    except Reminder.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("Done"), undo_url=undo_url(done.reminder))
    return after_write(request)
