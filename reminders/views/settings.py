"""How one hears of reminders, when a head does, what was left lying, and what could not be delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.devices import describe, unknown_device
from clients.errors import Refused
from reminders.engine.push import application_key
from reminders.forms.hearing import EscalationForm, PreferencesForm
from reminders.lying import MOST, LeftLying
from reminders.models import PushDevice, Reminder, ReminderKind, ReminderPreferences, ReminderSettings
from reminders.services import hand_over_reminder
from reminders.services.hearing import add_push_device, change_reminder_settings, remove_push_device, save_preferences, try_again
from reminders.undelivered import Undelivered
from reminders.views.notices import READ, today_url
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


# --- one's own ---------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires(READ)
def preferences(request: SignedInRequest) -> HttpResponse:
    """By which ways one hears of reminders, and when not."""
    kept = ReminderPreferences.objects.filter(user=request.user).first() or ReminderPreferences(user=request.user)
    kinds = ReminderKind.objects.filter(Q(retired=False) | Q(key__in=kept.differing))
    form = PreferencesForm(request.POST or None, instance=kept, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        save_preferences(user=request.user, values=form.values())
        say(request, _("Saved how you hear of reminders"))
        return redirect("reminders:preferences")
    here = request.session.session_key
    devices = [(device, device.session_key == here) for device in PushDevice.objects.living().filter(user=request.user)]
    context = {
        "form": form,
        "devices": devices,
        "application_key": application_key(),
        "differs": bool(kept.differing),
        "days": [formats.weekday(number) for number in sorted(request.user.work_days)],
    }
    return render(request, "reminders/settings/preferences.html", context, status=422 if form.errors else 200)


@require_POST
@requires(READ)
def subscribe(request: SignedInRequest) -> HttpResponse:
    """Let this browser take push messages: a script posts what the browser gave. 422 with words where it is none of ours."""
    name = describe(request.headers.get("User-Agent", "")) or unknown_device()
    try:
        add_push_device(
            user=request.user,
            name=name,
            session_key=request.session.session_key or "",
            endpoint=request.POST.get("endpoint", ""),
            public_key=request.POST.get("public_key", ""),
            secret=request.POST.get("secret", ""),
        )
    except ValidationError as refusal:
        return HttpResponse(" ".join(refusal.messages), status=422, content_type="text/plain; charset=utf-8")
    if not request.POST.get("renewed"):
        say(request, _("This browser shows your reminders now"))
    return HttpResponse(status=204)


@require_POST
@requires(READ)
def unsubscribe(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Let one of one's own devices take no push messages any more."""
    if not remove_push_device(user=request.user, device_id=pk):
        raise Http404
    say(request, _("This device shows no more reminders"))
    return redirect("reminders:preferences")


# --- heads and management ----------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@requires("reminders.set_reminder_rules")
def escalation(request: SignedInRequest) -> HttpResponse:
    """After how many working hours a head hears of what nobody acted on."""
    form = EscalationForm(request.POST or None, instance=ReminderSettings.current())
    if request.method == "POST" and form.is_valid():
        change_reminder_settings(user=request.user, values=form.values())
        say(request, _("Saved when heads hear of reminders"))
        return redirect("reminders:escalation")
    return render(request, "reminders/settings/escalation.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@requires(READ)
def left_lying(request: SignedInRequest) -> HttpResponse:
    """What the people whom one looks after left lying, by owner."""
    if not LeftLying.may_see(request.user):
        raise PermissionDenied
    context = {"lying": LeftLying(request.user), "most": MOST, "today_url": today_url()}
    return render(request, "reminders/notices/left_lying.html", context)


@require_POST
@requires(READ)
def take_over(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take a reminder that was left lying over, and go to its client to call."""
    reminder = get_object_or_404(Reminder.objects.looked_after_by(request.user), pk=pk)
    try:
        hand_over_reminder(user=request.user, reminder_id=reminder.pk, assignee=request.user.pk)
    except Refused as refusal:
        messages.error(request, " ".join(str(error.message) for error in refusal.errors))
        return redirect("reminders:left_lying")
    say(request, _("It is yours now"))
    return redirect(f"{reverse('clients:card', args=[reminder.client_id])}#log")


# --- the administrator -------------------------------------------------------------------------


@require_GET
@requires("reminders.set_reminder_kinds")
def undelivered(request: SignedInRequest) -> HttpResponse:
    """What was given up, why, and a way to try it again."""
    return render(request, "reminders/settings/undelivered.html", {"undelivered": Undelivered()})


@require_POST
@requires("reminders.set_reminder_kinds")
def retry(request: SignedInRequest) -> HttpResponseBase:
    """Try again what is named (`delivery`, `reminder`), or with `all` everything."""
    named: dict[str, Any] = {
        f"{name}_ids": [int(text) for text in request.POST.getlist(name) if text.isascii() and text.isdigit() and len(text) < 19]
        for name in ("delivery", "reminder")
    }
    count = try_again(user=request.user, **({} if request.POST.get("all") else named))
    if count:
        text = ngettext("{number} is tried again", "{number} are tried again", count)
        say(request, text.format(number=formats.number(count)))
    else:
        messages.warning(request, _("Nothing of it was left to try again."))
    return redirect("reminders:undelivered")
