"""The lists of the ledger: sales and purchases, what is owed, costs, complaints."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from sales.filters import ComplaintFilters, CostFilters, DocumentFilters, OpenFilters
from sales.models import Complaint, Cost, Document
from sales.search import find_documents
from sales.tables import (
    COMPLAINT_COLUMNS,
    COMPLAINT_SORTS,
    COST_COLUMNS,
    COST_SORTS,
    DOCUMENT_COLUMNS,
    DOCUMENT_SORTS,
    OPEN_COLUMNS,
    OPEN_SORTS,
    ComplaintTable,
    CostTable,
    DocumentTable,
    complaint_columns,
    profit_columns,
)
from ui.lists import ListPage

_OF_ALL: dict[str, Any] = {"share_permission": "clients.share_view", "export_permission": "clients.export_client"}
_OF_DOCUMENTS = _OF_ALL | {
    "table": DocumentTable,
    "more_columns": profit_columns,
    "search": find_documents,
    "search_hint": _("Number or client"),
}

SALES = ListPage(
    key="sales",
    url_name="sales:list",
    title=_("Sales"),
    whole=_("All sales"),
    rows=Document.objects.visible_to,
    filters=DocumentFilters,
    sorts=DOCUMENT_SORTS,
    default_columns=DOCUMENT_COLUMNS,
    template="sales/list/sales.html",
    nothing_yet=_("Nothing has been sold yet"),
    nothing_text=_("Enter the first sale by hand, or bring them all from a file."),
    nothing_actions="sales/list/first_steps.html",
    **_OF_DOCUMENTS,
)

OPEN = ListPage(
    key="open-invoices",
    url_name="sales:open",
    title=_("Open invoices"),
    whole=_("All open"),
    rows=lambda user: Document.objects.visible_to(user).open(),
    filters=OpenFilters,
    sorts=OPEN_SORTS,
    default_columns=OPEN_COLUMNS,
    template="sales/list/open.html",
    nothing_yet=_("Nobody owes anything"),
    nothing_text=_("Documents with a day on which they are due stand here until they are paid."),
    **_OF_DOCUMENTS,
)

COSTS = ListPage(
    key="costs",
    url_name="sales:costs",
    title=_("Costs"),
    whole=_("All costs"),
    rows=Cost.objects.visible_to,
    table=CostTable,
    filters=CostFilters,
    sorts=COST_SORTS,
    default_columns=COST_COLUMNS,
    template="sales/list/costs.html",
    nothing_yet=_("No costs have been entered yet"),
    nothing_text=_("What is spent on one client: delivery, visits, service. It shows who earns money and who costs it."),
    nothing_actions="sales/list/first_cost.html",
    **_OF_ALL,
)

COMPLAINTS = ListPage(
    key="complaints",
    url_name="sales:complaints",
    title=_("Complaints"),
    whole=_("All complaints"),
    rows=Complaint.objects.visible_to,
    table=ComplaintTable,
    more_columns=complaint_columns,
    filters=ComplaintFilters,
    sorts=COMPLAINT_SORTS,
    default_columns=COMPLAINT_COLUMNS,
    template="sales/list/complaints.html",
    nothing_yet=_("Nobody has complained yet"),
    nothing_text=_("Log what a client complains of: whose fault it was, what it cost, how it was resolved."),
    nothing_actions="sales/list/first_complaint.html",
    **_OF_ALL,
)
