"""Repeats, by RFC 5545 (RRULE), worked out by dateutil on the wall, where summer time changes nothing."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from babel.dates import get_day_names
from dateutil.rrule import rrule, rrulestr
from django.db import models
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError, Refused
from ui import formats

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


class Repeat(models.TextChoices):
    """The repeats that a form offers by name."""

    NONE = "", pgettext_lazy("repeat", "none")
    WEEKLY = "weekly", _("every week")
    FORTNIGHTLY = "fortnightly", _("every two weeks")
    MONTHLY = "monthly", _("every month")
    QUARTERLY = "quarterly", _("every three months")
    YEARLY = "yearly", _("every year")


_PLAIN = {
    Repeat.WEEKLY: "FREQ=WEEKLY",
    Repeat.FORTNIGHTLY: "FREQ=WEEKLY;INTERVAL=2",
    Repeat.MONTHLY: "FREQ=MONTHLY",
    Repeat.QUARTERLY: "FREQ=MONTHLY;INTERVAL=3",
    Repeat.YEARLY: "FREQ=YEARLY",
}
_SHORTEST_MONTH = 28


def rule_of(repeat: Repeat, day: date) -> str:
    """Return the rule of a repeat by name that begins on `day`.

    RFC 5545 leaves out months that have no such day; whoever promises a call each month on the 31st means the last day of
    April too. So the last of the days up to that one is taken.
    """
    rule = _PLAIN.get(repeat, "")
    if day.day <= _SHORTEST_MONTH or repeat not in {Repeat.MONTHLY, Repeat.QUARTERLY, Repeat.YEARLY}:
        return rule
    if repeat is Repeat.YEARLY:
        if (day.month, day.day) != (2, 29):
            return rule
        rule += ";BYMONTH=2"
    return f"{rule};BYMONTHDAY={','.join(str(number) for number in range(_SHORTEST_MONTH, day.day + 1))};BYSETPOS=-1"


_LAST_OF_MONTH = re.compile(r"(;BYMONTH=2)?;BYMONTHDAY=28(,29)(,30)?(,31)?;BYSETPOS=-1$")


def repeat_of(rule: str) -> Repeat | None:
    """Return the name of a repeat, or None where it is a rule of its own."""
    plain = _LAST_OF_MONTH.sub("", rule)
    return next((repeat for repeat, known in _PLAIN.items() if known == plain), Repeat.NONE if not rule else None)


def in_words(rule: str) -> str:
    """Return what a repeat says, in the reader's language; what has no words of ours stands as RFC 5545 writes it."""
    named = repeat_of(rule)
    if named is not None:
        return str(named.label) if named else ""
    parts = dict(part.partition("=")[::2] for part in rule.split(";"))
    told = [_every(parts.pop("FREQ", ""), int(parts.pop("INTERVAL", "1")))]
    if "BYDAY" in parts and (days := _weekdays(parts["BYDAY"])):
        told.append(gettext("on %(days)s") % {"days": days})
        parts.pop("BYDAY")
    if (until := _end(parts.get("UNTIL", ""))) is not None:
        told.append(gettext("until {date}").format(date=formats.full(until)))
        parts.pop("UNTIL")
    if parts.get("COUNT", "").isdigit():
        times = int(parts.pop("COUNT"))
        told.append(ngettext("%(number)d time", "%(number)d times", times) % {"number": times})
    told += [f"{name}={value}" for name, value in parts.items() if name != "WKST"]
    return ", ".join(told)


def _every(frequency: str, number: int) -> str:
    """Return "every week", "every 3 weeks". One has a sentence of its own: in Russian 21 takes the form of one."""
    match frequency:
        case "DAILY":
            once, often = gettext("every day"), ngettext("every %(number)d day", "every %(number)d days", number)
        case "WEEKLY":
            once, often = gettext("every week"), ngettext("every %(number)d week", "every %(number)d weeks", number)
        case "MONTHLY":
            once, often = gettext("every month"), ngettext("every %(number)d month", "every %(number)d months", number)
        case _:
            once, often = gettext("every year"), ngettext("every %(number)d year", "every %(number)d years", number)
    return once if number == 1 else often % {"number": number}


_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _weekdays(given: str) -> str:
    """Return "Monday, Friday"; nothing for "the second Tuesday", which stands as it was written."""
    names = given.split(",")
    if not all(name in _WEEKDAYS for name in names):
        return ""
    return ", ".join(get_day_names("wide", locale=formats.locale())[_WEEKDAYS.index(name)] for name in names)


def _end(until: str) -> date | None:
    try:
        return date(int(until[:4]), int(until[4:6]), int(until[6:8]))
    except ValueError:
        return None
