"""Rows that stand alone: payments, costs, complaints. Each is known by an own number, or by what it says and how many there are
of the same: two equal costs in a file are two costs, and the file imported again finds both."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.imports.kinds import Footprint, Job, Outcome, RowError, RowInHand, Touched
from clients.models import ImportedRow
from clients.services.copying import copy_in, new_ids, update_from
from sales.imports import undoing as trails
from sales.imports import whose
from sales.imports.base import CLOSED, LedgerSession, highest_id
from sales.imports.documents.undoing import put_back
from sales.imports.undoing import is_new
from sales.imports.whose import Whose
from sales.models import Complaint, Cost, Document, LedgerSettings, Payment

NO_DAY = _("Give the date.")
NO_AMOUNT = _("Give the amount.")
NO_DOCUMENT = _("There is no document of this number.")
ANOTHERS = _("Choose a sale of this client.")
_TWICE = _("An earlier row of the file has this number.")

Identity = tuple[Any, ...]

FIGURES: Mapping[Any, frozenset[str]] = {
    Payment: frozenset({"document_id", "day", "amount"}),
    Cost: frozenset({"day", "amount", "currency", "rate", "category_id", "source_id"}),
    Complaint: frozenset({"day", "cost", "severity", "fault"}),
}
"""Attributes that a closed period keeps as they are (the triggers of sales.models.marking)."""


@dataclass(slots=True)
class FlatRow:
    """A row in hand."""

    values: dict[str, Any] = field(default_factory=dict)
    """What the cells say, by attribute."""
    whose: Whose | None = None
    document: str = ""
    """The number of the document that it is about."""
    kind: str = ""
    id: int | None = None
    version: int = 1
    before: dict[str, Any] | None = None


class Standing(NamedTuple):
    """A row of the ledger that a row of the file may be."""

    id: int
    version: int
    values: Mapping[str, Any]


class Named(NamedTuple):
    """A document by its number."""

    id: int
    client_id: int | None


_SEEN = """
DROP TABLE IF EXISTS pg_temp.import_seen;
CREATE TEMPORARY TABLE import_seen (key text PRIMARY KEY, times int NOT NULL) ON COMMIT DROP;
"""
_COUNT = """
INSERT INTO import_seen (key, times) SELECT key, times FROM jsonb_to_recordset(%s::jsonb) AS g (key text, times int)
ON CONFLICT (key) DO UPDATE SET times = import_seen.times + excluded.times
RETURNING key, times
"""


class Seen:
    """How many rows of the file were the same so far. On disk, not in memory."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_SEEN)

    def count(self, keys: Iterable[str]) -> dict[str, int]:
        """Count these in; return how often each had been there before."""
        here = Counter(keys)
        given = [{"key": key, "times": times} for key, times in here.items()]
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [json.dumps(given)])
            return {key: times - here[key] for key, times in cursor.fetchall()}


