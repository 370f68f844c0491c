"""What is known of the documents that a batch is about: as they stand in the ledger, and how far this run has come with each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from clients.imports.kinds import RowInHand
from clients.services.copying import as_json
from sales.models import Document, Payment
from sales.models.money import ZERO

HEADER = ("client_id", "day", "line_of_business_id", "currency", "rate", "due_on", "reverses_id", "note")
FIGURES = ("amount", "discount", "direct_cost")
LINE = ("product", "quantity", *FIGURES)


class Key(NamedTuple):
    """What a document is known by."""

    kind: str
    number: str


@dataclass(slots=True)
class Line:
    """A line that is there, or that a row makes (`id` None)."""

    values: dict[str, Any]
    position: int
    id: int | None = None
    before: dict[str, Any] | None = None
    """What a row changes of it."""


@dataclass(slots=True)
class Paid:
    """A payment that is there, or that a document's day of payment makes (`id` None)."""

    day: date
    amount: Decimal
    number: str = ""
    id: int | None = None
    before: dict[str, Any] | None = None


@dataclass(slots=True)
class Paper:
    """One document on its way through a batch."""

    key: Key
    id: int | None = None
    """None: not there yet. In a trial that stays so."""
    header: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(FIGURES, ZERO))
    credited: Decimal = ZERO
    """What has been taken back of it (zero or less), by what this run has brought so far too."""
    line_count: int = 0
    version: int = 1
    before: dict[str, Any] | None = None
    """Header and figures as they were, once something of them changes."""
    # how far this run has come
    exists: bool = False
    """Whether it is there, or would be if this were no trial."""
    rows_read: int = 0
    last_position: int = 0
    refused: bool = False
    recalled: bool = False
    """Whether an earlier batch of this run was about it."""
    own: bool = False
    """Whether this run has made or changed it in an earlier batch."""
    taken: Decimal = ZERO
    """Of `credited` what a trial has brought, which is in no ledger."""
    # what is there beyond `last_position`, and what the batch does
    standing: list[Line] = field(default_factory=list)
    payments: list[Paid] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    payment: Paid | None = None
    rows: list[RowInHand] = field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether the batch writes anything of it."""
        return self.before is not None or not self.exists or bool(self.lines) or self.payment is not None


# How far a run has come with each document. On disk, not in memory: a file may have a document on each of a million rows.
_TABLE = """
DROP TABLE IF EXISTS pg_temp.import_documents;
CREATE TEMPORARY TABLE import_documents (
  kind text NOT NULL, number text NOT NULL, rows_read int NOT NULL, last_position int NOT NULL, line_count int NOT NULL,
  refused boolean NOT NULL, own boolean NOT NULL, taken numeric NOT NULL, state text, PRIMARY KEY (kind, number)
) ON COMMIT DROP;
"""
_COME = """
SELECT d.kind, d.number, d.rows_read, d.last_position, d.line_count, d.refused, d.own, d.taken, d.state
FROM jsonb_to_recordset(%s::jsonb) AS g (kind text, number text) JOIN import_documents d ON d.kind = g.kind AND d.number = g.number
"""
# The next lines of each document. Index: document_line_once.
_LINES = """
SELECT l.document_id, l.id, l.position, l.product, l.quantity, l.amount, l.discount, l.direct_cost
FROM jsonb_to_recordset(%s::jsonb) AS g (id bigint, after int, many int)
CROSS JOIN LATERAL (SELECT * FROM sales_documentline WHERE document_id = g.id AND position > g.after ORDER BY position LIMIT g.many) l
"""


class Papers:
    """The documents of a run."""

    def __init__(self, *, writes: bool) -> None:
        self.writes = writes
        with connection.cursor() as cursor:
            cursor.execute(_TABLE)

    def of(self, keys: Iterable[Key]) -> dict[Key, Paper]:
        """Return a paper for each key; those that are there are locked, if this is no trial."""
        papers = {key: Paper(key) for key in keys}
        kinds: dict[str, list[str]] = {}
        for kind, number in papers:
            kinds.setdefault(kind, []).append(number)
        for kind, numbers in kinds.items():
            # (index document_number_once, which has no empty numbers: the planner must be told that there are none)
            for found in self._read(Document.objects.filter(kind=kind, number__in=numbers).exclude(number="")):
                papers[found.key] = found
        self._recall(papers)
        return papers

    def taken_back(self, papers: Iterable[Paper], known: dict[Key, Paper]) -> dict[int | Key, Paper]:
        """Return the papers of what `papers` take back, by id and by key: those that are `known`, and those that no row names."""
        wanted = {paper.header["reverses_id"] for paper in papers if paper.header.get("reverses_id") is not None}
        found: dict[int | Key, Paper] = {}
        for paper in known.values():
            found[paper.key] = paper
            if paper.id is not None:
                found[paper.id] = paper
        rest = wanted - found.keys()
        if ids := [one for one in rest if isinstance(one, int)]:
            others = list(self._read(Document.objects.filter(pk__in=ids)))
            numbered = {paper.key: paper for paper in others if paper.key.number}
            if numbered:
                self._recall(numbered)
            found |= {paper.id: paper for paper in others if paper.id is not None}
        if keys := [one for one in rest if isinstance(one, Key)]:
            found.update(self.of(keys).items())
        return found

    def _read(self, rows: QuerySet[Document]) -> Iterator[Paper]:
        rows = rows.order_by("pk")
        if self.writes:
            rows = rows.select_for_update(of=("self",))
        for kind, number, *values in rows.values_list("kind", "number", "id", "credited", "line_count", "version", *HEADER, *FIGURES):
            paper = Paper(Key(kind, number))
            paper.id, paper.credited, paper.line_count, paper.version, *rest = values
            paper.exists = True
            paper.header = dict(zip(HEADER, rest, strict=False))
            paper.figures = dict(zip(FIGURES, rest[len(HEADER) :], strict=True))
            yield paper

    def _recall(self, papers: dict[Key, Paper]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_COME, [json.dumps([key._asdict() for key in papers], ensure_ascii=False)])
            for kind, number, rows_read, last_position, line_count, refused, own, taken, state in cursor.fetchall():
                paper = papers[Key(kind, number)]
                paper.recalled = True
                paper.rows_read, paper.last_position, paper.refused, paper.own = rows_read, last_position, refused, own
                paper.taken = taken
                paper.credited += taken
                if state is not None:  # a trial: it is not in the ledger as this run would have left it
                    paper.line_count, paper.exists = line_count, True
                    kept = json.loads(state)
                    paper.header = {name: _from_json(name, kept[name]) for name in HEADER}
                    paper.figures = {name: Decimal(kept[name]) for name in FIGURES}

    def read_lines(self, wanted: dict[Key, tuple[Paper, int]]) -> None:
        """Read the next lines of documents, as many as rows of each are to be held against them."""
        asked = {paper.id: paper for paper, _many in wanted.values() if paper.id is not None and paper.line_count}
        if not asked:
            return
        given = [{"id": paper.id, "after": paper.last_position, "many": many} for paper, many in wanted.values() if paper.id in asked]
        with connection.cursor() as cursor:
            cursor.execute(_LINES, [json.dumps(given)])
            for document_id, id_, position, *values in cursor.fetchall():
                asked[document_id].standing.append(Line(dict(zip(LINE, values, strict=True)), position, id_))
        for paper in asked.values():
            paper.standing.sort(key=lambda line: line.position)

    def read_payments(self, papers: Iterable[Paper]) -> None:
        """Read the payments of documents that are there. Index: payment_of_document."""
        asked = {paper.id: paper for paper in papers if paper.id is not None}
        rows = Payment.objects.filter(document__in=asked).order_by("pk")
        for document_id, id_, day, amount, number in rows.values_list("document_id", "id", "day", "amount", "number"):
            asked[document_id].payments.append(Paid(day, amount, number, id_))

    def remember(self, papers: Iterable[Paper]) -> None:
        """Keep how far the run has come with each."""
        rows: list[Sequence[Any]] = []
        again = []
        for paper in papers:
            if paper.recalled:
                again.append(paper.key._asdict())
            own = paper.own or (paper.writes and not paper.refused)
            state = as_json(paper.header | paper.figures) if own and not self.writes else None
            taken = ZERO if self.writes else paper.taken
            rows.append((*paper.key, paper.rows_read, paper.last_position, paper.line_count, paper.refused, own, taken, state))
        with connection.cursor() as cursor:
            if again:
                cursor.execute(
                    "DELETE FROM import_documents d USING jsonb_to_recordset(%s::jsonb) AS g (kind text, number text)"
                    " WHERE d.kind = g.kind AND d.number = g.number",
                    [json.dumps(again, ensure_ascii=False)],
                )
            statement = "COPY import_documents (kind, number, rows_read, last_position, line_count, refused, own, taken, state) FROM STDIN"
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)


def _from_json(name: str, value: Any) -> Any:
    if value is not None and name in ("day", "due_on"):
        return date.fromisoformat(value)
    if name == "reverses_id" and isinstance(value, list):  # of the same trial: known by its number
        return Key(*value)
    return Decimal(value) if name == "rate" else value
