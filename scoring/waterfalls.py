"""The way from revenue down to profit, step by step: of one client, of the clients chosen, of the whole company."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from sales.models import CostCategory
from scoring.clients import Step, own_costs, shares_of
from scoring.figures import Figures, OwnCost, categories_of, sums_of
from scoring.models import ProfitReport, ProfitRow


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with its part of the revenue before discounts, in %; None where nothing was sold."""

    step: Step
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps, the sum of which is the profit at the end."""

    all: list[Step]

    @property
    def data(self) -> dict[str, Any]:
        """As charts.js draws it."""
        return {"steps": [{"name": str(step.label), "value": float(step.value), "total": step.total} for step in self.all]}

    @property
    def lines(self) -> list[ShownStep]:
        """As a table says it."""
        whole = self.all[0].value
        return [ShownStep(step, 100 * step.value / whole if whole > 0 else None) for step in self.all]


def of_client(report: ProfitReport, row: ProfitRow) -> Waterfall:
    """Return the way of one client. `row` is its row of `report`."""
    assert row.client_id is not None
    costs = [OwnCost(*one) for one in own_costs(report.first, report.end, [row.client_id]).get(row.client_id, [])]
    return Waterfall([*_down(row, costs, shares_of(report, row.client_id).items()), _profit(row.profit)])


def of_chosen(report: ProfitReport, clients: QuerySet[Client]) -> Waterfall:
    """Return the way of the clients chosen. What they bear of the pools is one step: by pool, each share of each client would
    have to be worked out."""
    sums, categories = sums_of(report, clients), categories_of(report, clients)
    pools = [(str(_("Cost pools")), sums.pool_cost)]
    return Waterfall([*_down(sums, categories, pools), _profit(sums.profit)])


def of_company(figures: Figures) -> Waterfall:
    """Return the way of all clients, and from their profit to that of the company, as the line at the foot reckons it."""
    steps = _down(figures, figures.categories, [(pool.name, pool.amount - pool.unallocated) for pool in figures.pools])
    if not figures.nobody_profit and not figures.unallocated:
        return Waterfall([*steps, Step("profit", _("Company profit"), figures.company_profit, total=True)])
    steps.append(Step("clients", _("Profit of clients"), figures.profit, total=True))
    if figures.nobody_profit:
        steps.append(Step("nobody", _("Without a client"), figures.nobody_profit))
    if figures.unallocated:
        steps.append(Step("unallocated", _("Pools that nobody drives"), -figures.unallocated))
    return Waterfall([*steps, Step("profit", _("Company profit"), figures.company_profit, total=True)])


class _Sums(Protocol):
    @property
    def revenue(self) -> Decimal: ...
    @property
    def discount(self) -> Decimal: ...
    @property
    def direct_cost(self) -> Decimal: ...
    @property
    def own_cost(self) -> Decimal: ...


def _down(sums: _Sums, costs: Sequence[OwnCost], pools: Iterable[tuple[str, Decimal]]) -> list[Step]:
    """Return the steps as far as the profit; those of nothing are left out."""
    first = _("Revenue before discounts") if sums.discount else _("Revenue")
    steps = [Step("revenue", first, sums.revenue + sums.discount, total=True)]
    if sums.discount:
        steps.append(Step("discount", _("Discounts"), -sums.discount))
    steps.append(Step("direct_cost", _("Direct cost"), -sums.direct_cost))
    if sum(one.amount for one in costs) == sums.own_cost:
        categories = CostCategory.objects.in_bulk([one.id for one in costs])
        steps += [Step(f"category-{one.id}", str(categories[one.id]), -one.amount) for one in costs]
    else:
        steps.append(Step("own_cost", _("Own costs"), -sums.own_cost))  # the ledger has moved on since the report
    return steps + [Step("pool", name, -amount) for name, amount in pools if amount]


def _profit(value: Decimal) -> Step:
    return Step("profit", _("Profit"), value, total=True)