class FlatSession(LedgerSession):
    """One run over rows that stand alone."""

    model: ClassVar[Any]
    standard: Mapping[str, Any]
    """Attributes with what a new row has where the file says nothing."""
    versioned: ClassVar[bool] = True
    ahead: ClassVar[bool] = False
    """Whether a row may be dated ahead."""
    rows_at_once = 2_000

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.seen = Seen()
        self.first = highest_id(self.model)

    @abstractmethod
    def identity(self, values: Mapping[str, Any]) -> Identity:
        """Return what a row with `values` is known by."""

    @abstractmethod
    def standing(self, rows: Sequence[FlatRow]) -> Iterable[Standing]:
        """Return the rows of the ledger that these may be, in the order in which they came."""

    @abstractmethod
    def complete(self, row: RowInHand, document: Named | None, clients: whose.Found) -> None:
        """Put document and client into the values of a row, and refuse it where they are wanting."""

    def read_day(self, row: RowInHand, record: FlatRow) -> None:
        """Read the day that every row has."""
        day = self.day_in(row, "day", ahead=self.ahead)
        if day is not None:
            record.values["day"] = day
        elif "day" not in row.data:
            row.refuse(RowError("day", "required", NO_DAY))

    def judge(self, rows: Sequence[RowInHand]) -> None:
        documents = _documents(row.record for row in rows)
        clients = whose.find(row.record.whose for row in rows if row.record.whose is not None)
        for row in rows:
            record: FlatRow = row.record
            named = documents.get((record.kind, record.document)) if record.document else None
            if record.document and named is None:
                row.refuse(RowError("document", "unknown", NO_DOCUMENT, record.document))
            self.complete(row, named, clients)
        accepted = [row for row in rows if row.outcome is not Outcome.REFUSED]
        identities = {row.number: self.identity(dict(self.standard) | row.record.values) for row in accepted}
        there = self._there([row.record for row in accepted], set(identities.values()))
        times = self.seen.count(_key(identity) for identity in identities.values())
        for row in accepted:
            identity = identities[row.number]
            key = _key(identity)
            found = there.get(identity, [])
            self._judge_row(row, found, times[key])
            times[key] += 1

    def _there(self, rows: Sequence[FlatRow], wanted: set[Identity]) -> dict[Identity, list[Standing]]:
        """Return the rows of the ledger of these identities; if this is no trial, locked and as they are under the lock, so
        that what somebody changes meanwhile is neither overwritten nor taken for what it was before."""
        standing = [one for one in self.standing(rows) if self.identity(one.values) in wanted]
        if self.job.writes and standing:
            names = [*(["version"] if self.versioned else []), *self.standard]
            locked = self.model.objects.filter(pk__in=[one.id for one in standing]).order_by("pk").select_for_update(of=("self",))
            found = [(id_, dict(zip(names, values, strict=True))) for id_, *values in locked.values_list("id", *names)]
            standing = [Standing(id_, values.pop("version", 1), values) for id_, values in found]
        there: dict[Identity, list[Standing]] = {}
        for one in standing:
            there.setdefault(self.identity(one.values), []).append(one)
        return there

    def _judge_row(self, row: RowInHand, found: Sequence[Standing], times: int) -> None:
        record: FlatRow = row.record
        if times and record.values.get("number"):
            row.refuse(RowError("number", "twice", _TWICE))
            return
        day, was = record.values["day"], None
        if times < len(found):
            one = found[times]
            changed = {name: value for name, value in record.values.items() if one.values[name] != value}
            if not changed:
                row.outcome = Outcome.UNCHANGED
                return
            row.outcome = Outcome.CHANGED
            record.id, record.version = one.id, one.version + self.versioned
            record.before = {name: one.values[name] for name in changed}
            record.values = dict(one.values) | record.values
            was = one.values["day"]
            if "client_id" in changed and not _is_of_client(record.values):
                row.refuse(RowError("document", "choice", ANOTHERS))
            if "rate" in changed:
                self.hold_rate(row, record.values)
        if self.is_closed(day, was):
            row.refuse(RowError("day", "closed", CLOSED, str(self.locked_before)))

    def write(self, rows: Sequence[RowInHand]) -> Iterable[Footprint]:
        names = list(self.standard)
        changed = [row.record for row in rows if row.record.before is not None]
        new = [row.record for row in rows if row.record.before is None]
        extra = {"updated_at": self.job.now} if self.versioned else {}
        own = [*names, *(["version"] if self.versioned else []), *extra]
        update_from(self.model, own, ((one.id, *self._kept(one, names), *extra.values()) for one in changed))
        for one, id_ in zip(new, new_ids(self.model, len(new)), strict=True):
            one.id = id_
            one.values = dict(self.standard) | one.values
        if new:
            copy_in(
                self.model,
                ["id", *own, "created_at", "created_by_id"],
                ((one.id, *self._kept(one, names), *extra.values(), self.job.now, self.job.user.pk) for one in new),
            )
        for row in rows:
            one = row.record
            yield Footprint(row.number, one.id, one.version, one.before, [1, one.values])

    def _kept(self, one: FlatRow, names: Sequence[str]) -> Sequence[Any]:
        return [*(one.values[name] for name in names), *([one.version] if self.versioned else [])]


def named_client_only(row: RowInHand, document: Named | None, client_id: int | None) -> None:
    """Refuse a row that names a document of another client than its own."""
    if document is not None and document.client_id != client_id and row.outcome is not Outcome.REFUSED:
        row.refuse(RowError("document", "choice", ANOTHERS, row.record.document))


def _is_of_client(values: Mapping[str, Any]) -> bool:
    """Whether the document of a row that is given to another client, if it has one, is that client's."""
    document = values.get("document_id")
    return document is None or Document.objects.filter(pk=document, client=values["client_id"]).exists()


def _key(identity: Identity) -> str:
    return blake2b(repr(identity).encode(), digest_size=16).hexdigest()


