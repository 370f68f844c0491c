"""After how many days without a touch a client has gone quiet. Higher apps may give some clients a cadence of their own.

cadence.register(lambda: [Cadence(Q(rating__category="A"), 30), Cadence(Q(rating__category="B"), 60)])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import LessThan

from clients.models import QualitySettings
from clients.querysets import LAST_TOUCH


@dataclass(frozen=True)
class Cadence:
    """Clients that meet `condition` (never null) want a touch every `days` days."""

    condition: Q
    days: int


type Source = Callable[[], Sequence[Cadence]]

_sources: list[Source] = []


def register(cadences: Source) -> None:
    """Let `cadences` say which clients have a cadence of their own; called by apps in `ready`. The first that fits a client holds."""
    _sources.append(cadences)


def gone_quiet(today: date, zone: ZoneInfo) -> Q:
    """Return the condition that a client had no touch for longer than its cadence, one never touched since it was registered.

    Days are counted whole, in the company's time zone, so that nobody goes quiet within a day. Index: client_by_touch.
    """
    quiet, others = Q(), Q()
    for one in (cadence for source in _sources for cadence in source()):
        quiet |= others & one.condition & _untouched_for(one.days, today, zone)
        others &= ~one.condition
    return quiet | (others & _untouched_for(QualitySettings.current().cadence_days, today, zone))


def cadence_days() -> Case:
    """Return the expression of how many days may go by without a touch of a client before its cadence is over."""
    own = [When(one.condition, then=Value(one.days)) for source in _sources for one in source()]
    return Case(*own, default=Value(QualitySettings.current().cadence_days), output_field=IntegerField())


def _untouched_for(days: int, today: date, zone: ZoneInfo) -> Q:
    edge = datetime.combine(today - timedelta(days=days), time(), zone)
    return Q(LessThan(LAST_TOUCH, edge)) & (Q(last_touch_at__isnull=False) | Q(created_at__lt=edge))
