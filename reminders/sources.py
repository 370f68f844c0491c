"""The registry of date sources: which dates of a client rules may count from. Apps register theirs in their `apps.py`.

What is known of the registry itself stands in `reminders.rules.dates`. A source of sales (first purchase, planned next
deal, equipment age, overdue invoice) is registered by the app that keeps them, in its `ready`:

    register(DateSource("first_purchase", _("first purchase"), '''
        SELECT client_id, first_on::text AS key, first_on AS on_day FROM sales_firstpurchase
        WHERE first_on BETWEEN %(first)s AND %(last)s'''))

and stands in every rule's choice of dates from then on; a shipped rule that waited for it can be switched on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.functional import Promise

from clients.criteria.sql import Sql


@dataclass(frozen=True)
class Asked:
    """Which dates a rule asks a source for: from `first` to `last`, both included; `zone` is the company's, `today` the day there."""

    first: date
    last: date
    today: date
    zone: ZoneInfo

    @property
    def values(self) -> dict[str, object]:
        """What the SQL of a source may name."""
        return {"first": self.first, "last": self.last, "today": self.today, "zone": self.zone.key}


@dataclass(frozen=True)
class DateSource:
    """Dates of clients that rules may count from.

    `sql` is a SELECT of client_id (bigint), key (text) and on_day (date), and with `of_contacts` contact_id too; or what
    returns one. It keeps to `%(first)s` … `%(last)s`, by an index where there is one, and may read `%(today)s` and
    `%(zone)s` (the company's). `key`, at most 80 characters, tells the dates of one client apart, and an old date from
    the one that took its place: a rule makes one reminder of each (client, key), ever. The date itself as text does for
    most; where it follows from something else (the last touch), that. Archived clients need not be left out: the rule does.

    `answered_by_touch`: a touch settles what a rule made of it.
    `backlog`: a date counts however long ago it was, as long as it stands (a client is quiet until somebody writes to
    it); what is there already when a rule is switched on is spread over the working days to come.
    `ends_done`: where the date goes away, what was made of it is done (facts were confirmed), not merely needless.
    `yearly`: a date comes again each year, so only the years that are asked for are given.
    `least_offset`: the least number of days that a rule may count from it; a touch would call for the next one at once.
    """

    key: str
    label: str | Promise
    sql: str | Callable[[Asked], Sql]
    answered_by_touch: bool = False
    backlog: bool = False
    ends_done: bool = False
    of_contacts: bool = False
    yearly: bool = False
    least_offset: int | None = None
    hint: str | Promise = ""


_sources: dict[str, DateSource] = {}
_more: list[Callable[[], Iterable[DateSource]]] = []


def register(source: DateSource) -> None:
    """Make a source known; registering a key again replaces it."""
    _sources[source.key] = source


def register_more(found: Callable[[], Iterable[DateSource]]) -> None:
    """Let `found` name sources that only the database knows of (custom fields)."""
    if found not in _more:
        _more.append(found)


def unregister(key: str) -> None:
    """Forget a source: rules that count from it wait until it is there again."""
    _sources.pop(key, None)


def sources() -> list[DateSource]:
    """Return all sources, in the order of their registration."""
    return [*_sources.values(), *(source for found in _more for source in found())]


def source_of(key: str) -> DateSource | None:
    """Return a source, or None for one that is not there (any more, or yet)."""
    return _sources.get(key) or next((source for found in _more for source in found() if source.key == key), None)


def answered_by_touch() -> list[str]:
    """Return the keys of the sources whose reminders a touch settles."""
    return [source.key for source in _sources.values() if source.answered_by_touch]
