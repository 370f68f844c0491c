"""One run over rows of documents.

A document is imported whole or not at all: where one of its rows is refused, all are, so that the file of refused rows
brings it again as it is. Its lines are known by their order: the n-th row of a number is the n-th line of the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.imports.client_rows.growing import GrowingList
from clients.imports.kinds import Footprint, Job, Outcome, RowError, RowInHand
from clients.services.rules import Rules
from sales.imports import whose
from sales.imports.base import CLOSED, LedgerSession
from sales.imports.documents import reading, writing
from sales.imports.documents.papers import FIGURES, LINE, Key, Line, Paid, Paper, Papers
from sales.imports.documents.reading import SaleRow
from sales.models.money import ZERO

_OF_A_LINE = frozenset({"product", "quantity", "unit_price", "unit_cost"})
"""Fields that only lines have: a file with one of them is of lines."""
_SAID_ONCE = {
    "client_id": "client_own_id",
    "day": "day",
    "currency": "currency",
    "rate": "rate",
    "due_on": "due_on",
    "reverses_id": "reverses",
}
"""What the rows of one document must agree on, with the field to name."""
_DIFFERS = _("An earlier row of this number says otherwise: rows of one document have one client, date, currency and due date.")
_NO_DAY = _("Give the date of the document.")
_NOT_THERE = _("There is no document of this number. What is taken back must be in the ledger, or further up in the file.")
_ITSELF = _("A document can't take itself back.")
_TAKES_NOTHING = _("What takes a document back has a negative amount.")
_TOGETHER = _("Another row of this document is refused; a document is imported whole or not at all.")
_COME_APART = _("Rows of this document further up are written already. Bring all of its rows again, not this one alone.")


class DocumentRows(LedgerSession):
    """Reads, judges and writes rows of documents."""

    rows_at_once = 2_000

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        rules = Rules.load(job.now)
        self.lines_of_business = rules.lines_of_business
        if "line_of_business" in job.add_missing:
            self.lines_of_business = GrowingList(rules.lines_of_business, "line_of_business")
        self.line_of_business = self.lines_of_business.resolve(job.defaults.get("line_of_business"))
        self.of_lines = bool(_OF_A_LINE & {field for field, headings in job.mapping.items() if headings})
        self.pays = bool(job.mapping.get("paid_on"))
        self.papers = Papers(writes=job.writes)
        self.in_hand: dict[Key, Paper] = {}
        """The documents of the batch."""

    # --- in the reading thread ---------------------------------------------------------------------

    def read(self, row: RowInHand) -> None:
        row.record = reading.read(self, row, self.lines_of_business)

    def belong_together(self, row: RowInHand, before: RowInHand) -> bool:
        key = row.record.key
        return key is not None and key == before.record.key

    # --- with the database -------------------------------------------------------------------------

    def judge(self, rows: Sequence[RowInHand]) -> None:
        of_document: dict[Key, list[RowInHand]] = {}
        reversed_: list[Key] = []
        for row in rows:
            record: SaleRow = row.record
            if record.key is not None:
                of_document.setdefault(record.key, []).append(row)
            if record.reverses is not None:
                reversed_.append(record.reverses)
        clients = whose.find(row.record.whose for row in rows if row.record.whose is not None)
        known = self.papers.of([*of_document, *reversed_])
        self.papers.read_lines({key: (known[key], len(those)) for key, those in of_document.items()})
        if self.pays:
            self.papers.read_payments(known[key] for key in of_document)
        for key, those in of_document.items():
            paper = known[key]
            paper.rows = those
            self._judge(paper, clients, known)
        self.in_hand = {key: known[key] for key in of_document}
        if isinstance(self.lines_of_business, GrowingList):
            self.missing["line_of_business"] = self.lines_of_business.counts
        self.papers.remember(self.in_hand.values())

    def _judge(self, paper: Paper, clients: whose.Found, known: dict[Key, Paper]) -> None:
        rows = paper.rows
        said: dict[str, Any] = dict(paper.header) if paper.rows_read else {}
        for row in rows:
            self._judge_header(row, paper, said, clients, known)
        self._judge_new(rows[0], paper, said)
        before = paper.header | paper.figures
        if not any(row.outcome is Outcome.REFUSED for row in rows):
            self._take_header(paper, said)
            self._take_lines(paper)
            self._take_payment(paper)
            self._hold_against_rules(paper, before)
        if paper.refused or any(row.outcome is Outcome.REFUSED for row in rows):
            self._refuse_all(paper, before)
        paper.rows_read += len(rows)

    def _judge_header(self, row: RowInHand, paper: Paper, said: dict[str, Any], clients: whose.Found, known: dict[Key, Paper]) -> None:
        record: SaleRow = row.record
        if record.whose is not None or not (paper.exists or "client_id" in said or self.keeps_clientless):
            client = self.client(row, record.whose, clients)
            if client is not None:
                record.header["client_id"] = client
        if record.reverses is not None:
            taken_back = known[record.reverses]
            if record.reverses == paper.key:
                row.refuse(RowError("reverses", "itself", _ITSELF))
            elif not (taken_back.exists or (taken_back.rows_read and not taken_back.refused)):
                row.refuse(RowError("reverses", "unknown", _NOT_THERE, record.reverses.number))
            else:
                record.header["reverses_id"] = taken_back.id or record.reverses
        if isinstance(self.lines_of_business, GrowingList) and (entry := record.header.get("line_of_business_id")) is not None:
            record.header["line_of_business_id"] = self.lines_of_business.real_if_made(entry)
        for name, value in record.header.items():
            earlier = said.get(name)
            if earlier is None:
                said[name] = value
            elif name in _SAID_ONCE and earlier != value:
                field = record.whose.field if name == "client_id" and record.whose is not None else _SAID_ONCE[name]
                row.refuse(RowError(field, "differs", _DIFFERS))

    def _judge_new(self, row: RowInHand, paper: Paper, said: dict[str, Any]) -> None:
        """What a new document must have, and what it has where the file says nothing."""
        if paper.exists:
            return
        if "day" not in said and "day" not in row.data:
            row.refuse(RowError("day", "required", _NO_DAY))
        standard: dict[str, Any] = {
            "client_id": None, "day": None, "line_of_business_id": self.line_of_business, "currency": self.currency, "rate": 1,
            "due_on": None, "reverses_id": None, "note": "",
        }  # fmt: skip
        paper.header = standard | said

    def _take_header(self, paper: Paper, said: dict[str, Any]) -> None:
        if paper.exists and any(paper.header[name] != value for name, value in said.items()):
            self._will_change(paper)
            paper.header |= said
            for row in paper.rows:
                row.outcome = Outcome.CHANGED
        elif paper.exists:
            for row in paper.rows:
                row.outcome = Outcome.UNCHANGED

    def _take_lines(self, paper: Paper) -> None:
        rows = paper.rows
        if not (self.of_lines or paper.line_count or paper.rows_read + len(rows) > 1):
            self._take_whole(paper, rows[0])
            return
        if paper.rows_read and not paper.line_count and paper.exists:
            # it came as one row, which turns out to have been its first line
            self._add_line(paper, dict.fromkeys(LINE) | {"product": "", "quantity": 1} | paper.figures)
        for place, row in enumerate(rows):
            given: dict[str, Any] = row.record.line
            if place < len(paper.standing):
                line = paper.standing[place]
                changed = {name: value for name, value in given.items() if line.values[name] != value}
                paper.last_position = line.position
                if changed:
                    row.outcome = Outcome.CHANGED
                    line.before = {name: line.values[name] for name in changed}
                    line.values |= changed
                    paper.lines.append(line)
                    for name in FIGURES:
                        if name in changed:
                            self._will_change(paper)
                            paper.figures[name] += changed[name] - line.before[name]
            else:
                row.outcome = Outcome.NEW
                self._add_line(paper, {"product": "", "quantity": 1, "discount": ZERO, "direct_cost": ZERO} | given)

    def _add_line(self, paper: Paper, values: dict[str, Any]) -> None:
        if paper.exists:
            self._will_change(paper)
        if not paper.line_count:  # what a document has without lines is not beside them
            paper.figures = dict.fromkeys(FIGURES, ZERO)
        paper.last_position += 1
        paper.line_count += 1
        paper.lines.append(Line(values, paper.last_position))
        for name in FIGURES:
            paper.figures[name] += values[name]

    def _take_whole(self, paper: Paper, row: RowInHand) -> None:
        """A row that is a document without lines."""
        given = {name: value for name, value in row.record.line.items() if name in FIGURES}
        if not paper.exists:
            paper.figures |= given
        elif any(paper.figures[name] != value for name, value in given.items()):
            self._will_change(paper)
            paper.figures |= given
            row.outcome = Outcome.CHANGED

    def _take_payment(self, paper: Paper) -> None:
        """One payment of the whole amount, on the day that the file says; what somebody entered in parts is left alone."""
        day = next((row.record.paid_on for row in paper.rows if row.record.paid_on is not None), None)
        amount = paper.figures["amount"]
        if day is None or amount == 0 or len(paper.payments) > 1:
            return
        if not paper.payments:
            paper.payment = Paid(day, amount)
        elif not (there := paper.payments[0]).number and (there.day, there.amount) != (day, amount):
            paper.payment = Paid(day, amount, id=there.id, before={"day": there.day, "amount": there.amount})
        if paper.payment is not None:
            for row in paper.rows:
                if row.outcome is Outcome.UNCHANGED:
                    row.outcome = Outcome.CHANGED

    def _hold_against_rules(self, paper: Paper, before: dict[str, Any]) -> None:
        row = paper.rows[0]
        header = paper.header
        if header["reverses_id"] is not None and paper.figures["amount"] > 0:
            row.refuse(RowError("reverses", "positive", _TAKES_NOTHING))
        changes = paper.lines or any(before.get(name) != header[name] for name in ("day", "currency", "rate"))
        changes = changes or any(before[name] != paper.figures[name] for name in FIGURES)
        if (not paper.exists or changes) and self.is_closed(header["day"], before.get("day") if paper.exists else None):
            row.refuse(RowError("day", "closed", CLOSED, str(self.locked_before)))
        elif paper.payment is not None and self.is_closed(paper.payment.day, (paper.payment.before or {}).get("day")):
            row.refuse(RowError("paid_on", "closed", CLOSED, str(self.locked_before)))

    def _refuse_all(self, paper: Paper, before: dict[str, Any]) -> None:
        """None of its rows is written, and none that comes later."""
        apart = paper.own
        paper.refused = True
        paper.header = {name: before.get(name) for name in paper.header}
        paper.figures = {name: before[name] for name in FIGURES}
        paper.lines, paper.payment, paper.before = [], None, None
        for row in paper.rows:
            if row.outcome is not Outcome.REFUSED:
                row.refuse(RowError("", "together", _TOGETHER))
            if apart:
                row.errors.append(RowError("", "apart", _COME_APART))

    @staticmethod
    def _will_change(paper: Paper) -> None:
        if paper.before is None:
            paper.before = paper.header | paper.figures

    def write(self, rows: Sequence[RowInHand]) -> Iterable[Footprint]:
        papers = [paper for paper in self.in_hand.values() if not paper.refused and paper.writes]
        return writing.write(papers, self.in_hand, self.job, self.lines_of_business)
