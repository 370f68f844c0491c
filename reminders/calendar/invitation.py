"""What an invitation says to calendars (RFC 5546 by mail, RFC 6047)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Company
from reminders.calendar import ics
from reminders.calendar.feed import when_lines
from reminders.models import Reminder

REQUEST, CANCEL = "REQUEST", "CANCEL"


@dataclass(frozen=True)
class Guest:
    """Somebody who is invited; `language` is in which the mail is written."""

    email: str
    name: str
    language: str
    is_owner: bool = False


def title_for_guests(reminder: Reminder) -> str:
    """Return what a meeting is called outside: who meets whom. Why, and the note, are our own words and stay here."""
    return _("%(kind)s: %(company)s and %(client)s") % {
        "kind": reminder.kind,
        "company": Company.current().name,
        "client": reminder.client,
    }


def build_invitation(reminder: Reminder, guests: Sequence[Guest], *, method: str, sequence: int, now: datetime) -> str:
    """Return the calendar object that invites `guests` to `reminder`, or tells them that it is off."""
    return ics.written(_lines(reminder, guests, method, sequence, now))


def _lines(reminder: Reminder, guests: Sequence[Guest], method: str, sequence: int, now: datetime) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{ics.PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{method}")
    if reminder.at_time is not None:
        yield from ics.zone_lines(reminder.time_zone, reminder.on_day.year - 1, reminder.on_day.year + 1)
    yield from ("BEGIN:VEVENT", f"UID:{ics.uid(reminder.uid)}", f"DTSTAMP:{ics.utc(now)}", f"SEQUENCE:{sequence}")
    yield from when_lines(reminder)
    yield f"SUMMARY:{ics.text(title_for_guests(reminder))}"
    if reminder.place:
        yield f"LOCATION:{ics.text(reminder.place)}"
    for guest in guests:
        name = f"CN={ics.quoted(guest.name)}"
        if guest.is_owner:
            yield f"ORGANIZER;{name}:mailto:{guest.email}"
        # the organizer comes; from the others an answer is asked for
        answer = "PARTSTAT=ACCEPTED" if guest.is_owner else "PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
        yield f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;{answer};{name}:mailto:{guest.email}"
    yield f"STATUS:{'CANCELLED' if method == CANCEL else 'CONFIRMED'}"
    yield from ("TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR")
