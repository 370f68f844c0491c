"""When word that leaves Seraph waits: in somebody's quiet hours, and on days off unless the time was chosen."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.models import Delivery, ReminderPreferences
from reminders.wall_time import Hours, moment_of


def quiet_until(delivery: Delivery, wishes: ReminderPreferences, now: datetime) -> datetime | None:
    """Return until when the recipient wants to be left alone, or None if word may go now.

    A reminder for "that day" waits for a working day; one for a time that somebody chose waits for quiet hours only.
    """
    user = delivery.recipient
    hours = Hours.of(user)
    moment = now if delivery.reminder.at_time is not None else hours.next_beginning(now)
    until = end_of_quiet(wishes, hours.zone, moment)
    latest = until or moment
    return latest if latest > now else None


def end_of_quiet(wishes: ReminderPreferences, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the quiet hours end in which `now` lies; None outside them. They may go over midnight."""
    begins, ends = wishes.quiet_from, wishes.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    here = now.astimezone(zone)
    at, today = here.time().replace(tzinfo=None), here.date()
    if begins < ends:
        return moment_of(today, ends, zone) if begins <= at < ends else None
    if at >= begins:
        return moment_of(today + timedelta(days=1), ends, zone)
    return moment_of(today, ends, zone) if at < ends else None
