"""Planning a reminder for a client, and changing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import dialog, find_client, posted
from reminders.forms.planning import ReminderForm
from reminders.models import Reminder
from reminders.services import change_reminder, plan_reminder
from reminders.services.acts import last_act
from reminders.views.acting.answering import answered, find_reminder, find_touchable_client, name_of, undo_url
from ui import formats
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("reminders.add_reminder")
@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, pk: int) -> HttpResponse:
    """Plan a reminder for a client. The address may propose: ?on_day=2026-12-01&at_time=10:00&kind=meeting."""
    client = find_touchable_client(request, pk)
    form = ReminderForm(posted(request), client=client, user=request.user, now=timezone.now(), initial=request.GET)
    if request.method == "POST":
        try:
            reminder = plan_reminder(user=request.user, client_id=pk, **form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("Planned: %(what)s, %(when)s") % {"what": reminder.kind, "when": _due(reminder)}, undo_url=undo_url(reminder))
            return answered(request, pk)
    return _form(request, form)


@requires("reminders.change_reminder")
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a reminder. What somebody else changed meanwhile stands beside what was typed, and nothing is lost."""
    reminder = find_reminder(request, pk)
    now = timezone.now()
    form = ReminderForm(posted(request), client=reminder.client, user=request.user, now=now, reminder=reminder)
    if request.method == "POST":
        try:
            reminder = change_reminder(user=request.user, reminder_id=pk, version=form.version, changes=form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion:
            return _conflict(request, form, find_reminder(request, pk))
        else:
            say(request, _("Saved: %(what)s, %(when)s") % {"what": name_of(reminder), "when": _due(reminder)})
            return answered(request, reminder.client_id)
    return _form(request, form)


def _due(reminder: Reminder) -> str:
    day = formats.day(reminder.due_at)
    return day if reminder.at_time and formats.clock(reminder.due_at) in day else _with_clock(day, reminder)


def _with_clock(day: str, reminder: Reminder) -> str:
    return f"{day}, {formats.clock(reminder.due_at)}" if reminder.at_time else day


def _form(request: SignedInRequest, form: ReminderForm) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "client": form.client, "reminder": form.reminder}
    return dialog(request, "reminders/dialogs/plan.html", context, status=422 if form.errors else 200)


def _conflict(request: SignedInRequest, form: ReminderForm, current: Reminder) -> HttpResponse:
    theirs = ReminderForm(client=current.client, user=request.user, now=form.now, reminder=current)
    act = last_act(current)
    by = str(act.by) if act and act.by else ""
    context = {
        "conflict": compare(form, theirs, version=current.version, changed_by=by),
        "conflict_title": _("%(name)s changed this reminder while you wrote") % {"name": by}
        if by
        else _("Somebody else changed this reminder while you wrote"),
        "client": current.client,
        "action": reverse("reminders:edit", args=[current.pk]),
    }
    if not request.htmx:
        return render(request, "clients/conflict.html", context, status=409)
    response = render(request, "clients/card/conflict.html", context, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#drawer", "innerHTML"
    return response


@requires("reminders.view_reminder")
@require_GET
def told_of_time(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what the time in an open form means for others: asked for whenever day, time, zone or assignee change."""
    client = find_client(request, pk)
    asked = request.GET.get("reminder", "")
    rows = Reminder.objects.visible_to(request.user).filter(client=client).select_related("kind", "owner")
    reminder = get_object_or_404(rows, pk=asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    form = ReminderForm(request.GET, client=client, user=request.user, now=timezone.now(), reminder=reminder)
    return render(request, "reminders/dialogs/told_of_time.html", {"form": form, "client": client})
