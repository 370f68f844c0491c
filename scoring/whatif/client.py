"""Other terms of one client, worked out from the ledger and from how each pool was spread. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sales.models import ClientSales, CostCategory
from sales.models.money import ZERO
from scoring.arithmetic import SQL, credit_until, is_whole_month, parts_kept
from scoring.clients import SPREADS
from scoring.figures import Figures
from scoring.models import ProfitReport, ProfitSettings
from scoring.whatif.spreading import exact_share, share_among, share_kept, share_near
from scoring.whatif.terms import Part, Terms, part_under, verdict_of, weight_under


@dataclass(frozen=True, slots=True)
class Line:
    """A step from revenue down to profit, now and then; costs are negative. `total` marks a sum."""

    label: str | Promise
    now: Decimal
    then: Decimal
    total: bool = False

    @property
    def change(self) -> Decimal:
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class Side:
    """How a client stands, now or then."""

    revenue: Decimal
    profit: Decimal
    verdict: str

    @property
    def margin(self) -> Decimal | None:
        """Profit as % of revenue."""
        return 100 * self.profit / self.revenue if self.revenue > 0 else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What other terms come to, in the company's currency.

    `gain` is the real money: by so much the company's profit changes. `shifted` is what other clients bear more of the pools
    (less: negative), `unborne` what nobody bears more. `exact` is False where shares were rounded one by one, and may be a
    cent off for each pool and month.
    """

    lines: list[Line]
    now: Side
    then: Side
    company_now: Decimal
    gain: Decimal
    shifted: Decimal
    unborne: Decimal
    exact: bool

    @property
    def company_then(self) -> Decimal:
        return self.company_now + self.gain

    @property
    def shifted_less(self) -> Decimal:
        """What other clients bear less."""
        return -self.shifted

    @property
    def profit_change(self) -> Decimal:
        return self.then.profit - self.now.profit


@dataclass(frozen=True, slots=True)
class Spread:
    """A pool of a part, with the weight of the client in it."""

    part: int
    pool: int
    name: str
    driver: str
    amount: Decimal
    total: Decimal
    cut_rest: Decimal | None
    cut_client: int | None
    weight: Decimal

    @property
    def cut(self) -> tuple[Decimal, int] | None:
        """The rest and the number of the last client who got a cent more; None where nobody did."""
        return None if self.cut_rest is None or self.cut_client is None else (self.cut_rest, self.cut_client)


@dataclass(frozen=True, slots=True)
class Shares:
    """What falls of a pool to the client and to nobody, now and then."""

    spread: Spread
    now: Decimal
    then: Decimal
    nobody_now: Decimal
    nobody_then: Decimal


