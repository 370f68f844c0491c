"""How a fact is read: in Python from a record and in SQL from the tables, always to the same answer.

A reader answers four questions twice over: is there a value (`held`), does one of its texts fit a pattern or its
number a range (`fits`), and on which day was it last known to be right (`dated`). The property tests in
tests/clients/criteria compare the two answers for random records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from clients.criteria.blank import NOTHING
from clients.criteria.patterns import Pattern
from clients.criteria.record import ContactFacts, Record
from clients.criteria.sql import Frame, Sql, all_of, compose, function
from clients.freshness import MOMENT, Confirmation

Span = tuple[Decimal | None, Decimal | None]
"""The least and the most that a number may be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a value beyond being there."""

    pattern: Pattern | None = None
    span: Span | None = None

    def __bool__(self) -> bool:
        return self.pattern is not None or self.span is not None


class Reader:
    """One place where a value may stand. `fields` are the keys by which `clients.freshness` knows its age."""

    fields: tuple[str, ...] = ()

    def on(self, day: date, zone: ZoneInfo) -> Reader:
        """Return the reader for questions as of `day`; only those that look at the time differ."""
        return self

    def held(self, record: Record) -> bool:
        """Return whether there is a value."""
        raise NotImplementedError

    def fits(self, record: Record, asked: Asked) -> bool:
        """Return whether there is a value that is as asked."""
        return self.held(record)

    def confirmed(self, record: Record, asked: Asked) -> Confirmation | None:
        """Return when and by whom the value was last set or confirmed; None when nobody noted any."""
        return latest(record.freshness.at(field) for field in self.fields)

    def dated(self, record: Record, asked: Asked, zone: ZoneInfo) -> date | None:
        """Return the day of it in the company's time zone."""
        found = self.confirmed(record, asked)
        return found.at.astimezone(zone).date() if found else None

    def sql_held(self, frame: Frame) -> Sql:
        """`held` in SQL: true, false or null (no)."""
        raise NotImplementedError

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        """`fits` in SQL."""
        return self.sql_held(frame)

    def sql_dated(self, frame: Frame, asked: Asked) -> Sql:
        """`dated` in SQL: a date or null."""
        return function("GREATEST", [_sql_noted(frame, field) for field in self.fields])


def latest(found: Iterable[Confirmation | None]) -> Confirmation | None:
    """Return the latest of them, the first of two of one moment."""
    return max((one for one in found if one is not None), key=lambda one: one.at, default=None)


def _sql_noted(frame: Frame, field: str) -> Sql:
    """The day of `Freshness.at(field)` in SQL: of the fact's own entry, else of the confirmation of all."""
    text = "({c}.fact_dates -> %s ->> 0)"
    day = f"CASE WHEN {text} ~ %s AND pg_input_is_valid({text}, 'timestamptz') THEN ({text}::timestamptz AT TIME ZONE %s)::date END"
    zone = frame.time_zone
    return compose(f"COALESCE({day}, ({{c}}.facts_confirmed_at AT TIME ZONE %s)::date)", field, MOMENT, field, field, zone, zone)


@dataclass(frozen=True, slots=True)
class Text(Reader):
    """A text column. Text of spaces and stand-ins ("-", "...") says nothing."""

    column: str
    fields: tuple[str, ...] = ()

    def held(self, record: Record) -> bool:
        return bool((record.values.get(self.column) or "").strip(NOTHING))

    def fits(self, record: Record, asked: Asked) -> bool:
        text = record.values.get(self.column) or ""
        return bool(text.strip(NOTHING)) and (asked.pattern is None or asked.pattern.matches(text))

    def sql_held(self, frame: Frame) -> Sql:
        # Nearly every text is told by its first character: a third of the time of trimming each.
        column = f"{{c}}.{self.column}"
        return Sql(f"({column} <> '' AND (strpos(%s, left({column}, 1)) = 0 OR btrim({column}, %s) <> ''))", (NOTHING, NOTHING))

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        return all_of(self.sql_held(frame), _sql_matches(f"{{c}}.{self.column}", asked))


