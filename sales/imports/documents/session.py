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
from clients.models import Client
from clients.services.rules import Rules
from sales.imports import whose
from sales.imports.base import CLOSED, LedgerSession
from sales.imports.documents import reading, writing
from sales.imports.documents.papers import FIGURES, LINE, Key, Line, Paid, Paper, Papers
from sales.imports.documents.reading import SaleRow
from sales.models import Document, Payment
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
_TAKES_BACK_ITSELF = _("This takes something back itself; only what was sold or bought can be taken back.")
_NOT_ITS_OWN = _("Choose a document of this client, in the same currency.")
_TOO_MUCH = _("More would be taken back than is left of it.")
_LESS = _("More of it has been taken back; it can't be less.")
_REVERSED = _("Something takes this back; remove that first.")
_PAID = _("Payments or returns of it are in the currency as it was; remove them first.")
_DUE_BEFORE = _("It is due before it was invoiced; mend one of the dates.")
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
        self.taken_back: dict[int | Key, Paper] = {}
        """What they may take back, by id and by number."""
        self.line_of_client: dict[int, int | None] = {}

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
        self.taken_back = self.papers.taken_back([known[key] for key in of_document], known)
        self.line_of_client = self._lines_of_clients(clients)
        for key, those in of_document.items():
            paper = known[key]
            paper.rows = those
            self._judge(paper, clients, known)
        self.in_hand = {key: known[key] for key in of_document}
        if isinstance(self.lines_of_business, GrowingList):
            self.missing["line_of_business"] = self.lines_of_business.counts
        # a trial writes nothing: what it takes back has to be kept of documents beside those in hand too
        others = [] if self.job.writes else [one for one in self.taken_back.values() if one.taken and one.key.number]
        self.papers.remember({paper.key: paper for paper in [*self.in_hand.values(), *others]}.values())

    @staticmethod
    def _lines_of_clients(clients: whose.Found) -> dict[int, int | None]:
        ids = {found for found in clients.values() if isinstance(found, int)}
        return dict(Client.objects.filter(pk__in=ids).values_list("pk", "line_of_business"))

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
            self._hold_against_returns(paper, before)
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
        if paper.header["line_of_business_id"] is None:  # as where it is entered by hand
            paper.header["line_of_business_id"] = self.line_of_client.get(paper.header["client_id"])

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
        if paper.exists and before.get("rate") != header["rate"]:
            self.hold_rate(row, header)
        dated = not paper.exists or any(before.get(name) != header[name] for name in ("day", "due_on"))
        if dated and header["due_on"] is not None and header["due_on"] < header["day"]:
            row.refuse(RowError("due_on", "order", _DUE_BEFORE))

    def _hold_against_returns(self, paper: Paper, before: dict[str, Any]) -> None:
        """What a return takes back, and that all returns together take back no more than there was (the rules of
        `sales.services.documents.reversal_errors`)."""
        row = paper.rows[0]
        if paper.refused or row.errors:
            return
        header, amount = paper.header, paper.figures["amount"]
        moved = {name for name in ("client_id", "currency", "reverses_id") if before.get(name) != header[name]} if paper.exists else set()
        if paper.exists and (moved or amount != before["amount"]):
            for error in self._bound(paper, moved):
                row.refuse(error)
        if header["reverses_id"] is None or row.errors:
            return
        whole = self.taken_back[header["reverses_id"]]
        more = amount - (before["amount"] if paper.exists and "reverses_id" not in moved else ZERO)
        if not (moved or more or not paper.exists):
            return
        if whole.header["reverses_id"] is not None or whole.figures["amount"] <= 0:
            row.refuse(RowError("reverses", "choice", _TAKES_BACK_ITSELF, whole.key.number))
        elif any(whole.header[name] != header[name] for name in ("client_id", "currency")):
            row.refuse(RowError("reverses", "choice", _NOT_ITS_OWN, whole.key.number))
        elif whole.figures["amount"] + whole.credited + more < 0:
            row.refuse(RowError("amount", "too_much", _TOO_MUCH, str(whole.figures["amount"] + whole.credited)))
        else:
            whole.credited += more
            whole.taken += more

    @staticmethod
    def _bound(paper: Paper, moved: set[str]) -> list[RowError]:
        """What can't change any more of a document of which something was paid or taken back."""
        there = bool(moved) and paper.id is not None  # most change their amount alone, and need not be asked about
        taken_back = bool(paper.credited) or (there and Document.objects.filter(reverses=paper.id).exists())
        if "currency" in moved and (taken_back or (there and Payment.objects.filter(document=paper.id).exists())):
            return [RowError("currency", "paid", _PAID)]
        if not taken_back:
            return []
        if "client_id" in moved or ("reverses_id" in moved and paper.header["reverses_id"] is not None):
            return [RowError("reverses" if "reverses_id" in moved else "client_name", "reversed", _REVERSED)]
        if paper.figures["amount"] + paper.credited < 0:
            return [RowError("amount", "reversed", _LESS, str(-paper.credited))]
        return []

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
