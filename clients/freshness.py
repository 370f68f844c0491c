"""When, and by whom, each fact of a client was last set or confirmed.

A client keeps one moment for all of its facts (`facts_confirmed_at`, `facts_confirmed_by`: the registration at first,
then each confirmation of what the card shows) and, in `fact_dates`, an entry for each fact that was set or confirmed on
its own: {field: [moment in ISO 8601, id of the user or null]}. An entry goes before the moment of all, also an older one
(a value that was put back). Fields are named as in the API, own ones "custom.<key>", contacts as in `CONTACTS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

CONTACTS = tuple(
    ".".join(filter(None, ("contacts", mark, column))) for mark in ("", "is_main", "is_head") for column in ("", "phones", "emails")
)
"""The keys of what is known by way of contacts: all of them, the main one, the head; they, their phones, their e-mails."""

MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00$"
"""What the moment of an entry looks like; for Python and PostgreSQL alike."""
_MOMENT = re.compile(MOMENT.replace("$", r"\Z"), re.ASCII)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That a fact was right at a moment, and who said so (None: nobody knows)."""

    at: datetime
    by: int | None = None

    @property
    def kept(self) -> list[Any]:
        """As `fact_dates` keeps it."""
        return [self.at.astimezone(UTC).isoformat(), self.by]

    @classmethod
    def read(cls, kept: object) -> Confirmation | None:
        """Return what an entry says; None where there is none."""
        if not (isinstance(kept, list) and kept and isinstance(kept[0], str) and _MOMENT.match(kept[0])):
            return None
        try:
            at = datetime.fromisoformat(kept[0])
        except ValueError:
            return None
        return cls(at, kept[1] if len(kept) > 1 and type(kept[1]) is int else None)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How sure we are of each fact of one client, at one time."""

    whole: Confirmation | None
    """For every fact without an entry of its own."""
    own: Mapping[str, list[Any]]

    @classmethod
    def of_values(cls, values: Mapping[str, Any]) -> Freshness:
        """Read it from the values of a client, by attribute."""
        at = values.get("facts_confirmed_at")
        whole = Confirmation(at, values.get("facts_confirmed_by_id")) if isinstance(at, datetime) else None
        return cls(whole, values.get("fact_dates") or {})

    @classmethod
    def of(cls, row: Any) -> Freshness:
        """Read it from a client or from a row of its history."""
        return cls.of_values({name: getattr(row, name) for name in COLUMNS})

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Freshness:
        """Read it from what `kept` gave."""
        return cls(Confirmation.read(kept.get("whole")), kept.get("own") or {})

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return {"whole": kept_of(self.whole), "own": dict(self.own)}

    @classmethod
    def of_row(cls, kept: Mapping[str, Any]) -> Freshness:
        """Read it from a client's columns as a merge keeps them: moments as text."""
        whole = Confirmation.read([kept["facts_confirmed_at"], kept["facts_confirmed_by_id"]])
        return cls(whole, kept["fact_dates"])

    @property
    def row(self) -> dict[str, Any]:
        """The client's columns as a merge keeps them."""
        return self.columns | {"facts_confirmed_at": self.whole.at.isoformat() if self.whole else None}

    @property
    def columns(self) -> dict[str, Any]:
        """The values of the client's columns, by attribute."""
        whole = self.whole
        return {
            "facts_confirmed_at": whole.at if whole else None,
            "facts_confirmed_by_id": whole.by if whole else None,
            "fact_dates": dict(self.own),
        }

    def at(self, field: str) -> Confirmation | None:
        """Return when the fact `field` was last set or confirmed; None when nobody noted any."""
        return Confirmation.read(self.own.get(field)) or self.whole

    def noted(self, entries: Mapping[str, Confirmation]) -> Freshness:
        """Return it with these facts set or confirmed each on its own."""
        own = {**self.own, **{field: one.kept for field, one in entries.items()}}
        return replace(self, own={field: entry for field, entry in own.items() if Confirmation.read(entry) != self.whole})

    def confirmed(self, fields: Iterable[str], one: Confirmation, *, shown_at: datetime) -> Freshness:
        """Return it with all of `fields` confirmed, as they were shown at `shown_at`; what is known of a later moment stays."""
        seen, fields = min(shown_at, one.at), frozenset(fields)
        if self.whole is not None and self.whole.at > one.at:
            earlier = {field: entry for field, entry in self.own.items() if field in fields and _moment(entry) <= seen}
            return self.noted(dict.fromkeys(earlier, one))
        own = {field: entry for field, entry in self.own.items() if field not in fields or _moment(entry) > seen}
        # contacts have no entries by themselves: those that were not as shown keep what was known of them
        if self.whole is not None:
            own |= {field: self.own.get(field, self.whole.kept) for field in CONTACTS if field not in fields}
        return Freshness(one, own).noted({})

    def without(self, before: Freshness, after: Freshness) -> Freshness:
        """Return it as if the act that led from `before` to `after` had not been; what has come since stays."""
        stands = self.whole == after.whole
        own = dict(self.own)
        for field in before.own.keys() | after.own.keys() | own.keys():
            was, became, entry = before.own.get(field), after.own.get(field), own.get(field)
            if became is None and after.whole not in (None, before.whole) and Confirmation.read(entry) == after.whole:
                was = kept_of(before.at(field))  # the moment of all, written out for one fact by a later act
            # no entry says that the moment of all holds: ours, as long as nobody confirmed all again
            elif was == became or entry != became or (became is None and not stands):
                continue
            if was is None and not stands and field in CONTACTS:
                was = kept_of(before.whole)  # a later confirmation of all passed them over
            own.pop(field, None)
            if was is not None:
                own[field] = was
        return Freshness(before.whole if stands else self.whole, own).noted({})


def kept_of(one: Confirmation | None) -> list[Any] | None:
    """Return a confirmation as it is kept, None for none."""
    return one.kept if one else None


COLUMNS = ("facts_confirmed_at", "facts_confirmed_by_id", "fact_dates")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _moment(entry: object) -> datetime:
    found = Confirmation.read(entry)
    return found.at if found else _LONG_AGO
