"""Own costs of clients, as a kind of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.imports.kinds import Job, RowError, RowInHand, Session, Touched
from clients.imports.mapping import folded
from clients.services.rules import Rules
from clients.validation import BadValue
from sales.imports import cells, flat, whose
from sales.imports.base import LedgerKind, choice
from sales.imports.fields import named
from sales.imports.flat import NO_AMOUNT, FlatRow, FlatSession, Identity, Named, Standing, named_client_only, on_days
from sales.models import Cost, CostCategory, DocumentKind

if TYPE_CHECKING:
    from accounts.models import User

_NO_CATEGORY = _("Say what it was spent on: one of the cost categories.")


class CostsKind(LedgerKind):
    """Rows of costs."""

    name = "costs"
    label = _("Costs")
    position = 30
    row_label = _("Cost")
    known_by = _(
        "A cost is known by its own number; without one, by all that its row says, and how many of these there are."
        " The file imported again changes nothing."
    )

    def own_settings(self) -> dict[str, forms.Field]:
        offered = CostCategory.objects.filter(retired=False)
        return {"category": choice(_("Category"), [("", _("not set")), *((one.pk, str(one)) for one in offered)])}

    def session(self, job: Job) -> Session:
        return CostRows(job)

    def touched(self, run_id: int) -> list[Touched]:
        return flat.touched(Cost, run_id)

    def undo(self, run_id: int, user: User, now: datetime) -> int:
        return flat.undo(Cost, run_id, now)


class CostRows(FlatSession):
    """Reads, judges and writes rows of costs."""

    model = Cost
    ahead = True
    standard: Mapping[str, Any] = {
        "client_id": None, "category_id": None, "day": None, "currency": "", "rate": 1, "amount": None, "hours": None, "number": "",
        "document_id": None, "source_id": None, "note": "",
    }  # fmt: skip

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.standard = dict(self.standard) | {"currency": self.currency}  # of new rows: one that stands keeps its own
        self.sources = Rules.load(job.now).sources
        offered = list(CostCategory.objects.filter(retired=False))
        self.by_key = {one.key: one for one in offered if one.key}
        self.by_name = {folded(str(one)): one.pk for one in offered}
        self.category = int(job.defaults["category"]) if job.defaults.get("category") else None

    def read(self, row: RowInHand) -> None:
        row.record = record = FlatRow(kind=DocumentKind.SALE.value)
        values = record.values
        record.whose = self.named_client(row)
        record.document = self.cell(row, "document", lambda given: validation.text(given, limit=64)) or ""
        self.read_day(row, record)
        category = self.cell(row, "category", self._category)
        if category is not None or "category" not in row.data:
            values["category_id"] = category or self.category
            if values["category_id"] is None:
                row.refuse(RowError("category", "required", _NO_CATEGORY))
        if (amount := self.cell(row, "amount", self.money)) is not None:
            values["amount"] = amount
        elif "amount" not in row.data:
            row.refuse(RowError("amount", "required", NO_AMOUNT))
        values |= self.in_currency(row)
        if (hours := self.cell(row, "hours", lambda given: cells.hours(given, self.sign))) is not None:
            values["hours"] = hours
        if number := self.cell(row, "number", lambda given: validation.text(given, limit=64)):
            values["number"] = number
        if (source := self.cell(row, "source", self.sources.resolve)) is not None:
            values["source_id"] = source
        if note := self.cell(row, "note", lambda given: validation.text(given, limit=300)):
            values["note"] = note

    def _category(self, given: str) -> int:
        if (found := self.by_name.get(folded(given))) is not None:
            return found
        try:
            key = named("category", given, {key: str(one) for key, one in self.by_key.items()})
        except BadValue:
            offered = ", ".join(str(one) for one in self.by_key.values())
            raise BadValue("choice", _("There is no such cost category. There are: %(offered)s.") % {"offered": offered}) from None
        return int(self.by_key[key].pk)

    def complete(self, row: RowInHand, document: Named | None, clients: whose.Found) -> None:
        record: FlatRow = row.record
        values = record.values
        if document is not None:
            values["document_id"] = document.id
        if record.whose is None and document is not None and document.client_id is not None:
            values["client_id"] = document.client_id
        elif record.whose is not None or "source_id" not in values:  # a campaign is nobody's
            client = self.client(row, record.whose, clients)
            if client is not None:
                values["client_id"] = client
        named_client_only(row, document, values.get("client_id"))

    def identity(self, values: Mapping[str, Any]) -> Identity:
        if values["number"]:
            return (values["number"],)
        return tuple(f"{value:f}" if name in ("rate", "amount", "hours") and value is not None else value for name, value in _even(values))

    def standing(self, rows: Sequence[FlatRow]) -> Iterable[Standing]:
        names = list(self.standard)
        numbered = [number for record in rows if (number := record.values.get("number"))]
        there = Cost.objects.filter(number__in=numbered, pk__lte=self.first).exclude(number="").order_by("pk")
        for id_, version, *values in there.values_list("id", "version", *names):
            yield Standing(id_, version, dict(zip(names, values, strict=True)))
        alone = [record for record in rows if not record.values.get("number")]
        for id_, version, *values in on_days("sales_cost", ["id", "version", *names], alone, self.first):
            found = dict(zip(names, values, strict=True))
            if not found["number"]:
                yield Standing(id_, version, found)


def _even(values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """The values in one order, numbers with the digits that the table has."""
    for name in CostRows.standard:
        value = values[name]
        yield name, Decimal(value).quantize(cells.EIGHT_DIGITS) if name == "rate" else value
