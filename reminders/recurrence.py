"""Repeats, by RFC 5545 (RRULE), worked out by dateutil on the wall, where summer time changes nothing."""

from __future__ import annotations

from datetime import date, datetime, time

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError, Refused

LONGEST = 300
_MOST_STEPS = 5000


def read_repeat(text: str) -> str:
    """Return the rule of a repeat as it is kept, without "RRULE:"; raises `Refused` for what is none.

    Repeats are by day, week, month or year: what comes by the hour is no promise to a client.
    """
    rule = text.strip().upper().removeprefix("RRULE:")
    if not rule:
        return ""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    if len(rule) > LONGEST or "\n" in rule or parts.get("FREQ") not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise Refused([_NOT_A_RULE])
    if parts.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART"}:
        raise Refused([_NOT_A_RULE])
    try:
        interval = int(parts.get("INTERVAL", 1))
        parsed = _parse(rule, datetime(2026, 1, 1))  # noqa: DTZ001  (on the wall)
        next(iter(parsed), None)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise Refused([_NOT_A_RULE]) from None
    if not 1 <= interval <= 400:
        raise Refused([_NOT_A_RULE])
    return rule


_NOT_A_RULE = FieldError("repeats", "rule", _("Write the repeat as RFC 5545 has it, for example FREQ=MONTHLY;INTERVAL=3."))


def next_day(rule: str, *, first: date, at: time | None, after: date) -> date | None:
    """Return the first day after `after` on which a repeat falls that began on `first`; None at its end."""
    start = datetime.combine(first, at or time())
    found = _parse(rule, start)
    latest = datetime.combine(after, time.max)
    for number, moment in enumerate(found.xafter(latest)):
        if number > _MOST_STEPS:
            return None
        return moment.date()
    return None


def _parse(rule: str, start: datetime) -> rrule:
    # UNTIL may be given in UTC, as calendars write it; on the wall it ends with that day
    parts = [f"UNTIL={part[6:14]}T235959" if part.startswith("UNTIL=") else part for part in rule.split(";")]
    found = rrulestr(";".join(parts), dtstart=start)
    if not isinstance(found, rrule):
        raise ValueError(rule)
    return found
