"""What the templates of the ledger ask for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from babel import dates as babel_dates
from django import template
from django.urls import reverse

from sales.card_money import Month
from sales.filters import month_of
from sales.models import Document
from sales.periods import company_today
from sales.tables import kind_in_words
from ui import formats

register = template.Library()


@register.filter
def days_late(document: Document) -> int:
    """Return for how many days the day has passed on which the open amount of `document` was due; 0: it is not late."""
    return document.days_late(getattr(document, "today", None) or company_today())


@register.filter
def what_it_is(document: Document) -> str:
    """Return what a document is: "Sale", "Credit note"."""
    return kind_in_words(document)


@register.simple_tag
def sales_url(**asked: Any) -> str:
    """Return the address of the list of sales with filters: `{% sales_url client=5 month=day %}`."""
    month = asked.pop("month", None)
    pairs = {**asked, **(month_of(month) if month else {})}
    return f"{reverse('sales:list')}?{urlencode({name: value for name, value in pairs.items() if value not in (None, '')})}"


@register.filter
def figure(value: Decimal | None) -> str:
    """Return a number with as many decimals as it has: "3", "1.5"."""
    if value is None:
        return "–"
    plain = value.normalize()
    return formats.number(plain, max(0, -int(plain.as_tuple().exponent)))


@register.filter
def absolute(value: Decimal) -> Decimal:
    """Return a figure without its sign, where a word or an arrow says which way it goes."""
    return abs(value)


@register.filter
def unlocalized(value: float) -> str:
    """Return a coordinate as pictures take it."""
    return f"{value:g}"


@register.filter
def short_month(value: date) -> str:
    """Return the name of a month where room is short: "Nov"."""
    return babel_dates.format_date(value, "LLL", locale=formats.locale()).rstrip(".")


@register.filter
def month_in_words(month: Month) -> str:
    """Return a month and its revenue: "Nov: 3,180"."""
    return f"{short_month(month.first)}: {formats.number(month.figures.revenue)}"


@register.filter
def in_words(months: Sequence[Month]) -> str:
    """Return months and their revenue, for whoever hears a picture instead of seeing it."""
    return ", ".join(f"{short_month(one.first)} {formats.number(one.figures.revenue)}" for one in months)


@register.filter
def whole_month(value: date) -> str:
    """Return a month with its year, as a heading: "November 2026"."""
    name = babel_dates.format_date(value, "LLLL y", locale=formats.locale())
    return name[:1].upper() + name[1:]
