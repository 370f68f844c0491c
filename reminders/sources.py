"""The registry of date sources: which dates of a client rules may count from. Apps register theirs in their `apps.py`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class DateSource:
    """Dates of clients that rules may count from.

    `sql` is a SELECT of (client_id bigint, key text, on_day date[, …]): `key` tells dates of one client apart, so that a
    rule makes one reminder of each. It may read `%(today)s`, the day in the company's time zone. Only what a rule would
    still make is asked for: the rule adds its condition on `on_day`.
    `answered_by_touch`: a touch settles what a rule made of it.
    """

    key: str
    label: str | Promise
    sql: str
    answered_by_touch: bool = False
    yearly: bool = False
    hint: str | Promise = ""


_sources: dict[str, DateSource] = {}


def register(source: DateSource) -> None:
    """Make a source known; registering a key again replaces it."""
    _sources[source.key] = source


def sources() -> list[DateSource]:
    """Return all sources, in the order of their registration."""
    return list(_sources.values())


def source_of(key: str) -> DateSource | None:
    return _sources.get(key)


def answered_by_touch() -> list[str]:
    """Return the keys of the sources whose reminders a touch settles."""
    return [source.key for source in _sources.values() if source.answered_by_touch]
