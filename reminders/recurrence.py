"""Repeats, by RFC 5545 (RRULE), worked out by dateutil on the wall, where summer time changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime, time
from itertools import takewhile

from dateutil.rrule import rrule, rrulestr
from django.db import models
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError, Refused
from ui import formats

LONGEST = 300
LAST_YEAR = 2200
"""The last year of which days are kept; a repeat is over after it."""
_PARTS = {
    "FREQ": re.compile(r"DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile(r"[1-9][0-9]{0,2}"),
    "COUNT": re.compile(r"[1-9][0-9]{0,8}"),
    "UNTIL": re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?"),
    "WKST": re.compile(r"MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": re.compile(r"[+-]?[0-9]{0,2}[A-Z]{2}(,[+-]?[0-9]{0,2}[A-Z]{2})*"),
    **{name: re.compile(r"[+-]?[0-9]{1,3}(,[+-]?[0-9]{1,3})*") for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")},
}
"""What a rule may consist of. dateutil takes more, among it a second line with another beginning, which no calendar could read."""
_LONGEST_INTERVAL = 400


def read_repeat(text: str) -> str:
    """Return the rule of a repeat as it is kept, without "RRULE:"; raises `Refused` for what is none.

    Repeats are by day, week, month or year: what comes by the hour is no promise to a client.
    """
    rule = text.strip().upper().removeprefix("RRULE:").removesuffix(";")
    if not rule:
        return ""
    parts = [part.partition("=")[::2] for part in rule.split(";")] if len(rule) <= LONGEST else []
    known = dict(parts)
    well_formed = len(known) == len(parts) and all(name in _PARTS and _PARTS[name].fullmatch(value) for name, value in parts)
    # an interval of 0 would never come to an end
    if not well_formed or "FREQ" not in known or int(known.get("INTERVAL", 1)) > _LONGEST_INTERVAL:
        raise Refused([_NOT_A_RULE])
    try:
        if "UNTIL" in known and date.fromisoformat(known["UNTIL"][:8]).year > LAST_YEAR:
            raise Refused([_NOT_A_RULE])
        next(_days(rule, date(2026, 1, 1), None), None)
    except (ValueError, TypeError, OverflowError, AttributeError):
        raise Refused([_NOT_A_RULE]) from None
    return rule


_NOT_A_RULE = FieldError("repeats", "rule", _("Write the repeat as RFC 5545 has it, for example FREQ=MONTHLY;INTERVAL=3."))


def next_day(rule: str, *, first: date, at: time | None, after: date) -> date | None:
    """Return the first day after `after` on which a repeat falls that began on `first`; None at its end."""
    return next((day for day in _days(rule, first, at) if day > after), None)


def times_before(rule: str, *, first: date, at: time | None, day: date) -> int:
    """Return how many times of a repeat that began on `first` come before `day`."""
    return sum(1 for _day in takewhile(lambda one: one < day, _days(rule, first, at)))


_CENTURIES = 400
_YEARS_NEEDED = 310


def _days(rule: str, first: date, at: time | None) -> Iterator[date]:
    """Yield the days of a repeat that began on `first`.

    dateutil looks until the year 9999 for what never comes (31 February), for seconds. The calendar repeats itself every
    400 years, weekdays and all, so it is asked for the same days as near to its end as leaves room for all that is kept.
    """
    later = (MAXYEAR - _YEARS_NEEDED - first.year) // _CENTURIES * _CENTURIES
    parts = []
    for part in rule.split(";"):
        # UNTIL may be given in UTC, as calendars write it; on the wall it ends with that day
        parts.append(f"UNTIL={int(part[6:10]) + later:04}{part[10:14]}T235959" if part.startswith("UNTIL=") else part)
    found = rrulestr(";".join(parts), dtstart=datetime.combine(first.replace(year=first.year + later), at or time()))
    if not isinstance(found, rrule):
        raise ValueError(rule)
    for moment in found:
        if moment.year - later > LAST_YEAR:
            return
        yield moment.date().replace(year=moment.year - later)


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
    return ", ".join(formats.weekday(_WEEKDAYS.index(name) + 1) for name in names)


def _end(until: str) -> date | None:
    try:
        return date(int(until[:4]), int(until[4:6]), int(until[6:8]))
    except ValueError:
        return None
