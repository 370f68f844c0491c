"""The list of what each client earned in a period."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from clients.models import Client
from scoring.filters import ProfitFilters
from scoring.models import ProfitReport, ProfitRow
from scoring.periods import before, period_of
from scoring.tables import DEFAULT_COLUMNS, SORTS, ProfitTable
from ui.lists import ListPage, ShippedView


def visible(user: Any) -> models.QuerySet[ProfitRow]:
    """Rows of clients, to whoever may see profit at all."""
    rows = ProfitRow.objects.exclude(client=None)
    return rows if user.is_active and user.has_perm("sales.see_profit") else rows.none()


def with_what_is_shown(rows: models.QuerySet[ProfitRow]) -> models.QuerySet[ProfitRow]:
    """Each with its client, with what that one earned in the period before (`profit_before`), the `currency` of its money, and
    the `period` as an address names it. All are of one report."""
    # of any row: the first one by whatever order would have the whole report walked
    for period in rows.order_by().values_list("report__first", "report__end")[:1]:
        first, end = before(*period)
        break
    else:
        return rows
    past = ProfitRow.objects.filter(report__in=ProfitReport.objects.filter(first=first, end=end), client=OuterRef("client"))
    clients = Client.objects.only("full_name", "short_name", "external_id", "archived_at")
    known = {
        "profit_before": Subquery(past.values("profit")[:1]),
        "currency": Value(Company.current().currency),
        "period": Value(period_of(*period).key),
    }
    return rows.annotate(**known).prefetch_related(models.Prefetch("client", clients))


PROFIT = ListPage(
    key="profit",
    url_name="scoring:clients",
    title=_("What clients earn"),
    whole=_("All"),
    rows=visible,
    load=with_what_is_shown,
    table=ProfitTable,
    filters=ProfitFilters,
    sorts=SORTS,
    default_columns=DEFAULT_COLUMNS,
    shipped=[
        ShippedView("twelve-months", _("12 months"), "period=rolling", opens_for=lambda user: True),
        ShippedView("demons", _("Demons"), "period=rolling&verdict=demon&sort=profit"),
        ShippedView("angels", _("Angels"), "period=rolling&verdict=angel"),
        ShippedView("month", _("This month"), "period=month"),
    ],
    notices="scoring/list/older.html",
    nothing="scoring/list/nothing.html",
    share_permission="clients.share_view",
    export_permission="clients.export_client",
    nothing_yet=_("Nothing was sold in this period"),
    nothing_text=_("Choose another period, or enter sales and costs."),
)
