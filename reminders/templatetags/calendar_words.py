"""How the calendar names its days, in the reader's language."""

from __future__ import annotations

import datetime

from babel import dates
from django import template

from reminders.calendar.state import CalendarState, View
from ui.formats import NBSP, locale

register = template.Library()


@register.filter
def calendar_title(state: CalendarState) -> str:
    """Return what is shown: "November 2026", "23–29 Nov 2026", "Thursday 26 November 2026"."""
    if state.view == View.MONTH:
        return _capital(dates.format_date(state.day, "LLLL y", locale=locale()))
    if state.view == View.WEEK:
        return dates.format_interval(state.first, state.last, "yMMMd", locale=locale())
    return _capital(dates.format_skeleton("yMMMMEEEEd", state.day, locale=locale()).replace(",", ""))


@register.filter
def weekday(day: datetime.date) -> str:
    """Return "Mon"."""
    return dates.format_date(day, "ccc", locale=locale())


@register.filter
def whole_day(day: datetime.date) -> str:
    """Return "Thursday 26 November"."""
    return dates.format_skeleton("MMMMEEEEd", day, locale=locale()).replace(",", "")


@register.filter
def short_day(day: datetime.date) -> str:
    """Return "26", or "1 Dec" where a month begins."""
    return dates.format_skeleton("MMMd", day, locale=locale()).replace(" ", NBSP) if day.day == 1 else str(day.day)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
