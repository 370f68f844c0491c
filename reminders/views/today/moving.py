"""Putting a row off with one click, with Undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from clients.errors import Refused
from clients.views.card_contacts import say_refusal
from reminders.models import Reminder
from reminders.putting_off import presets
from reminders.services import snooze_reminder
from reminders.views.acting.answering import undo_url
from reminders.views.today.page import after_write
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@require_http_methods(["GET", "POST"])
@requires("reminders.change_reminder")
def put_off(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show to when a reminder may be put off; put it off to what was chosen."""
    seen = Reminder.objects.visible_to(request.user).for_rows().filter(pk=pk).first()
    if seen is None:
        raise Http404
    if not Reminder.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    offered = presets(seen, request.user, timezone.now())
    if request.method == "GET":
        template = "reminders/today/put_off.html" if request.htmx else "reminders/today/put_off_page.html"
        return render(request, template, {"reminder": seen, "presets": offered})
    chosen = next((one for one in offered if one.key == request.POST.get("to")), None)
    if chosen is None:
        say(request, _("Choose until when to put it off."))
        return after_write(request)
    try:
        reminder = snooze_reminder(user=request.user, reminder_id=pk, on_day=chosen.on_day, at_time=chosen.at_time)
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("Put off: %(when)s") % {"when": chosen.shown}, undo_url=undo_url(reminder))
    return after_write(request)
