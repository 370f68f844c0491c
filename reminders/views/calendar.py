"""The calendar: month, week and day, of oneself or of a team; and moving what stands in it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import requires
from accounts.models import zone_named
from clients.errors import FieldError, Refused, StaleVersion
from clients.views.card import dialog
from reminders.calendar.figures import draw
from reminders.calendar.state import CalendarState, zone_of
from reminders.models import Reminder
from reminders.services import change_reminder, snooze_reminder, undo_act
from reminders.services.inviting import why_nobody_is_invited
from reminders.services.timing import check_day, hours_of
from reminders.wall_time import moment_of, on_the_wall
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

THAT_DAY = "day"
"""As a time: none, for the whole day."""


@requires("reminders.view_reminder")
@require_safe
def calendar(request: SignedInRequest) -> HttpResponse:
    """Show a month, a week or a day; to htmx (the page reads itself again) only what may have changed."""
    return render(request, "reminders/calendar/board.html" if request.htmx else "reminders/calendar/calendar.html", _page(request))


@requires("reminders.view_reminder")
@require_safe
def entry(request: SignedInRequest, reminder_id: int) -> HttpResponse:
    """Show one reminder: all that it says, and what can be done with it."""
    reminder = get_object_or_404(Reminder.objects.visible_to(request.user).for_rows(), pk=reminder_id)
    context = {
        "reminder": reminder,
        "client": reminder.client,
        "is_late": reminder.is_open and reminder.due_at < timezone.now(),
        "own_wall": reminder.due_at.astimezone(zone_named(reminder.time_zone)) if reminder.time_zone != request.user.time_zone else None,
        "snooze_url": _address("reminders:snooze", reminder.pk) if _may_move(request, reminder) else "",
        "not_invited": why_nobody_is_invited(reminder) if reminder.is_open else "",
        "guests": reminder.invitations.filter(withdrawn_at=None).order_by("pk") if reminder.invites else (),
    }
    return dialog(request, "reminders/calendar/entry_dialog.html", context)


@requires("reminders.change_reminder")
@require_POST
def move(request: SignedInRequest, reminder_id: int) -> HttpResponse:
    """Put a reminder where it was dragged: on another day at the same wall time, or on a time of a day."""
    reminder = get_object_or_404(Reminder.objects.visible_to(request.user).for_rows(), pk=reminder_id)
    status = 200
    try:
        moved = _move(request, reminder)
    except StaleVersion:
        messages.error(request, _("Somebody has changed this reminder meanwhile; it stands as it is now."))
        status = 409
    except Refused as refusal:
        messages.error(request, " ".join(map(str, refusal.errors)))
        status = 422
    else:
        if moved.version != reminder.version:
            undo = f"{reverse('reminders:move_undo', args=[moved.pk, moved.version])}?{_page_query(request)}"
            say(request, _("%(client)s: now %(when)s") % {"client": moved.client, "when": _told(moved)}, undo_url=undo)
    return _answer(request, status)


@requires("reminders.change_reminder")
@require_POST
def move_undo(request: SignedInRequest, reminder_id: int, version: int) -> HttpResponse:
    """Put a reminder back where it was before it was dragged."""
    get_object_or_404(Reminder.objects.visible_to(request.user), pk=reminder_id)
    try:
        reminder = undo_act(user=request.user, reminder_id=reminder_id, version=version)
        say(request, _("%(client)s: back on %(when)s") % {"client": reminder.client, "when": _told(reminder)})
    except StaleVersion:
        messages.error(request, _("More has happened with this reminder since; it stays where it is."))
    except Refused as refusal:
        messages.error(request, " ".join(map(str, refusal.errors)))
    return _answer(request, 200)


def _move(request: SignedInRequest, reminder: Reminder) -> Reminder:
    on_day, at_time = _wanted(request, reminder)
    check_day(on_day)
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        raise Refused([FieldError("version", "required", _("Read the page again, then move it."))])
    if (on_day, at_time) == (reminder.on_day, reminder.at_time):
        return reminder
    about: dict[str, Any] = {"user": request.user, "reminder_id": reminder.pk, "version": int(version)}
    begins = at_time if at_time is not None else hours_of(reminder.owner).starts
    if moment_of(on_day, begins, zone_named(reminder.time_zone)) > reminder.due_at:
        return snooze_reminder(**about, on_day=on_day, at_time=at_time)
    return change_reminder(**about, changes={"on_day": on_day, "at_time": at_time})  # earlier is not put off


def _wanted(request: SignedInRequest, reminder: Reminder) -> tuple[date, time | None]:
    """Return the wall time, in the reminder's own zone, that was asked for in the zone of whoever looks."""
    here = zone_of(request.user)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
        at = request.POST.get("at", "")
        if at == THAT_DAY:
            return day, None
        if at:
            return on_the_wall(
                moment_of(day, time.fromisoformat(at).replace(second=0, microsecond=0), here), zone_named(reminder.time_zone)
            )
        shown = reminder.on_day if reminder.at_time is None else reminder.due_at.astimezone(here).date()
        return reminder.on_day + (day - shown), reminder.at_time
    except (ValueError, OverflowError):
        raise Refused([FieldError("on_day", "day", _("Choose a day of the calendar."))]) from None


def _told(reminder: Reminder) -> str:
    if reminder.at_time is None:
        return formats.day(reminder.on_day)
    here = timezone.localtime(reminder.due_at)
    return f"{formats.day(here.date())} {formats.clock(here)}"


def _may_move(request: SignedInRequest, reminder: Reminder) -> bool:
    return reminder.is_open and Reminder.objects.editable_by(request.user).filter(pk=reminder.pk).exists()


def _address(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _answer(request: SignedInRequest, status: int) -> HttpResponse:
    if not request.htmx:
        return redirect(f"{reverse('reminders:calendar')}?{_page_query(request)}")
    return render(request, "reminders/calendar/board.html", _page(request), status=status)


def _page_query(request: SignedInRequest) -> str:
    return _state(request).here


def _state(request: SignedInRequest, now: datetime | None = None) -> CalendarState:
    return CalendarState.read(request.GET, request.user, (now or timezone.now()).astimezone(zone_of(request.user)).date())


def _page(request: SignedInRequest) -> dict[str, Any]:
    now = timezone.now()
    state = _state(request, now)
    page = request.GET.get("page", "")
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    board = draw(state, request.user, now, page=number)
    monday = state.day - timedelta(days=state.day.weekday())
    weekdays = [monday + timedelta(days=after) for after in range(7)]
    return {"state": state, "board": board, "weekdays": weekdays, "days": state.days(), "number": number}
