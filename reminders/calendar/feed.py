"""The private feed: somebody's reminders as a calendar that other programs read (RFC 5545, RFC 7986)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Company, User, zone_named
from accounts.site import absolute
from reminders.calendar import ics
from reminders.models import Reminder, State
from reminders.querysets import ReminderQuerySet
from reminders.recurrence import next_day, times_before
from reminders.wall_time import moment_of
from ui import formats

BACK = timedelta(days=30)
"""How far back the feed reaches: what is older is no news to a calendar."""
MOST = 10_000
CALL_MINUTES = 15
"""How long what has no length stands in a calendar."""
_REFRESH = "PT1H"


def build_feed(user: User, now: datetime) -> str:
    """Return the calendar of `user`: open reminders, those done of the past 30 days ("✓ …"), and those cancelled of the past 30.

    Done ones stay, since a calendar is also where one looks up when a meeting was; a promise kept before its time goes
    from the future. It is the same text for the same reminders, so that its digest can stand for it (ETag).
    """
    reminders = list(of_feed(user, now))
    with translation.override(user.language):
        return ics.written(_calendar(user, reminders, now))


_SHOWN = (
    *("uid", "subject", "note", "on_day", "at_time", "time_zone", "due_at", "minutes", "notice_minutes", "repeats", "place", "state"),
    *("version", "created_at", "updated_at", "series__on_day", "kind__key", "kind__name"),
    *("client__full_name", "client__short_name", "client__phones", "client__may_call"),
    *("contact__full_name", "contact__position", "contact__phones"),
)
"""What is read of five thousand rows: a client has many more columns."""


def of_feed(user: User, now: datetime) -> ReminderQuerySet:
    """Return what stands in the feed of `user`. Indexes: reminder_of_owner, reminder_done_of_owner, reminder_cancelled_of_owner."""
    since = now - BACK
    wanted = (
        Q(state=State.OPEN, due_at__gte=since)
        | Q(state=State.DONE, due_at__range=(since, now))
        | Q(state=State.CANCELLED, due_at__gte=since, closed_at__gte=since)
    )
    found = (
        Reminder.objects.visible_to(user).owned_by(user).filter(wanted).select_related("client", "contact", "kind", "series").only(*_SHOWN)
    )
    return found.soonest_first()[:MOST]


def _calendar(user: User, reminders: list[Reminder], now: datetime) -> Iterator[str]:
    first, last = ics.years_of((one.on_day for one in reminders), now)
    name = f"{Company.current().name}: {user}"
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{ics.PRODUCT}", "CALSCALE:GREGORIAN")
    yield f"NAME:{ics.text(name)}"
    yield f"X-WR-CALNAME:{ics.text(name)}"
    yield f"X-WR-TIMEZONE:{user.time_zone}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{_REFRESH}"
    yield f"X-PUBLISHED-TTL:{_REFRESH}"
    for zone in sorted({one.time_zone for one in reminders if one.at_time is not None}):
        yield from ics.zone_lines(zone, first, last)
    card = absolute(reverse("clients:card", args=[0]))
    for reminder in reminders:
        yield from _event(reminder, card.replace("/0/", f"/{reminder.client_id}/"))
    yield "END:VCALENDAR"


def _event(reminder: Reminder, url: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{ics.uid(reminder.uid)}"
    changed = ics.utc(reminder.updated_at)
    yield from (f"DTSTAMP:{changed}", f"LAST-MODIFIED:{changed}", f"CREATED:{ics.utc(reminder.created_at)}")
    yield f"SEQUENCE:{reminder.version - 1}"
    yield from when_lines(reminder)
    if reminder.repeats and reminder.state == State.OPEN:
        yield from repeat_lines(reminder)
    done = "✓ " if reminder.state == State.DONE else ""
    yield f"SUMMARY:{ics.text(done + title_of(reminder))}"
    yield f"DESCRIPTION:{ics.text('\n'.join(_description(reminder)))}"
    yield f"URL:{url}"
    if reminder.place:
        yield f"LOCATION:{ics.text(reminder.place)}"
    yield f"STATUS:{'CANCELLED' if reminder.state == State.CANCELLED else 'CONFIRMED'}"
    # a call leaves the hour free for others to ask for; a meeting takes it
    yield f"TRANSP:{'OPAQUE' if reminder.minutes and reminder.state == State.OPEN else 'TRANSPARENT'}"
    if reminder.notice_minutes and reminder.state == State.OPEN:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{ics.text(title_of(reminder))}")
        yield from (f"TRIGGER:-{ics.duration(reminder.notice_minutes)}", "END:VALARM")
    yield "END:VEVENT"


def when_lines(reminder: Reminder) -> Iterator[str]:
    """Yield from when to when: a whole day for "that day", else the wall time in its own zone, with its length."""
    if reminder.at_time is None:
        yield f"DTSTART;VALUE=DATE:{reminder.on_day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{reminder.on_day + timedelta(days=1):%Y%m%d}"
    else:
        yield f"DTSTART{ics.wall(reminder.due_at, reminder.time_zone)}"
        yield f"DURATION:{ics.duration(reminder.minutes or CALL_MINUTES)}"


def title_of(reminder: Reminder) -> str:
    """Return what stands in a calendar: what for, and with whom."""
    what = reminder.subject or str(reminder.kind)
    return f"{what} · {reminder.client}"


def _description(reminder: Reminder) -> Iterable[str]:
    client, contact = reminder.client, reminder.contact
    yield str(client)
    if contact is not None:
        yield f"{contact.full_name}, {contact.position}" if contact.position else contact.full_name
    if client.may_call is False:
        yield _("May not be called")
    else:
        phones = [*(contact.phones if contact is not None else []), *client.phones]
        yield from (formats.phone(phone) for phone in dict.fromkeys(phones))
    if reminder.subject:
        yield formats.named(reminder.kind, reminder.subject)
    if reminder.note:
        yield from ("", reminder.note)


# --- repeats -------------------------------------------------------------------------------------

_DAYS_NAMED = 26
"""How many times of a repeat are named one by one where its rule can't be."""


