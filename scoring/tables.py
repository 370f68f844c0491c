"""The columns of the list of what clients earn, on the page and in an export."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from scoring.models import ProfitRow
from ui import formats
from ui.lists import Column, Sort, Table

SORTS = [
    Sort("profit", _("profit"), ("profit", "client"), index="profit_row_once", newest_first=True),
    Sort("revenue", _("revenue"), ("revenue", "client"), index="profit_row_once", newest_first=True),
]
DEFAULT_COLUMNS = ["client", "verdict", "revenue", "direct_cost", "own_cost", "pool_cost", "profit", "margin", "before"]


def _money(row: Any, value: Decimal | None) -> str:
    return "" if value is None else formats.money(value, row.currency)


def _profit(row: Any) -> str:
    return format_html('<span class="{}">{}</span>', "down" if row.profit < 0 else "up", _money(row, row.profit))


def _amount(label: Any, name: str, **kwargs: Any) -> Column:
    return Column(label, accessor=name, css="n", draw=lambda row: _money(row, getattr(row, name)), **kwargs)


def _margin(row: Any) -> Decimal | None:
    return round(100 * row.profit / row.revenue, 1) if row.revenue > 0 else None


def _change(row: Any) -> Decimal | None:
    return None if row.profit_before is None else row.profit - row.profit_before


class ProfitTable(Table):
    client = Column(
        _("Client"),
        cell="scoring/list/client_cell.html",
        css="name",
        fixed=True,
        exports=[
            (_("Client"), lambda row: str(row.client)),
            (_("Own id"), lambda row: row.client.external_id),
            (_("Number"), lambda row: row.client_id),
        ],
    )
    verdict = Column(
        _("Verdict"),
        cell="scoring/list/verdict_cell.html",
        alike=lambda row: row.verdict,
        exports=[
            (_("Verdict"), lambda row: row.get_verdict_display()),
        ],
    )
    revenue = _amount(_("Revenue"), "revenue", sort="revenue")
    discount = _amount(_("Discounts"), "discount")
    direct_cost = _amount(_("Direct cost"), "direct_cost")
    own_cost = _amount(_("Own costs"), "own_cost")
    pool_cost = _amount(_("Share of pools"), "pool_cost")
    profit = Column(_("Profit"), css="n", sort="profit", draw=_profit)
    margin = Column(
        _("Margin"),
        css="n",
        draw=lambda row: "" if (found := _margin(row)) is None else formats.percent(found, 1),
        exports=[(_("Margin, %"), _margin)],
    )
    before = Column(
        pgettext_lazy("of a figure", "Change"),
        accessor="profit_before",
        css="n",
        draw=lambda row: _money(row, _change(row)),
        exports=[(_("Profit in the period before"), lambda row: row.profit_before), (pgettext_lazy("of a figure", "Change"), _change)],
    )
    orders = Column(_("Orders"), css="n", draw=lambda row: formats.number(row.orders))
    purchases = _amount(_("Purchases"), "purchases")

    class Meta(Table.Meta):
        model = ProfitRow
        fields: ClassVar[list[str]] = []

    @classmethod
    def name_of(cls, record: Any) -> str:
        return str(record.client)
