"""Template tags that every page may use without loading them."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import groupby
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui import formats
from ui.saying import undo_of

register = template.Library()

SPARK_WIDTH = 96
LOW, FAIR = 60, 80  # under LOW a bar is bad, under FAIR it wants attention


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw the icon `name` of icons.svg. With `label` a screen reader says it; without, the icon is ornament."""
    if label:
        return format_html('<svg class="i" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, _sprite(), name)
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"/></svg>', _sprite(), name)


@cache  # the name of the file stays while the process lives; asked for with each icon, it cost a queue of fifty rows two milliseconds
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
def mark(name: str) -> SafeString:
    """Draw one of our own signs (seraph, angel, demon, life-current …) at the size of its surroundings."""
    return format_html('<svg aria-hidden="true"><use href="{}#{}"/></svg>', _sprite(), name)


@register.simple_tag
def bar(percent: float | Decimal | None, low: int = LOW, fair: int = FAIR) -> SafeString:
    """Draw a share as a bar with its figure; under `low` it is bad, under `fair` it wants attention."""
    if percent is None:
        return format_html('<span class="none">{}</span>', "–")
    strength = " bad" if percent < low else " warn" if percent < fair else ""
    return format_html(
        '<span class="with-bar"><svg class="bar{}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg><span class="num">{}</span></span>',
        strength,
        round(max(0, min(100, percent))),
        formats.percent(percent),
    )


@register.simple_tag
def spark(shares: Sequence[float | None], most: float = 0) -> SafeString:
    """Draw shares (percent, the oldest first, None for a gap) as a small line, from nothing up to `most`, which several lines may share."""
    top = max(most, *(share for share in shares if share is not None), 1) if any(share is not None for share in shares) else 1
    step = (SPARK_WIDTH - 6) / max(1, len(shares) - 1)
    points = [None if share is None else f"{3 + step * place:.1f},{21 - 18 * share / top:.1f}" for place, share in enumerate(shares)]
    runs = [" ".join(filter(None, run)) for known, run in groupby(points, lambda point: point is not None) if known]
    lines = format_html_join("", '<polyline class="line lead" points="{}"/>', ((run,) for run in runs if " " in run))
    end = points[-1].split(",") if points and points[-1] else None
    dot = format_html('<circle class="dot" cx="{}" cy="{}" r="2.25"/>', *end) if end else ""
    said = ", ".join("–" if share is None else formats.percent(share, 1) for share in shares)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} 24" role="img" aria-label="{}">{}{}</svg>',
        SPARK_WIDTH,
        _("Week by week: {shares}").format(shares=said),
        lines,
        dot,
    )


@register.simple_tag
def avatar(user: Any) -> SafeString:
    """Draw a user's initials. The name must stand beside it: the avatar itself is ornament."""
    return format_html('<span class="avatar" aria-hidden="true">{}</span>', user.initials)


@register.simple_tag
def life(value: str, label: str) -> SafeString:
    """Draw the lifecycle `value` ("current") with its sign and its word."""
    return format_html('<span class="life">{}{}</span>', mark(f"life-{value}"), label)


@register.simple_tag
def tag(text: str, kind: str = "") -> SafeString:
    """Draw a state in one word; `kind`: good, warn, bad, accent, or nothing."""
    return format_html('<span class="tag{}">{}</span>', f" {kind}" if kind else "", text)


@register.filter
def phone(value: str) -> str:
    """Return an E.164 number as people write it: "+33 3 81 55 01 42"."""
    return formats.phone(value)


@register.simple_tag
def phone_link(value: str, kind: str = "") -> SafeString:
    """Draw a link that dials; `kind` "call" makes it the button."""
    if not value:
        return format_html('<span class="none">{}</span>', "–")
    if kind == "call":
        return format_html('<a class="btn call" href="tel:{}">{}{}</a>', value, icon("phone"), formats.phone(value))
    return format_html('<a class="nowrap" href="tel:{}">{}</a>', value, formats.phone(value))


@register.filter
def day(value: datetime.date | None) -> str:
    """Return a date as people say it: "today 10:30", "Tue 24 Nov", "3 Nov", "3 Nov 2024"."""
    return formats.day(value) if value else "–"


@register.filter
def stamp(value: datetime.datetime) -> str:
    """Return a day with its time: "today 10:30", "17 Nov, 15:04"."""
    return formats.stamp(value)


@register.filter
def clock(value: datetime.datetime) -> str:
    """Return the time of day that `value` shows in its own time zone: "10:34"."""
    return formats.clock(value)


@register.filter
def month(value: datetime.date) -> str:
    """Return the month of a date as a heading: "This month", "October", "October 2024"."""
    return formats.month(value)


@register.filter
def on_day(value: datetime.date | None) -> str:
    """Return the day of a moment alone: "confirmed 3 Nov by Anna"."""
    return formats.on_day(value) if value else "–"


@register.filter
def ago(value: datetime.date | None) -> str:
    """Return a date in the past, with the days since then once they matter: "22 Aug, 94 days"."""
    return formats.ago(value) if value else "–"


@register.filter
def due(value: datetime.datetime | None) -> str:
    """Return when something is due: "2 days late", "5 h late", "today 10:30", "Wed 25 Nov"."""
    return formats.due(value) if value else "–"


@register.filter
def is_late(value: datetime.datetime | None) -> bool:
    """Return whether `value` lies in the past."""
    return value is not None and formats.is_late(value)


@register.filter
def is_quiet(value: datetime.datetime) -> bool:
    """Return whether `value` lies so far back that it wants attention."""
    return formats.is_quiet(value)


@register.simple_tag
def moment(value: datetime.date | None) -> SafeString:
    """Draw a point in time: as people say it, in full as its title, for machines in `datetime`."""
    if not value:
        return format_html('<span class="none">{}</span>', "–")
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), formats.full(value), formats.day(value))


@register.filter
def full_date(value: datetime.date | None) -> str:
    """Return a date in full: "24 November 2026", with its time if it has one."""
    return formats.full(value) if value else "–"


@register.filter
def number(value: float | Decimal | None, digits: int = 0) -> str:
    """Return a number with the separators of the language and a real minus."""
    return formats.number(value, digits) if value is not None else "–"


@register.filter
def percent(value: float | Decimal | None, digits: int = 0) -> str:
    """Return "92 %" with a no-break space."""
    return formats.percent(value, digits) if value is not None else "–"


@register.simple_tag(takes_context=True)
def money(context: template.Context, value: Decimal | None, currency: str = "", digits: int = 0) -> str:
    """Return an amount in `currency` (the company's, unless given)."""
    if value is None:
        return "–"
    return formats.money(value, currency or context["shell"].company.currency, digits)


@register.filter
def undo_url(message: Message) -> str:
    """Return the address that undoes what `message` tells of, or an empty string."""
    return undo_of(message)


@register.filter
def or_dash(value: Any) -> Any:
    """Return "–" in place of nothing."""
    return "–" if value is None or value == "" else value


@register.filter
def yes_no(value: bool | None) -> str:
    """Return "yes", "no", or "–" for what nobody asked yet."""
    return "–" if value is None else _("yes") if value else _("no")


@register.inclusion_tag("ui/forms/errors.html")
def form_errors(form: BaseForm) -> dict[str, Any]:
    """Draw the summary of a refused form: how many fields, what to do in each, with links. It takes the focus."""
    return {"form": form, "refused_fields": [field for field in form.visible_fields() if field.errors]}