def repeat_lines(reminder: Reminder) -> Iterator[str]:
    """Yield how `reminder` goes on from its day.

    Only the next time of a repeat stands in the database. Its rule counts from the first of the series, so COUNT is what
    is left of it; and where this time was put on a day off the rule, the next ones are named one by one.
    """
    first = min(reminder.series.on_day, reminder.on_day) if reminder.series is not None else reminder.on_day
    if next_day(reminder.repeats, first=first, at=reminder.at_time, after=reminder.on_day - timedelta(days=1)) == reminder.on_day:
        yield f"RRULE:{_rule_from(reminder, first)}"
        return
    days = list(_next_days(reminder, first))
    if days and reminder.at_time is None:
        yield f"RDATE;VALUE=DATE:{','.join(f'{day:%Y%m%d}' for day in days)}"
    elif days and reminder.at_time is not None:
        yield f"RDATE;TZID={reminder.time_zone}:{','.join(f'{day:%Y%m%d}T{reminder.at_time:%H%M%S}' for day in days)}"


def _next_days(reminder: Reminder, first: date) -> Iterator[date]:
    day: date | None = reminder.on_day
    for _number in range(_DAYS_NAMED):
        assert day is not None  # the loop ends where it is
        day = next_day(reminder.repeats, first=first, at=reminder.at_time, after=day)
        if day is None:
            return
        yield day


def _rule_from(reminder: Reminder, first: date) -> str:
    parts = []
    for part in reminder.repeats.split(";"):
        name, _sign, value = part.partition("=")
        if name == "UNTIL":
            value = _until(value, reminder)
        elif name == "COUNT":
            value = str(int(value) - times_before(reminder.repeats, first=first, at=reminder.at_time, day=reminder.on_day))
        parts.append(f"{name}={value}")
    return ";".join(parts)


def _until(value: str, reminder: Reminder) -> str:
    """Return the last day as the standard wants it: a date for whole days, else UTC."""
    day = date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    if reminder.at_time is None:
        return f"{day:%Y%m%d}"
    return ics.utc(moment_of(day, time(23, 59, 59), zone_named(reminder.time_zone)))
