"""Other terms of a client: what they make of its revenue, its own costs and its weights, month by month.

All is worked out of each part of the period (a month, or days of one), rounded there to the cent, and added up, as the
report itself is. With L revenue before discounts, D discounts, n orders, and costs by category:

- L′ = L · (1 + price), D′ = D · (1 + discounts)
- charged = n · amount an order + costs of delivery · share of them
- surcharge = orders below the minimum (as they are now) · surcharge
- revenue′ = L′ − D′ + charged + surcharge
- visits′, service′ = each · (1 + its change), financing′ = financing · days′ / days
- weights: by revenue max(revenue′, 0), by credit weight · days′ / days, "each the same" by whether anything still happened;
  the others stay

`days` is what is agreed now: Σ amount · days to pay in / Σ amount over the sales of the period that may be paid later, in
whole days. Direct cost, the number of orders, lines, touches and complaints stay as they are, and so does how much the client
buys: a what-if is arithmetic, not a forecast. That amounts owed grow with the price is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sales.models import Driver
from sales.models.money import ZERO
from scoring.models import Verdict
from scoring.whatif.spreading import cents

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Terms:
    """What changes. Changes are in % of what is (-100: gone), money is in the company's currency; None and zero: stays."""

    price: Decimal = ZERO
    discount: Decimal = ZERO
    delivery_each: Decimal = ZERO
    delivery_share: Decimal = ZERO
    """% of what delivery costs that the client bears."""
    small_below: Decimal = ZERO
    small_fee: Decimal = ZERO
    days: int | None = None
    visits: Decimal = ZERO
    service: Decimal = ZERO

    @property
    def change_anything(self) -> bool:
        return self != Terms()


@dataclass(frozen=True, slots=True)
class Part:
    """What a client brought and cost in a part of the period; `costs` by the key of a shipped category, or its number."""

    listed: Decimal = ZERO
    """Revenue before discounts."""
    discount: Decimal = ZERO
    direct_cost: Decimal = ZERO
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    orders: int = 0
    small_orders: int = 0
    returns: int = 0
    complaints: int = 0
    touches: int = 0
    charged: Decimal = ZERO
    """What the client pays for delivery, by other terms."""
    surcharge: Decimal = ZERO

    @property
    def revenue(self) -> Decimal:
        return self.listed - self.discount + self.charged + self.surcharge

    @property
    def own_cost(self) -> Decimal:
        return sum(self.costs.values(), ZERO)

    @property
    def before_pools(self) -> Decimal:
        return self.revenue - self.direct_cost - self.own_cost


def by_percent(value: Decimal, change: Decimal) -> Decimal:
    """Return `value` changed by so many percent, to the cent."""
    return cents(value * (_HUNDRED + change) / _HUNDRED)


def part_under(terms: Terms, part: Part, agreed: int | None) -> Part:
    """Return what `part` would have been under other terms; `agreed` are the days to pay in now, None where nothing is on credit."""
    costs = dict(part.costs)
    for name, change in (("visits", terms.visits), ("service", terms.service)):
        if name in costs:
            costs[name] = by_percent(costs[name], change)
    if terms.days is not None and agreed and "financing" in costs:
        costs["financing"] = cents(costs["financing"] * terms.days / agreed)
    borne = max(part.costs.get("delivery", ZERO), ZERO) * terms.delivery_share / _HUNDRED
    return replace(
        part,
        listed=by_percent(part.listed, terms.price),
        discount=by_percent(part.discount, terms.discount),
        costs=costs,
        charged=terms.delivery_each * part.orders + cents(borne),
        surcharge=terms.small_fee * part.small_orders,
    )


def weight_under(terms: Terms, driver: str, weight: Decimal, then: Part, agreed: int | None) -> Decimal:
    """Return the weight by `driver` of a client whose part under other terms is `then`."""
    if driver == Driver.REVENUE:
        return max(then.revenue, ZERO)
    if driver == Driver.CREDIT_DAYS and terms.days is not None and agreed:
        return round(weight * terms.days / agreed, 4)
    if driver == Driver.EQUAL:
        happened = then.orders + then.returns + then.complaints + then.touches > 0 or then.own_cost != 0
        return Decimal(int(happened))
    return weight


def verdict_of(revenue: Decimal, profit: Decimal, *, bought: bool, angel_margin: Decimal, demon_below: Decimal) -> str:
    """Return the verdict on a client, as reports give it (scoring.arithmetic): none on who has not bought by the end of the
    period, nor on who neither brought nor cost anything."""
    if not bought or (revenue == 0 and profit == 0):
        return ""
    if profit < demon_below:
        return Verdict.DEMON.value
    return Verdict.ANGEL.value if revenue > 0 and profit * 100 >= revenue * angel_margin else Verdict.BETWEEN.value
