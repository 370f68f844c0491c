"""Writing the documents of a batch: COPY for what is new, one UPDATE for what changes. Triggers do totals and marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clients.imports.client_rows.growing import GrowingList
from clients.imports.kinds import Footprint, Job, Outcome
from clients.services.copying import copy_in, new_ids, update_from
from clients.services.rules import ReferenceList
from sales.imports.documents.papers import FIGURES, HEADER, LINE, Key, Line, Paid, Paper
from sales.models import Document, DocumentLine, Payment

_OF_DOCUMENT = ("kind", "number", *HEADER, *FIGURES, "line_count", "version", "created_at", "created_by_id", "updated_at")
_CHANGED = (*HEADER, *FIGURES, "line_count", "version", "updated_at")


def write(papers: Sequence[Paper], in_hand: Mapping[Key, Paper], job: Job, lines_of_business: ReferenceList) -> Iterator[Footprint]:
    """Write `papers` (a part of the batch `in_hand`) and tell what was done, one footprint for each."""
    new = [paper for paper in papers if paper.id is None]
    for paper, id_ in zip(new, new_ids(Document, len(new)), strict=True):
        paper.id = id_
    for paper in papers:
        header = paper.header
        if isinstance(header["reverses_id"], Key):
            header["reverses_id"] = in_hand[header["reverses_id"]].id
        if isinstance(lines_of_business, GrowingList) and (header["line_of_business_id"] or 0) < 0:
            header["line_of_business_id"] = lines_of_business.real(header["line_of_business_id"])
    # with the totals that the lines will have, so that the trigger that sums them up finds nothing to do
    copy_in(
        Document,
        ["id", *_OF_DOCUMENT],
        ((paper.id, *paper.key, *_kept(paper), 1, job.now, job.user.pk, job.now) for paper in new),
    )
    changed = [paper for paper in papers if paper.exists]
    for paper in changed:
        paper.version += not paper.own
    update_from(
        Document,
        _CHANGED,
        ((paper.id, *_kept(paper), paper.version, job.now) for paper in changed),
    )
    _write_lines([(paper, line) for paper in papers for line in paper.lines])
    _write_payments([(paper, paper.payment) for paper in papers if paper.payment is not None], job)
    for paper in papers:
        yield _footprint(paper)


def _kept(paper: Paper) -> list[Any]:
    return [*(paper.header[name] for name in HEADER), *(paper.figures[name] for name in FIGURES), paper.line_count]


def _write_lines(lines: Sequence[tuple[Paper, Line]]) -> None:
    update_from(
        DocumentLine, LINE, ((line.id, *(line.values[name] for name in LINE)) for _paper, line in lines if line.id is not None)
    )  # fmt: skip
    new = [(paper, line) for paper, line in lines if line.id is None]
    if not new:
        return
    for (_paper, line), id_ in zip(new, new_ids(DocumentLine, len(new)), strict=True):
        line.id = id_
    copy_in(
        DocumentLine,
        ["id", "document_id", "position", *LINE],
        ((line.id, paper.id, line.position, *(line.values[name] for name in LINE)) for paper, line in new),
    )


def _write_payments(payments: Sequence[tuple[Paper, Paid]], job: Job) -> None:
    update_from(Payment, ["day", "amount"], ((paid.id, paid.day, paid.amount) for _paper, paid in payments if paid.id is not None))
    new = [(paper, paid) for paper, paid in payments if paid.id is None]
    if not new:
        return
    for (_paper, paid), id_ in zip(new, new_ids(Payment, len(new)), strict=True):
        paid.id = id_
    copy_in(
        Payment,
        ["id", "document_id", "day", "amount", "number", "created_at", "created_by_id"],
        ((paid.id, paper.id, paid.day, paid.amount, "", job.now, job.user.pk) for paper, paid in new),
    )


def _footprint(paper: Paper) -> Footprint:
    """What was done to one document: how many rows that was, its lines and its payment, each with what it was before."""
    rows = [row for row in paper.rows if row.outcome in (Outcome.NEW, Outcome.CHANGED)]
    parts: list[Any] = [len(rows)]
    if paper.exists:  # the lines of a new one go with it
        parts += [("line", line.id, line.before) for line in paper.lines]
    if paper.payment is not None:
        parts.append(("payment", paper.payment.id, paper.payment.before))
    before: dict[str, Any] | None = None
    if paper.exists:
        was, now = paper.before or {}, paper.header | paper.figures
        before = {name: value for name, value in was.items() if value != now[name]}
    assert paper.id is not None
    number = rows[0].number if rows else paper.rows[0].number
    return Footprint(number, paper.id, paper.version, before, parts)
