"""The company of docs/profitability.md, worked out on paper: six clients, three pools, and every driver."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.models import User
from clients.models import Client, Touch
from sales import rollup
from sales.models import CostPool, DocumentLine, Payment, PoolWeight
from scoring.figures import Figures
from scoring.models import ProfitReport, ProfitRow
from scoring.reports import work_out
from tests.clients.registry import register
from tests.sales.ledger import MARCH, complaint, cost, pool, sale

APRIL = date(2026, 4, 1)
LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)
type Six = dict[str, Client]


def in_march(day: int) -> date:
    return date(2026, 3, day)


@pytest.fixture
def six(anna: User) -> Six:
    """The company as the page tells it, without its pools."""
    six = {name: register(anna, full_name=f"Client {name}") for name in "ABCDEF"}
    in_lines = sale(six["A"], 0, in_march(2))
    DocumentLine.objects.bulk_create(
        DocumentLine(document=in_lines, position=place, amount=amount, direct_cost=200) for place, amount in enumerate((500, 300, 200), 1)
    )
    sale(six["A"], 500, in_march(16), direct_cost=300)
    cost(six["A"], 40, in_march(16))
    owed = sale(six["B"], 900, in_march(9), discount=100, direct_cost=500, due_on=in_march(19))
    Payment.objects.create(document=owed, day=in_march(29), amount=900)
    cost(six["B"], 60, in_march(10), category="visits")
    bought = sale(six["C"], 600, in_march(12), direct_cost=450)
    sale(six["C"], -200, in_march(20), direct_cost=-150, reverses=bought)
    complaint(six["C"], 30, in_march(15))
    sale(six["D"], 200, in_march(25), direct_cost=190, due_on=date(2026, 4, 24))
    cost(six["D"], 50, in_march(25))
    complaint(six["D"], 0, in_march(26))
    complaint(six["D"], 20, in_march(27))
    sale(six["E"], 300, date(2026, 1, 15), direct_cost=200)
    cost(six["E"], 25, in_march(5), category="visits")
    sale(six["F"], 300, in_march(3), currency="USD", rate=Decimal("0.90"), direct_cost=100)
    sale(None, 120, in_march(30), direct_cost=70)
    for name, minutes in (("B", 10), ("B", 20), ("D", 30), ("E", None)):
        Touch.objects.create(client=six[name], user=anna, at=datetime(2026, 3, 6, 10, tzinfo=UTC), minutes=minutes)
    return six


def reported() -> ProfitReport:
    rollup.refresh_all()
    return work_out(MARCH, APRIL, now=LATER)


def row_of(report: ProfitReport, client: Client | None) -> ProfitRow:
    return ProfitRow.objects.get(report=report, client=client)


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount or 0) for amount in amounts]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A", ("1500", "900", "40", "560")),
        ("B", ("900", "500", "60", "340")),
        ("C", ("400", "300", "30", "70")),
        ("D", ("200", "190", "70", "-60")),
        ("E", ("0", "0", "25", "-25")),
        ("F", ("270", "90", "0", "180")),
        ("nobody", ("120", "70", "0", "50")),
    ],
)
def test_what_each_brings_before_pools(six: Six, name: str, expected: tuple[str, ...]) -> None:
    row = row_of(reported(), six.get(name))
    assert [row.revenue, row.direct_cost, row.own_cost, row.profit] == money(*expected)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("revenue", ("45.87", "27.52", "12.23", "6.12", "", "8.26")),
        ("orders", ("33.33", "16.67", "16.67", "16.67", "", "16.66")),
        ("lines", ("50", "12.50", "12.50", "12.50", "", "12.50")),
        ("touches", ("", "50", "", "25", "25", "")),
        ("touch_minutes", ("", "50", "", "50", "", "")),
        ("complaints", ("", "", "33.33", "66.67", "", "")),
        ("credit_days", ("", "92.78", "", "7.22", "", "")),
        ("equal", ("16.67", "16.67", "16.67", "16.67", "16.66", "16.66")),
        ("by_hand", ("75", "", "", "", "", "25")),
    ],
)
def test_how_a_hundred_is_spread(six: Six, driver: str, expected: tuple[str, ...]) -> None:
    made = pool(100, driver)
    PoolWeight.objects.create(pool=made, client=six["A"], weight=3)
    PoolWeight.objects.create(pool=made, client=six["F"], weight=1)
    report = reported()
    assert [row_of(report, client).pool_cost for client in six.values()] == money(*expected)


def test_what_is_left_after_three_pools(six: Six) -> None:
    for name, amount, driver in (("Warehouse", 300, "lines"), ("Accounts", 100, "orders"), ("Credit", 50, "credit_days")):
        pool(amount, driver, name=name)
    report = reported()

    rows = [row_of(report, client) for client in six.values()]
    assert [row.profit for row in rows] == money("376.67", "239.44", "15.83", "-117.78", "-25", "125.84")
    assert [row.verdict for row in rows] == ["angel", "angel", "between", "demon", "demon", "angel"]
    figures = Figures.read(report.figures)
    assert [figures.profit, figures.nobody_profit, figures.unallocated, figures.company_profit] == money("615", "50", "0", "665")
    curve = [(Client.objects.get(pk=point.client).full_name[-1], round(figures.share(point.up_to) or 0, 1)) for point in figures.curve]
    expected = [("A", "61.2"), ("B", "100.2"), ("F", "120.6"), ("C", "123.2"), ("E", "119.2"), ("D", "100.0")]
    assert curve == [(name, Decimal(share)) for name, share in expected]
    assert CostPool.objects.count() == 3
