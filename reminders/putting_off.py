"""The times to which a reminder is put off with one click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User, zone_named
from reminders.models import Reminder
from reminders.wall_time import Hours, moment_of, on_the_wall
from ui import formats

HOUR, AFTERNOON, TOMORROW, WEEK = "hour", "afternoon", "tomorrow", "week"
_AFTERNOON_AT, _AFTERNOON_UNTIL = time(15), time(14, 30)
_ROUND = timedelta(minutes=5)


@dataclass(frozen=True)
class Preset:
    """A time on the wall of the reminder's zone, with its name and how the reader's clock shows it."""

    key: str
    label: str
    shown: str
    on_day: date
    at_time: time | None


def presets(reminder: Reminder, user: User, now: datetime) -> list[Preset]:
    """Return what is offered for `reminder` at `now`: within the working days of `user`, and what is for "that day" stays so."""
    hours = Hours.of(user)
    here = now.astimezone(hours.zone)
    today = here.date()
    found = [_at(reminder, HOUR, _("In 1 hour"), _rounded(now + timedelta(hours=1)), now)]
    if here.time() < _AFTERNOON_UNTIL:
        found.append(_at(reminder, AFTERNOON, _("This afternoon"), moment_of(today, _AFTERNOON_AT, hours.zone), now))
    tomorrow = today + timedelta(days=1)
    working = hours.working_day_from(tomorrow)
    for key, label, day in (
        (TOMORROW, _("Tomorrow") if working == tomorrow else _("Next working day"), working),
        (WEEK, _("Next week"), hours.working_day_from(today + timedelta(days=7))),
    ):
        if reminder.at_time is None:
            found.append(Preset(key, label, formats.day(day, now), day, None))
        else:
            at = on_the_wall(reminder.due_at, hours.zone)[1]
            at = at if hours.starts <= at < hours.ends else hours.starts
            found.append(_at(reminder, key, label, moment_of(day, at, hours.zone), now))
    return found


def _at(reminder: Reminder, key: str, label: str, moment: datetime, now: datetime) -> Preset:
    day, at = on_the_wall(moment, zone_named(reminder.time_zone))
    return Preset(key, label, when_in_words(moment, now), day, at)


def when_in_words(moment: datetime, now: datetime) -> str:
    """Return a moment to come with its time: "today 15:00", "tomorrow 10:30", "1 Dec, 10:30"."""
    days = (timezone.localtime(moment).date() - timezone.localtime(now).date()).days
    return formats.day(moment, now) if days <= 1 else formats.stamp(moment, now)


def _rounded(moment: datetime) -> datetime:
    over = (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % _ROUND
    return moment + (_ROUND - over if over else timedelta())