def _documents(records: Iterable[FlatRow]) -> dict[tuple[str, str], Named]:
    """Return the documents that the rows name. Index: document_number_once."""
    kinds: dict[str, set[str]] = {}
    for record in records:
        if record.document:
            kinds.setdefault(record.kind, set()).add(record.document)
    found: dict[tuple[str, str], Named] = {}
    for kind, numbers in kinds.items():
        rows = Document.objects.filter(kind=kind, number__in=numbers).exclude(number="")
        for number, id_, client_id in rows.values_list("number", "id", "client_id"):
            found[kind, number] = Named(id_, client_id)
    return found


def on_days(table: str, columns: Sequence[str], rows: Iterable[FlatRow], upto: int) -> list[tuple[Any, ...]]:
    """Return the rows of `table` of the same clients and days, none later than the id `upto`.

    Indexes: (client, day, id); of no client: (day, id).
    """
    given = {(record.values.get("client_id"), record.values["day"]) for record in rows}
    if not given:
        return []
    names = ", ".join(f"t.{name}" for name in columns)
    asked = json.dumps([{"client_id": client_id, "day": day.isoformat()} for client_id, day in given])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH given AS MATERIALIZED (SELECT * FROM jsonb_to_recordset(%(asked)s::jsonb) AS g (client_id bigint, day date))
            SELECT {names} FROM given g CROSS JOIN LATERAL (
              SELECT * FROM {table} WHERE client_id = g.client_id AND day = g.day AND id <= %(upto)s
            ) t WHERE g.client_id IS NOT NULL
            UNION ALL
            SELECT {names} FROM given g CROSS JOIN LATERAL (
              SELECT * FROM {table} WHERE client_id IS NULL AND day = g.day AND id <= %(upto)s
            ) t WHERE g.client_id IS NULL
            ORDER BY 1
            """,  # noqa: S608  our own names
            {"asked": asked, "upto": upto},
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def touched(model: Any, run_id: int) -> list[Touched]:
    """Return the rows of a run that somebody changed since."""
    return [one for trail in trails.pages(run_id) for one in _sorted_out(model, trail)[1]]


def undo(model: Any, run_id: int, now: datetime | None = None) -> int:
    """Take back every untouched row of a run, in the transaction that is open; return how many."""
    count = 0
    for trail in trails.pages(run_id):
        list(model.objects.filter(pk__in=trail).order_by("pk").select_for_update().values_list("pk"))
        untouched, _touched = _sorted_out(model, trail)
        model.objects.filter(pk__in=[id_ for id_ in untouched if is_new(trail[id_])]).delete()
        changed = {id_: trail[id_][0].before or {} for id_ in untouched if not is_new(trail[id_])}
        put_back(model, changed)
        if _has_version(model):
            model.objects.filter(pk__in=changed).update(version=F("version") + 1, updated_at=now or timezone.now())
        count += trails.forget(trail, untouched)
    return count


def _sorted_out(model: Any, trail: trails.Trail) -> tuple[list[int], list[Touched]]:
    rows = model.objects.in_bulk(list(trail))
    locked_before = LedgerSettings.current().locked_before
    in_use = trails.pointed_at(model, list(trail), besides=frozenset())
    untouched: list[int] = []
    found: list[Touched] = []
    for id_, steps in trail.items():
        row = rows.get(id_)
        if row is None:
            why = trails.why_gone()
        elif not _as_left(row, steps[-1].version, steps[-1].parts[1]):
            why = trails.why_changed()
        elif id_ in in_use:
            why = trails.why_in_use(in_use[id_])
        elif trails.is_closed(locked_before, _days_moved(row, steps)):
            why = trails.why_closed()
        else:
            untouched.append(id_)
            continue
        found.append(trails.touched(id_, steps, row, why))
    return untouched, found


def _days_moved(row: Any, steps: Sequence[ImportedRow]) -> list[Any]:
    """Return the days whose figures change when a row is taken back: none where it gets nothing but words back."""
    before = steps[0].before
    if before is not None and not FIGURES[type(row)] & before.keys():
        return []
    return [row.day, *([date.fromisoformat(before["day"])] if before and "day" in before else [])]


def _has_version(model: Any) -> bool:
    return any(field.name == "version" for field in model._meta.concrete_fields)


def _as_left(row: Any, version: int, left: Mapping[str, Any]) -> bool:
    if _has_version(type(row)):
        return bool(row.version == version)
    return all(_as_text(getattr(row, name)) == str(value) for name, value in left.items())


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
