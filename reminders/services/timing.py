"""When a reminder is due, and when the engine has to look at it next."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User, zone_named
from clients.errors import FieldError
from clients.services.preparing import refuse
from reminders.models import Reminder, ReminderSettings, Stage
from reminders.recurrence import LAST_YEAR
from reminders.wall_time import Hours, moment_of

TIMING = ("on_day", "at_time", "time_zone", "due_at", "stage", "fires_at", "fired_at", "escalated_at", "problem")
"""What changes when a reminder is put on another time."""

_YEARS_AHEAD = 20
_DAYS_KEPT = range(1900, LAST_YEAR + 1)


_PAST = FieldError("on_day", "past", _("Choose a time that is still to come."))
_FAR = FieldError("on_day", "far", _("Choose a day within the next 20 years."))


def check_day(day: date) -> None:
    """Raise `Refused` for a day of which no zone could say when it is: at the ends of the calendar its moment overflows."""
    if day.year < _DAYS_KEPT.start:
        refuse([_PAST])
    if day.year not in _DAYS_KEPT:
        refuse([_FAR])


def put_on(reminder: Reminder, day: date, at: time | None, *, zone: str | None = None) -> None:
    """Put `reminder` (in memory) on a wall time: of `zone`, or of its owner. Without a time it is for "that day".

    Raises `Refused` for a day that nobody can mean.
    """
    check_day(day)
    hours = hours_of(reminder.owner)
    reminder.on_day, reminder.at_time = day, at
    reminder.time_zone = zone if zone and at is not None else str(hours.zone)
    reminder.due_at = moment_of(day, at if at is not None else hours.starts, zone_named(reminder.time_zone))
    arm(reminder)


def arm(reminder: Reminder) -> None:
    """Let the engine look at `reminder` at its time, or before where word in advance is wanted."""
    ahead = timedelta(minutes=reminder.notice_minutes or 0)
    reminder.stage = Stage.NOTICE if ahead else Stage.DUE
    reminder.fires_at = reminder.due_at - ahead
    reminder.fired_at = reminder.escalated_at = None
    reminder.problem = ""


def arm_told(reminder: Reminder, now: datetime) -> None:
    """Let `reminder`, which is due and is being looked at, ring no more; the head hears of it if nobody acts on it."""
    chosen = ReminderSettings.current()
    reminder.stage = Stage.ESCALATION if chosen.escalates else ""
    reminder.fires_at = hours_of(reminder.owner).after(now, chosen.escalate_hours) if chosen.escalates else None
    reminder.fired_at, reminder.escalated_at, reminder.problem = now, None, ""


def hours_of(owner: User | None) -> Hours:
    """Return the working hours of `owner`; where nobody is in charge, those that a user begins with, in the company's zone."""
    return Hours.of(owner or User(time_zone=Company.current().time_zone))


def when_errors(day: date, at: time | None, due_at: datetime, now: datetime) -> list[FieldError]:
    """Return what speaks against a time that somebody chose: it is over, or too far ahead to mean it."""
    if due_at < now - timedelta(minutes=1) and not (at is None and day >= due_at.date() and due_at.date() == now.date()):
        return [_PAST]
    if day.year > now.year + _YEARS_AHEAD:
        return [_FAR]
    return []
