"""The lists of the ledger: sales and purchases, what is owed, costs, complaints."""

from __future__ import annotations

from typing import Any

from django.db import models
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

SHARE, EXPORT = "clients.share_view", "clients.export_client"


def _documents(user: Any) -> models.QuerySet[Document]:
    return Document.objects.visible_to(user)


SALES = ListPage(
    key="sales",
    url_name="sales:list",
    title=_("Sales"),
    whole=_("All sales"),
    rows=_documents,
    table=DocumentTable,
    more_columns=profit_columns,
    filters=DocumentFilters,
    sorts=DOCUMENT_SORTS,
    default_columns=DOCUMENT_COLUMNS,
    search=find_documents,
    search_hint=_("Number or client"),
    share_permission=SHARE,
    export_permission=EXPORT,
    template="sales/list/sales.html",
    nothing_yet=_("Nothing has been sold yet"),
    nothing_text=_("Enter the first sale by hand, or bring them all from a file."),
    nothing_actions="sales/list/first_steps.html",
)

OPEN = ListPage(
    key="open-invoices",
    url_name="sales:open",
    title=_("Open invoices"),
    whole=_("All open"),
    rows=lambda user: Document.objects.visible_to(user).open(),
    table=DocumentTable,
    more_columns=profit_columns,
    filters=OpenFilters,
    sorts=OPEN_SORTS,
    default_columns=OPEN_COLUMNS,
    search=find_documents,
    search_hint=_("Number or client"),
    share_permission=SHARE,
    export_permission=EXPORT,
    template="sales/list/open.html",
    nothing_yet=_("Nobody owes anything"),
    nothing_text=_("Documents with a day on which they are due stand here until they are paid."),
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
    share_permission=SHARE,
    export_permission=EXPORT,
    template="sales/list/costs.html",
    nothing_yet=_("No costs have been entered yet"),
    nothing_text=_("What is spent on one client: delivery, visits, service. It shows who earns money and who costs it."),
    nothing_actions="sales/list/first_cost.html",
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
    share_permission=SHARE,
    export_permission=EXPORT,
    template="sales/list/complaints.html",
    nothing_yet=_("Nobody has complained yet"),
    nothing_text=_("Log what a client complains of: whose fault it was, what it cost, how it was resolved."),
    nothing_actions="sales/list/first_complaint.html",
)
