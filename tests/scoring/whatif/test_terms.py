"""Other terms of a client on paper: the pure arithmetic, without a ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scoring.whatif.spreading import exact_share, share_among, share_kept, share_near
from scoring.whatif.terms import Part, Terms, part_under, verdict_of, weight_under

MONTH = Part(
    listed=Decimal(1000),
    discount=Decimal(100),
    direct_cost=Decimal(600),
    costs={"delivery": Decimal(150), "visits": Decimal(60), "service": Decimal("33.33"), "financing": Decimal(20)},
    orders=4,
    small_orders=3,
)


def terms(**given: Any) -> Terms:
    values: dict[str, Any] = {name: value if name == "days" else Decimal(value) for name, value in given.items()}
    return Terms(**values)


@pytest.mark.parametrize(
    ("asked", "revenue", "own_cost"),
    [
        ({}, "900", "263.33"),
        ({"price": "5"}, "950", "263.33"),  # 1,050 less the discount of 100
        ({"price": "-12.5"}, "775", "263.33"),
        ({"discount": "-100"}, "1000", "263.33"),
        ({"discount": "50"}, "850", "263.33"),
        ({"delivery_each": "12.50"}, "950", "263.33"),  # 4 orders
        ({"delivery_share": "50"}, "975", "263.33"),
        ({"delivery_each": "10", "delivery_share": "100"}, "1090", "263.33"),
        ({"small_below": "200", "small_fee": "7"}, "921", "263.33"),  # 3 small orders
        ({"visits": "-50"}, "900", "233.33"),
        ({"service": "-50"}, "900", "246.67"),  # 33.33 / 2 = 16.665, halves away from zero: 16.67
        ({"days": 15}, "900", "253.33"),  # 20 · 15/30
        ({"days": 0}, "900", "243.33"),
    ],
)
def test_what_each_term_makes_of_a_month(asked: dict[str, Any], revenue: str, own_cost: str) -> None:
    then = part_under(terms(**asked), MONTH, 30)

    assert (then.revenue, then.own_cost) == (Decimal(revenue), Decimal(own_cost))
    assert then.direct_cost == 600


def test_nothing_on_credit_has_no_days_to_change() -> None:
    assert part_under(terms(days=5), MONTH, None) == MONTH
    assert weight_under(terms(days=5), "credit_days", Decimal(900), MONTH, None) == 900


@pytest.mark.parametrize(
    ("driver", "asked", "expected"),
    [
        ("revenue", {"price": "5"}, "950"),
        ("revenue", {"discount": "500", "price": "-90"}, "0"),  # 100 − 600: none, not a negative one
        ("credit_days", {"days": 10}, "6000"),
        ("credit_days", {"days": 7}, "4200"),
        ("credit_days", {"price": "5"}, "18000"),
        ("equal", {"visits": "-100"}, "1"),
        ("orders", {"price": "5", "days": 1, "visits": "-100"}, "18000"),
        ("by_hand", {"price": "5", "days": 1}, "18000"),
    ],
)
def test_which_weights_move(driver: str, asked: dict[str, Any], expected: str) -> None:
    then = part_under(terms(**asked), MONTH, 30)

    assert weight_under(terms(**asked), driver, Decimal(18_000), then, 30) == Decimal(expected)


def test_who_only_cost_visits_has_no_part_in_equal_shares_without_them() -> None:
    visited = Part(costs={"visits": Decimal(25)})

    assert weight_under(terms(), "equal", Decimal(1), visited, None) == 1
    assert weight_under(terms(visits="-100"), "equal", Decimal(1), part_under(terms(visits="-100"), visited, None), None) == 0


@pytest.mark.parametrize(
    ("revenue", "profit", "bought", "verdict"),
    [
        (1000, 100, True, "angel"),
        (1000, "99.99", True, "between"),
        (1000, 0, True, "between"),
        (1000, "-0.01", True, "demon"),
        (0, 5, True, "between"),
        (-50, 5, True, "between"),
        (0, 0, True, ""),
        (0, -25, False, ""),
    ],
)
def test_the_verdict(revenue: Any, profit: Any, bought: bool, verdict: str) -> None:
    found = verdict_of(Decimal(revenue), Decimal(profit), bought=bought, angel_margin=Decimal(10), demon_below=Decimal(0))
    assert found == verdict


def test_a_share_is_told_as_it_was_spread() -> None:
    """100.00 by 1 · 1 · 1: 33.33 each, and the cent that is left to the lowest number."""
    one = Decimal(1)
    shares = [share_kept(Decimal(100), one, Decimal(3), (Decimal(1), 4), client) for client in (4, 7, 9)]

    assert shares == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert share_kept(Decimal(-100), one, Decimal(3), (Decimal(1), 4), 4) == Decimal("-33.34")
    assert share_kept(Decimal(100), Decimal(0), Decimal(3), (Decimal(1), 4), 4) == 0
    assert share_near(Decimal(100), one, Decimal(3)) == Decimal("33.33")


def test_a_cent_more_goes_to_the_largest_rests() -> None:
    """50.00 by 1,500 · 900 · 400 of 2,800: 26.78 (rest 1600), 16.07 (rest 400), 7.14 (rest 800); one cent left, to the first."""
    amount, total = Decimal(50), Decimal(2800)
    first, third = exact_share(amount, Decimal(1500), total), exact_share(amount, Decimal(400), total)

    assert (first.cents, first.rest, third.cents, third.rest) == (2678, Decimal(1600), 714, Decimal(800))
    assert share_among(amount, first, others_cents=1607 + 714, before=0) == Decimal("26.79")
    assert share_among(amount, third, others_cents=2678 + 1607, before=1) == Decimal("7.14")
