"""Data quality in words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.quality.measures import FIRST
from clients.quality.report import Change, Report
from ui import formats


def change_in_words(change: Change | None) -> str:
    """Return "12 more than last week", "as many as last week", of none "as last week"; nothing where there is nothing to compare with."""
    if change is None:
        return ""
    number = formats.number(change.size)
    if change.by == 0:
        return _("as many as last week") if change.now else _("as last week")
    if change.by > 0:
        return ngettext("{n} more than last week", "{n} more than last week", change.size).format(n=number)
    return ngettext("{n} fewer than last week", "{n} fewer than last week", change.size).format(n=number)


def answer(report: Report) -> str:
    """Return what the page says first: who keeps the standard, and how the chosen measure stands."""
    cell = report.total.chosen
    stands = report.measure.in_words(cell.count)
    if cell.change is not None:
        stands = _("{what}, {change}").format(what=stands, change=change_in_words(cell.change))
    first = _place(report) if not report.sees_all else _keeping(report) if report.measure is FIRST else ""
    return _("{first}; {second}.").format(first=first, second=stands) if first else f"{stands[:1].upper()}{stands[1:]}."


def _keeping(report: Report) -> str:
    kept, number = report.keeping
    if not kept:
        return _("No manager keeps the standard") if number else ""
    return ngettext("{kept} of {number} managers keeps the standard", "{kept} of {number} managers keep the standard", kept).format(
        kept=formats.number(kept), number=formats.number(number)
    )


def _place(report: Report) -> str:
    place = report.total.place
    if place is None:
        return ""
    return _("Your place is {place} of {number}").format(place=formats.number(place), number=formats.number(report.ranked))
