"""The columns of the lists of the ledger, on the page and in an export.

Amounts stand in the currency of their document. What it cost and what it left are columns only for whoever may see
numbers of profit, and cells only in the rows of which one may.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import BooleanField, Case, DateField, Value, When
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sales.models import Complaint, Cost, Document
from sales.models.documents import DocumentKind
from sales.periods import company_today
from sales.querysets import may_see_profit, sees_own_profit, with_visible_profit
from ui import formats
from ui.lists import Column, ListState, Sort, Table

DOCUMENT_SORTS = [
    Sort("day", _("date"), ("day", "pk"), index="document_by_day", newest_first=True),
    Sort("amount", _("amount"), ("home_amount", "pk"), index="document_by_amount", newest_first=True),
]
OPEN_SORTS = [
    Sort("due", _("due"), ("due_on", "pk"), index="document_open_by_due"),
    Sort("open", _("amount owed"), ("home_open", "pk"), index="document_open_by_amount", newest_first=True),
]
COST_SORTS = [
    Sort("day", _("date"), ("day", "pk"), index="cost_by_day", newest_first=True),
    Sort("amount", _("amount"), ("home_amount", "pk"), index="cost_by_amount", newest_first=True),
]
COMPLAINT_SORTS = [Sort("day", _("date"), ("day", "pk"), index="complaint_by_day", newest_first=True)]

DOCUMENT_COLUMNS = ["number", "client", "day", "line_of_business", "amount", "open"]
OPEN_COLUMNS = ["number", "client", "due", "amount", "open", "manager"]
COST_COLUMNS = ["client", "category", "day", "amount", "note"]
COMPLAINT_COLUMNS = ["client", "day", "severity", "what", "state"]


def with_profit_shown(user: Any) -> Callable[[models.QuerySet[Any]], models.QuerySet[Any]]:
    """Return what marks rows with `shows_profit`: whether `user` sees what they cost and earn."""
    if may_see_profit(user):
        return lambda rows: rows.annotate(shows_profit=Value(True))
    seen = Case(When(with_visible_profit(user), then=Value(True)), default=Value(False), output_field=BooleanField())
    return lambda rows: rows.annotate(shows_profit=seen)


def _related(*names: str) -> Any:
    return lambda rows: rows.select_related(*names)


def _with_today(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Let each row know what day it is where the company is, by which it is late."""
    known: models.QuerySet[Any] = rows.annotate(today=Value(company_today(), output_field=DateField()))
    return known


def _in_currency(value: Decimal, currency: str) -> str:
    return formats.money(value, currency, 2)


def _day(name: str) -> Callable[[Any], str]:
    def draw(record: Any) -> str:
        day = getattr(record, name)
        return formats.day(day) if day else ""

    return draw


def _amount(document: Document) -> str:
    return _in_currency(document.amount, document.currency)


class DocumentTable(Table):
    number = Column(
        _("Number"),
        cell="sales/list/number_cell.html",
        css="doc",
        fixed=True,
        exports=[(_("Number"), lambda one: one.number), (_("Kind"), lambda one: one.get_kind_display())],
    )
    client = Column(
        _("Client"),
        cell="sales/list/client_cell.html",
        css="name",
        load=_related("client"),
        exports=[
            (_("Client"), lambda one: one.client and one.client.full_name),
            (_("Own id of the client"), lambda one: one.client and one.client.external_id),
        ],
    )
    day = Column(_("Date"), css="when", sort="day", draw=_day("day"), alike=lambda one: one.day)
    line_of_business = Column(_("Line of business"), css="fact cut desk", load=_related("line_of_business"))
    amount = Column(
        _("Amount"),
        css="n sum",
        sort="amount",
        draw=_amount,
        exports=[
            (_("Amount"), lambda one: one.amount),
            (_("Currency"), lambda one: one.currency),
            (_("Rate"), lambda one: one.rate),
            (_("Amount, in the company’s currency"), lambda one: one.home_amount),
        ],
    )
    discount = Column(_("Discount"), css="n fact", draw=lambda one: _in_currency(one.discount, one.currency) if one.discount else "")
    currency = Column(_("Currency"), css="fact")
    due = Column(
        _("Due"),
        accessor="due_on",
        cell="sales/list/due_cell.html",
        css="due",
        sort="due",
        load=_with_today,
        alike=lambda one: (one.due_on, bool(one.owed)),
    )
    open = Column(
        _("Open"),
        accessor="owed",
        cell="sales/list/open_cell.html",
        css="n open",
        sort="open",
        load=_with_today,
        exports=[(_("Open"), lambda one: one.owed), (_("Open, in the company’s currency"), lambda one: one.home_open)],
    )
    paid = Column(_("Paid"), css="n fact", draw=lambda one: _in_currency(one.paid, one.currency) if one.paid else "")
    settled = Column(_("Settled"), accessor="settled_on", css="fact", draw=_day("settled_on"))
    lines = Column(
        _("Lines"), accessor="line_count", css="n fact", draw=lambda one: formats.number(one.line_count) if one.line_count else ""
    )
    manager = Column(_("Manager"), accessor="client__manager", css="fact cut desk", load=_related("client__manager"))
    entered = Column(
        _("Entered"),
        accessor="created_at",
        css="fact",
        load=_related("created_by"),
        draw=lambda one: formats.day(one.created_at),
        exports=[(_("Entered"), lambda one: one.created_at), (_("Entered by"), lambda one: one.created_by)],
    )
    note = Column(_("Note"), css="fact cut")

    class Meta(Table.Meta):
        model = Document
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record)


