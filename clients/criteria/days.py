"""Arithmetic of ages. A fact of day d, good for n months, is good through d + n months."""

from calendar import monthrange
from datetime import MAXYEAR, date, timedelta


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, the last of the month where it has no such day (as PostgreSQL does)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if years > MAXYEAR:
        return date.max
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def oldest_good(as_of: date, months: int) -> date:
    """Return the earliest day whose facts are still good on `as_of`: the first d with d + months >= as_of.

    Not simply `as_of` minus months: 28 Feb + 1 month = 28 Mar, so on 29 Mar the fact is too old, though 29 Mar
    minus one month is 28 Feb again.
    """
    if as_of.year * 12 + as_of.month - months <= 12:
        return date.min
    day = add_months(as_of, -months)
    while add_months(day, months) < as_of:
        day += timedelta(days=1)
    return day
