"""Payments, as a kind of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.imports.kinds import Job, RowError, RowInHand, Session, Touched
from sales.imports import flat, whose
from sales.imports.base import LedgerKind, kind_setting
from sales.imports.fields import named
from sales.imports.flat import NO_AMOUNT, FlatRow, FlatSession, Identity, Named, Standing
from sales.models import DocumentKind, Payment

if TYPE_CHECKING:
    from accounts.models import User

_NO_SALE = _("Give the number of the document that was paid.")
_NOTHING = _("A payment of nothing is none; leave the row out.")


class PaymentsKind(LedgerKind):
    """Rows of payments for documents that are in the ledger."""

    name = "payments"
    label = _("Payments")
    position = 20
    row_label = _("Payment")
    known_by = _(
        "A payment is known by its own number; without one, by document, day and amount, and how many of these there are."
        " The file imported again changes nothing."
    )
    with_client = with_currency = clientless = False

    def own_settings(self) -> dict[str, forms.Field]:
        return {"kind": kind_setting()}

    def session(self, job: Job) -> Session:
        return PaymentRows(job)

    def touched(self, run_id: int) -> list[Touched]:
        return flat.touched(Payment, run_id)

    def undo(self, run_id: int, user: User, now: datetime) -> int:
        return flat.undo(Payment, run_id, now)


class PaymentRows(FlatSession):
    """Reads, judges and writes rows of payments."""

    model = Payment
    standard = {"document_id": None, "day": None, "amount": None, "number": ""}
    versioned = False

    def read(self, row: RowInHand) -> None:
        row.record = record = FlatRow(kind=self.kind)
        if "kind" in row.data:
            record.kind = self.cell(row, "kind", lambda given: named("kind", given, dict(DocumentKind.choices))) or self.kind
        record.document = self.cell(row, "document", lambda given: validation.text(given, limit=64)) or ""
        if not record.document and "document" not in row.data:
            row.refuse(RowError("document", "required", _NO_SALE))
        self.read_day(row, record)
        if (amount := self.cell(row, "amount", self.money)) is not None:
            record.values["amount"] = amount
            if amount == 0:
                row.refuse(RowError("amount", "nothing", _NOTHING))
        elif "amount" not in row.data:
            row.refuse(RowError("amount", "required", NO_AMOUNT))
        if number := self.cell(row, "number", lambda given: validation.text(given, limit=64)):
            record.values["number"] = number

    def complete(self, row: RowInHand, document: Named | None, clients: whose.Found) -> None:
        if document is not None:
            row.record.values["document_id"] = document.id

    def identity(self, values: Mapping[str, Any]) -> Identity:
        if values["number"]:
            return (values["document_id"], values["number"])
        return (values["document_id"], "", values["day"], values["amount"])

    def standing(self, rows: Sequence[FlatRow]) -> Iterable[Standing]:
        names = list(self.standard)
        documents = {record.values["document_id"] for record in rows}
        there = Payment.objects.filter(document__in=documents, pk__lte=self.first).order_by("pk")
        for id_, *values in there.values_list("id", *names):
            yield Standing(id_, 1, dict(zip(names, values, strict=True)))