def profit_columns(state: ListState) -> dict[str, Column]:
    """Return the columns of cost and margin for whoever sees them of some rows at least; nobody else may choose them."""
    if not sees_own_profit(state.user):
        return {}
    load = with_profit_shown(state.user)

    def shown(value: Callable[[Document], Decimal]) -> Callable[[Document], Decimal | None]:
        return lambda one: value(one) if getattr(one, "shows_profit", False) else None

    def drawn(value: Callable[[Document], Decimal]) -> Callable[[Document], str]:
        return lambda one: _in_currency(value(one), one.currency) if getattr(one, "shows_profit", False) else ""

    def cost(one: Document) -> Decimal:
        return Decimal(one.direct_cost)

    def margin(one: Document) -> Decimal:
        return Decimal(one.amount - one.direct_cost)

    return {
        "direct_cost": Column(_("Direct cost"), css="n fact", load=load, draw=drawn(cost), exports=[(_("Direct cost"), shown(cost))]),
        "margin": Column(_("Margin"), css="n fact", load=load, draw=drawn(margin), exports=[(_("Margin"), shown(margin))]),
    }


class CostTable(Table):
    client = Column(
        _("Client"),
        cell="sales/list/cost_client_cell.html",
        css="name",
        fixed=True,
        load=_related("client", "source"),
        exports=[
            (_("Client"), lambda one: one.client and one.client.full_name),
            (_("Own id of the client"), lambda one: one.client and one.client.external_id),
            (_("Campaign of the source"), lambda one: one.source),
        ],
    )
    category = Column(_("Category"), css="fact cut", load=_related("category"), alike=lambda one: one.category_id)
    day = Column(_("Date"), css="when", sort="day", draw=_day("day"), alike=lambda one: one.day)
    amount = Column(
        _("Amount"),
        cell="sales/list/cost_amount_cell.html",
        css="n sum",
        sort="amount",
        exports=[
            (_("Amount"), lambda one: one.amount),
            (_("Currency"), lambda one: one.currency),
            (_("Amount, in the company’s currency"), lambda one: one.home_amount),
        ],
    )
    hours = Column(_("Hours"), css="n fact", draw=lambda one: formats.number(one.hours, 2) if one.hours else "")
    document = Column(_("For the sale"), cell="sales/list/for_document_cell.html", css="fact cut", load=_related("document"))
    number = Column(_("Number"), css="fact cut")
    note = Column(_("Note"), css="fact cut spare")
    entered = Column(
        _("Entered"), accessor="created_at", css="fact", load=_related("created_by"), draw=lambda one: formats.day(one.created_at)
    )

    class Meta(Table.Meta):
        model = Cost
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record.client or record.category)


class ComplaintTable(Table):
    client = Column(
        _("Client"),
        cell="sales/list/complaint_client_cell.html",
        css="name",
        fixed=True,
        load=_related("client"),
        exports=[(_("Client"), lambda one: one.client.full_name), (_("Own id of the client"), lambda one: one.client.external_id)],
    )
    day = Column(_("Date"), css="when", sort="day", draw=_day("day"), alike=lambda one: one.day)
    severity = Column(
        _("Severity"),
        cell="sales/list/severity_cell.html",
        css="signs",
        alike=lambda one: one.severity,
        exports=[(_("Severity"), lambda one: one.get_severity_display())],
    )
    fault = Column(
        _("Whose fault"),
        css="fact",
        draw=lambda one: one.get_fault_display(),
        exports=[(_("Whose fault"), lambda one: one.get_fault_display())],
    )
    what = Column(_("What happened"), css="fact cut what")
    document = Column(_("About the sale"), cell="sales/list/for_document_cell.html", css="fact cut", load=_related("document"))
    state = Column(
        _("Resolved"), accessor="resolved_on", cell="sales/list/resolved_cell.html", css="state", alike=lambda one: one.resolved_on
    )
    resolution = Column(_("How it was resolved"), css="fact cut spare")
    manager = Column(_("Manager"), accessor="client__manager", css="fact cut desk", load=_related("client__manager"))

    class Meta(Table.Meta):
        model = Complaint
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record.client)


def complaint_columns(state: ListState) -> dict[str, Column]:
    """Return the column of what complaints cost, for whoever sees that of some rows at least."""
    if not sees_own_profit(state.user):
        return {}

    def cost(one: Complaint) -> Decimal | None:
        return one.cost if getattr(one, "shows_profit", False) else None

    drawn = "sales/list/complaint_cost_cell.html"
    return {"cost": Column(_("Cost"), css="n fact", cell=drawn, load=with_profit_shown(state.user), exports=[(_("Cost"), cost)])}


def kind_in_words(document: Document) -> str:
    """Return what a document is: a sale, a purchase, a credit note …"""
    if document.amount < 0:
        return str(_("Credit note") if document.kind == DocumentKind.SALE else _("Credit note of a supplier"))
    return str(capfirst(document.get_kind_display()))
