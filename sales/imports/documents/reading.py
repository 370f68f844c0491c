"""A row of sales or purchases as its cells say it; no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.imports.kinds import RowError, RowInHand
from clients.services.rules import ReferenceList
from clients.validation import BadValue
from sales.imports import cells
from sales.imports.base import LedgerSession
from sales.imports.documents.papers import Key
from sales.imports.fields import named
from sales.imports.whose import Whose
from sales.models import DocumentKind
from sales.values import to_the_cent

_NO_NUMBER = _("Give the number of the document: by it the row is known when it comes again.")
_NO_AMOUNT = _("Give the amount; or the quantity and the price of one unit.")


@dataclass(slots=True)
class SaleRow:
    """A row in hand."""

    key: Key | None = None
    whose: Whose | None = None
    header: dict[str, Any] = field(default_factory=dict)
    """What the row says of its document, by attribute; the client comes later."""
    line: dict[str, Any] = field(default_factory=dict)
    paid_on: Any = None
    reverses: Key | None = None


def read(session: LedgerSession, row: RowInHand, lines_of_business: ReferenceList) -> SaleRow:
    """Read the cells of `row`, refusing it where they can't be."""
    data = row.data
    record = SaleRow()
    kind = session.kind
    if "kind" in data:
        kind = session.cell(row, "kind", lambda given: named("kind", given, dict(DocumentKind.choices))) or kind
    number = session.cell(row, "number", lambda given: validation.text(given, limit=64))
    if number:
        record.key = Key(kind, number)
    elif "number" not in data:
        row.refuse(RowError("number", "required", _NO_NUMBER))
    record.whose = session.named_client(row)
    header = record.header
    if (day := session.day_in(row, "day", ahead=True)) is not None:
        header["day"] = day
    if (due_on := session.cell(row, "due_on", session.day)) is not None:
        header["due_on"] = due_on
    if "line_of_business" in data and (entry := session.entry(row, "line_of_business", lines_of_business)) is not None:
        header["line_of_business_id"] = entry
    if "note" in data and (note := session.cell(row, "note", lambda given: validation.text(given, limit=300))):
        header["note"] = note
    header |= session.in_currency(row)
    if "paid_on" in data:
        record.paid_on = session.day_in(row, "paid_on")
    if "reverses" in data and (reversed_ := session.cell(row, "reverses", lambda given: validation.text(given, limit=64))):
        record.reverses = Key(kind, reversed_)
    _read_line(session, row, record.line)
    return record


def _read_line(session: LedgerSession, row: RowInHand, line: dict[str, Any]) -> None:
    data = row.data
    if "product" in data:
        # a description longer than its place is cut: it says what was sold, nothing is found by it
        line["product"] = validation.plain(data["product"])[:200]
    quantity = session.cell(row, "quantity", lambda given: cells.quantity(given, session.sign))
    if quantity is not None:
        line["quantity"] = quantity
    for name in ("amount", "discount", "direct_cost"):
        if name in data and (money := session.cell(row, name, session.money)) is not None:
            line[name] = money
    price = session.cell(row, "unit_price", session.number)
    if "amount" not in data:
        if price is None:
            if "unit_price" not in data:
                row.refuse(RowError("amount", "required", _NO_AMOUNT))
        elif (gross := _times(row, "unit_price", quantity, price)) is not None:
            line["amount"] = gross - line.get("discount", Decimal(0))
    if "direct_cost" not in data and (cost := session.cell(row, "unit_cost", session.number)) is not None:
        direct = _times(row, "unit_cost", quantity, cost)
        if direct is not None:
            line["direct_cost"] = direct


def _times(row: RowInHand, field: str, quantity: Decimal | None, each: Decimal) -> Decimal | None:
    """The quantity (1 where there is none) at `each`, to the cent."""
    try:
        return to_the_cent(each if quantity is None else each * quantity)
    except BadValue as bad:
        row.refuse(RowError(field, bad.code, bad.message))
        return None