@dataclass(frozen=True, slots=True)
class Known(Reader):
    """A column that is null until it is known: dates, references, yes or no."""

    column: str
    fields: tuple[str, ...] = ()

    def held(self, record: Record) -> bool:
        return record.values.get(self.column) is not None

    def sql_held(self, frame: Frame) -> Sql:
        return Sql(f"{{c}}.{self.column} IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Upcoming(Reader):
    """A moment that is not past: on the day itself it still counts, so that nothing changes within a day."""

    column: str
    fields: tuple[str, ...] = ()
    since: datetime | None = None

    def on(self, day: date, zone: ZoneInfo) -> Reader:
        return replace(self, since=datetime.combine(day, time(), zone))

    def held(self, record: Record) -> bool:
        moment = record.values.get(self.column)
        return moment is not None and self.since is not None and moment >= self.since

    def sql_held(self, frame: Frame) -> Sql:
        return Sql(f"{{c}}.{self.column} >= %s", (self.since,))


@dataclass(frozen=True, slots=True)
class Number(Known):
    """A column with a number, which may be asked to lie in a range."""

    def fits(self, record: Record, asked: Asked) -> bool:
        return _within(record.values.get(self.column), asked)

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        return all_of(self.sql_held(frame), _sql_within(f"{{c}}.{self.column}", asked))


@dataclass(frozen=True, slots=True)
class Listed(Reader):
    """A column with a list of texts (phones, e-mails): one of them is enough."""

    column: str
    fields: tuple[str, ...] = ()
    only_for: str = ""
    """A kind of client; for others the list does not count."""

    def held(self, record: Record) -> bool:
        return bool(record.values.get(self.column)) and (not self.only_for or record.values.get("kind") == self.only_for)

    def fits(self, record: Record, asked: Asked) -> bool:
        if not self.held(record):
            return False
        return asked.pattern is None or any(map(asked.pattern.matches, record.values[self.column]))

    def sql_held(self, frame: Frame) -> Sql:
        some = Sql(f"{{c}}.{self.column} <> '{{}}'")
        return all_of(some, Sql("{c}.kind = %s", (self.only_for,))) if self.only_for else some

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        return all_of(self.sql_held(frame), _sql_some(f"{{c}}.{self.column}", asked))


@dataclass(frozen=True, slots=True)
class OfContacts(Reader):
    """Contacts of a client: one with the mark (`is_main`, `is_head`) and, where a column is named, with an entry in it."""

    mark: str = ""
    column: str = ""

    def _wanted(self, record: Record, asked: Asked) -> list[ContactFacts]:
        found = [one for one in record.contacts if getattr(one, self.mark)] if self.mark else list(record.contacts)
        if not self.column:
            return found
        pattern = asked.pattern
        return [one for one in found if (entries := getattr(one, self.column)) and (pattern is None or any(map(pattern.matches, entries)))]

    def held(self, record: Record) -> bool:
        mark, column = self.mark, self.column
        return any((not mark or getattr(one, mark)) and (not column or getattr(one, column)) for one in record.contacts)

    def fits(self, record: Record, asked: Asked) -> bool:
        return bool(self._wanted(record, asked))

    @property
    def fields(self) -> tuple[str, ...]:  # type: ignore[override]  # worked out of the two
        return (".".join(filter(None, ("contacts", self.mark, self.column))),)

    def confirmed(self, record: Record, asked: Asked) -> Confirmation | None:
        changed = (Confirmation(one.updated_at) for one in self._wanted(record, asked) if one.updated_at is not None)
        return latest([Reader.confirmed(self, record, asked), *changed])

    def _condition(self, asked: Asked) -> Sql:
        parts = [Sql(f"{{k}}.{self.mark}")] if self.mark else []
        if self.column:
            parts += [Sql(f"{{k}}.{self.column} <> '{{}}'"), _sql_some(f"{{k}}.{self.column}", asked)]
        return all_of(*parts)

    def sql_held(self, frame: Frame) -> Sql:
        return frame.contacts.some(self._condition(_NOTHING_MORE))

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        return frame.contacts.some(self._condition(asked))

    def sql_dated(self, frame: Frame, asked: Asked) -> Sql:
        confirmed = Reader.sql_dated(self, frame, asked)
        return function("GREATEST", [confirmed, frame.contacts.latest(self._condition(asked), frame.time_zone)])


@dataclass(frozen=True, slots=True)
class Condition(Reader):
    """A condition of its own, given both ways by who registers the fact."""

    holds: Callable[[Record], bool]
    sql: Sql
    fields: tuple[str, ...] = ()

    def held(self, record: Record) -> bool:
        return self.holds(record)

    def sql_held(self, frame: Frame) -> Sql:
        return self.sql


@dataclass(frozen=True, slots=True)
class Custom(Reader):
    """A custom field: a key of the JSON object `Client.custom`, of the type that the field has."""

    key: str
    kind: str
    fields: tuple[str, ...] = ()

    def _value(self, record: Record) -> Any:
        custom = record.values.get("custom")
        return custom.get(self.key) if isinstance(custom, dict) else None

    def held(self, record: Record) -> bool:
        value = self._value(record)
        match self.kind:
            case "number":
                return isinstance(value, int | float) and not isinstance(value, bool)
            case "boolean":
                return isinstance(value, bool)
            case _:
                return isinstance(value, str) and bool(value.strip(NOTHING))

    def fits(self, record: Record, asked: Asked) -> bool:
        if not self.held(record):
            return False
        value = self._value(record)
        if self.kind == "number":
            return _within(value, asked)
        return asked.pattern is None or asked.pattern.matches(str(value))

    def sql_held(self, frame: Frame) -> Sql:
        json_type = {"number": "number", "boolean": "boolean"}.get(self.kind, "string")
        typed = Sql("jsonb_typeof({c}.custom -> %s) = %s", (self.key, json_type))
        return typed if json_type != "string" else all_of(typed, Sql("btrim({c}.custom ->> %s, %s) <> ''", (self.key, NOTHING)))

    def sql_fits(self, frame: Frame, asked: Asked) -> Sql:
        if self.kind == "number":
            # CASE, because AND does not promise that the type is looked at before the cast
            number = Sql("CASE WHEN jsonb_typeof({c}.custom -> %s) = 'number' THEN ({c}.custom ->> %s)::numeric END", (self.key,) * 2)
            return all_of(self.sql_held(frame), _sql_within(number.text, asked, number.params))
        return all_of(self.sql_held(frame), _sql_matches("({c}.custom ->> %s)", asked, (self.key,)))


_NOTHING_MORE = Asked()


def _within(value: Any, asked: Asked) -> bool:
    if value is None:
        return False
    if asked.span is None:
        return True
    least, most = asked.span
    number = Decimal(str(value))
    return (least is None or number >= least) and (most is None or number <= most)


def _sql_within(expression: str, asked: Asked, params: tuple[Any, ...] = ()) -> Sql:
    least, most = asked.span or (None, None)
    parts = []
    if least is not None:
        parts.append(Sql(f"({expression}) >= %s", (*params, least)))
    if most is not None:
        parts.append(Sql(f"({expression}) <= %s", (*params, most)))
    return all_of(*parts)


def _sql_matches(expression: str, asked: Asked, params: tuple[Any, ...] = ()) -> Sql:
    return all_of() if asked.pattern is None else Sql(f"{expression} ~ %s", (*params, asked.pattern.for_postgres))


def _sql_some(expression: str, asked: Asked) -> Sql:
    if asked.pattern is None:
        return all_of()
    return Sql("EXISTS (SELECT 1 FROM unnest(" + expression + ") AS entry WHERE entry ~ %s)", (asked.pattern.for_postgres,))
