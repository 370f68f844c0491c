"""Complaints of clients, as a kind of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.imports.kinds import Job, RowError, RowInHand, Session, Touched
from sales.imports import flat, whose
from sales.imports.base import LedgerKind
from sales.imports.fields import named
from sales.imports.flat import FlatRow, FlatSession, Identity, Named, Standing, named_client_only, on_days
from sales.models import Complaint, DocumentKind, Fault, Severity

if TYPE_CHECKING:
    from accounts.models import User

_BEFORE = _("It was resolved before it was made; mend one of the dates.")
_NEGATIVE = _("What a complaint cost is zero or more.")


class ComplaintsKind(LedgerKind):
    """Rows of complaints."""

    name = "complaints"
    label = _("Complaints")
    position = 40
    row_label = _("Complaint")
    known_by = _(
        "A complaint is known by client, day and what happened. A row that says more of it (what it cost, how it was resolved)"
        " changes it; the file imported again changes nothing."
    )
    with_currency = clientless = False

    def session(self, job: Job) -> Session:
        return ComplaintRows(job)

    def touched(self, run_id: int) -> list[Touched]:
        return flat.touched(Complaint, run_id)

    def undo(self, run_id: int, user: User, now: datetime) -> int:
        return flat.undo(Complaint, run_id, now)


class ComplaintRows(FlatSession):
    """Reads, judges and writes rows of complaints."""

    model = Complaint
    standard = {
        "client_id": None, "day": None, "severity": Severity.SERIOUS.value, "fault": Fault.UNKNOWN.value, "what": "", "cost": Decimal(0),
        "document_id": None, "resolved_on": None, "resolution": "",
    }  # fmt: skip

    def read(self, row: RowInHand) -> None:
        row.record = record = FlatRow(kind=DocumentKind.SALE.value)
        values = record.values
        record.whose = self.named_client(row)
        record.document = self.cell(row, "document", lambda given: validation.text(given, limit=64)) or ""
        self.read_day(row, record)
        severities = {str(key): label for key, label in Severity.choices}
        if severity := self.cell(row, "severity", lambda given: named("severity", given, severities)):
            values["severity"] = int(severity)
        if fault := self.cell(row, "fault", lambda given: named("fault", given, dict(Fault.choices))):
            values["fault"] = fault
        for name in ("what", "resolution"):
            if text := self.cell(row, name, lambda given: validation.text(given, limit=20_000, lines=True)):
                values[name] = text
        if (cost := self.cell(row, "cost", self.money)) is not None:
            values["cost"] = cost
            if cost < 0:
                row.refuse(RowError("cost", "negative", _NEGATIVE))
        if (resolved := self.day_in(row, "resolved_on")) is not None:
            values["resolved_on"] = resolved
            if "day" in values and resolved < values["day"]:
                row.refuse(RowError("resolved_on", "order", _BEFORE))

    def complete(self, row: RowInHand, document: Named | None, clients: whose.Found) -> None:
        record: FlatRow = row.record
        if document is not None:
            record.values["document_id"] = document.id
        if record.whose is None and document is not None and document.client_id is not None:
            record.values["client_id"] = document.client_id
        elif (client := self.client(row, record.whose, clients)) is not None:
            record.values["client_id"] = client
        named_client_only(row, document, record.values.get("client_id"))

    def identity(self, values: Mapping[str, Any]) -> Identity:
        return (values["client_id"], values["day"], values["what"])

    def standing(self, rows: Sequence[FlatRow]) -> Iterable[Standing]:
        names = list(self.standard)
        for id_, version, *values in on_days("sales_complaint", ["id", "version", *names], rows, self.first):
            yield Standing(id_, version, dict(zip(names, values, strict=True)))