class ClientWhatIf:
    """A client in the period of a report, for whoever asks what other terms would come to.

    `exact` works shares out among all weights of the months concerned (the largest remainder); without it, each to the
    nearest cent, which costs the same however many clients there are.
    """

    def __init__(self, report: ProfitReport, client_id: int, *, small_below: Decimal = ZERO, exact: bool = True) -> None:
        self.report, self.client, self.exact = report, client_id, exact
        self.reports = {part.pk: part for part in _with_days(parts_kept(report))}
        kept = list(self.reports.values())
        self._values: dict[str, Any] = {
            "client": client_id,
            "below": small_below,
            "reports": [part.pk for part in kept],
            "firsts": [part.first for part in kept],
            "ends": [part.end for part in kept],
            "whole": [is_whole_month(part.first, part.end) for part in kept],
        }
        self._read()

    def _read(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SQL["whatif_figures"], self._values)
            figures = {row[0]: row[1:] for row in cursor.fetchall()}
            cursor.execute(SQL["whatif_costs"], self._values)
            costs: dict[int, dict[int, Decimal]] = {}
            for part, category, amount in cursor.fetchall():
                costs.setdefault(part, {})[category] = amount
            cursor.execute(SQL["whatif_orders"], self._values)
            orders = {row[0]: row[1:] for row in cursor.fetchall()}
            cursor.execute(f"{SPREADS} ORDER BY p.name, p.pool_id", self._values)
            rows = cursor.fetchall()
        self.spreads = [Spread(*row) for row in rows]
        self.categories = CostCategory.objects.in_bulk({category for of_part in costs.values() for category in of_part})
        self.parts: dict[int, Part] = {}
        for part in figures.keys() | costs.keys():
            revenue, discount, direct_cost, count, returns, complaints, touches = figures.get(part, (ZERO,) * 3 + (0,) * 4)
            named = {self._name(category): amount for category, amount in costs.get(part, {}).items()}
            small = orders.get(part, (0,))[0]
            self.parts[part] = Part(revenue + discount, discount, direct_cost, named, count, small, returns, complaints, touches)
        owed = sum((row[2] for row in orders.values()), ZERO)
        days = sum((row[1] for row in orders.values()), ZERO)
        average = int((Decimal(days) / owed).quantize(Decimal(1), ROUND_HALF_UP)) if owed > 0 else 0
        self.agreed: int | None = average if average > 0 else None
        """The days to pay in that are agreed now; None where nothing is sold on credit."""
        self.orders = sum(part.orders for part in self.parts.values())

    def _name(self, category: int) -> str:
        return self.categories[category].key or str(category)

    @property
    def something_happened(self) -> bool:
        return bool(self.parts) or any(spread.weight > 0 for spread in self.spreads)

    def cost_of(self, key: str) -> Decimal:
        """Return the own costs of a shipped category in the whole period."""
        return sum((part.costs.get(key, ZERO) for part in self.parts.values()), ZERO)

    def under(self, terms: Terms) -> Outcome:
        """Return what `terms` come to; see `scoring.whatif.terms` for what each of them changes."""
        then = {key: part_under(terms, part, self.agreed) for key, part in self.parts.items()}
        shares = self._shares(terms, then)
        lines = self._lines(list(self.parts.values()), list(then.values()), shares)
        now_revenue, then_revenue = (sum((part.revenue for part in parts.values()), ZERO) for parts in (self.parts, then))
        profit = lines[-1]
        gain = sum((then[key].before_pools - part.before_pools for key, part in self.parts.items()), ZERO)
        unborne = sum((one.nobody_then - one.nobody_now for one in shares), ZERO)
        return Outcome(
            lines=lines,
            now=self._side(now_revenue, profit.now),
            then=self._side(then_revenue, profit.then),
            company_now=Figures.read(self.report.figures).company_profit,
            gain=gain,
            shifted=-unborne - sum((one.then - one.now for one in shares), ZERO),
            unborne=unborne,
            exact=self.exact,
        )

    def _side(self, revenue: Decimal, profit: Decimal) -> Side:
        settings = ProfitSettings.current()
        bought = ClientSales.objects.filter(client=self.client, first_on__lt=self.report.end).exists()
        verdict = verdict_of(revenue, profit, bought=bought, angel_margin=settings.angel_margin, demon_below=settings.demon_below)
        return Side(revenue, profit, verdict)

    # --- shares of pools -----------------------------------------------------------------------------

    def _shares(self, terms: Terms, then: dict[int, Part]) -> list[Shares]:
        weights = {
            (one.part, one.pool): weight_under(terms, one.driver, one.weight, then.get(one.part, Part()), self.agreed)
            for one in self.spreads
        }
        moved = [one for one in self.spreads if weights[one.part, one.pool] != one.weight]
        others = self._others(moved, weights) if self.exact else {}
        shares = []
        for one in self.spreads:
            weight = weights[one.part, one.pool]
            total = one.total - one.weight + weight
            now = share_kept(one.amount, one.weight, one.total, one.cut, self.client)
            share = now
            if one in moved:
                share = share_near(one.amount, weight, total)
                if self.exact and weight > 0:
                    cents, before = others.get((one.part, one.pool), (0, 0))
                    share = share_among(one.amount, exact_share(one.amount, weight, total), cents, before)
            nobody_now, nobody_then = (one.amount if every <= 0 else ZERO for every in (one.total, total))
            shares.append(Shares(one, now, share, nobody_now, nobody_then))
        return shares

    def _others(self, moved: list[Spread], weights: dict[tuple[int, int], Decimal]) -> dict[tuple[int, int], tuple[int, int]]:
        """Return of each pool whose spread moves the whole cents of all others, and how many stand before the client."""
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for key, report in self.reports.items():
            pools = [(one, weights[one.part, one.pool]) for one in moved if one.part == key and weights[one.part, one.pool] > 0]
            if not pools:
                continue
            totals = [one.total - one.weight + weight for one, weight in pools]
            exact = [exact_share(one.amount, weight, total) for (one, weight), total in zip(pools, totals, strict=True)]
            values: dict[str, Any] = {
                "client": self.client,
                "month": report.first.replace(day=1),
                "first": report.first,
                "end": report.end,
                "until": credit_until(report.first, report.end, report.as_of or report.end),
                "pools": [one.pool for one, _weight in pools],
                "drivers": [one.driver for one, _weight in pools],
                "amounts": [one.amount for one, _weight in pools],
                "totals": totals,
                "rests": [one.rest for one in exact],
            }
            figures = SQL["figures_of_month" if is_whole_month(report.first, report.end) else "figures_of_days"]
            weighing = SQL["weights"].replace("{weight}", SQL["weight"])
            with connection.cursor() as cursor:
                cursor.execute(SQL["whatif_others"].replace("{figures}", figures).replace("{weights}", weighing), values)
                found |= {(key, pool): (cents, before) for pool, cents, before in cursor.fetchall()}
        return found

    # --- what is shown ---------------------------------------------------------------------------------

    def _lines(self, now: list[Part], then: list[Part], shares: list[Shares]) -> list[Line]:
        def both(of: str) -> tuple[Decimal, Decimal]:
            first, second = (sum((getattr(part, of) for part in parts), ZERO) for parts in (now, then))
            return first, second

        def less(label: str | Promise, amounts: tuple[Decimal, Decimal]) -> Line:
            return Line(label, -amounts[0], -amounts[1])

        lines = [Line(_("Revenue"), *both("listed"), total=True)]
        if any(both("discount")):
            lines.append(less(_("Discounts"), both("discount")))
        lines += [
            Line(label, *both(name))
            for label, name in ((_("Delivery charged"), "charged"), (_("Surcharge on small orders"), "surcharge"))
            if any(both(name))
        ]
        lines.append(less(_("Direct cost"), both("direct_cost")))
        costs = []
        for category in self.categories.values():
            name = self._name(category.pk)
            first, second = (sum((part.costs.get(name, ZERO) for part in parts), ZERO) for parts in (now, then))
            if first or second:
                costs.append(less(str(category), (first, second)))
        lines += sorted(costs, key=lambda line: line.now)
        pools: dict[str, tuple[Decimal, Decimal]] = {}
        for one in shares:
            known = pools.get(one.spread.name, (ZERO, ZERO))
            pools[one.spread.name] = (known[0] + one.now, known[1] + one.then)
        lines += [less(name, amounts) for name, amounts in pools.items() if any(amounts)]
        profit = (sum((line.now for line in lines), ZERO), sum((line.then for line in lines), ZERO))
        return [*lines, Line(_("Profit"), *profit, total=True)]


def _with_days(parts: list[ProfitReport]) -> list[ProfitReport]:
    """Return the parts with the day up to which credit was counted in them: one query."""
    days: dict[int, date | None] = dict(ProfitReport.objects.filter(pk__in=[part.pk for part in parts]).values_list("pk", "as_of"))
    for part in parts:
        part.as_of = days.get(part.pk)
    return parts
