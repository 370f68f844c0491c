"""Profit of clients: figures, shares of pools to the cent, periods, and that everything adds up to the company."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.models import Client, Touch
from sales import rollup
from sales.models import Complaint, Cost, CostPool, Document, Driver, Payment, PoolWeight
from scoring.clients import shares_of
from scoring.figures import Figures
from scoring.models import PoolSpread, ProfitReport, ProfitRow
from scoring.reports import holds, work_out
from tests.clients.registry import register
from tests.sales.ledger import DAY, MARCH, complaint, cost, pool, purchase, sale

APRIL = date(2026, 4, 1)
LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)


def report_of(first: date = MARCH, end: date = APRIL) -> ProfitReport:
    """Work the ledger's marks off and the period out."""
    rollup.refresh_all()
    return work_out(first, end, now=LATER)


def profits(report: ProfitReport) -> dict[int | None, Decimal]:
    return dict(report.rows.values_list("client", "profit"))


def shares(report: ProfitReport) -> dict[int | None, Decimal]:
    return {client: cost for client, cost in report.rows.values_list("client", "pool_cost") if cost}


def numbers(*values: Any) -> list[float]:
    return [float(value) for value in values]


@pytest.fixture
def clients(anna: User) -> list[Client]:
    return [register(anna) for _number in range(4)]


def test_the_worked_example_of_the_whale_curve(clients: list[Client]) -> None:
    for client, profit in zip(clients, (395_849, 309_984, 253_109, -120_188), strict=True):
        sale(client, 1_000_000, direct_cost=1_000_000 - profit)

    figures = Figures.read(report_of().figures)

    curve = [round(figures.share(point.up_to) or 0, 1) for point in figures.curve]
    assert curve == [Decimal("47.2"), Decimal("84.2"), Decimal("114.3"), Decimal("100.0")]
    assert figures.peak is not None
    assert figures.peak.place == 3
    assert figures.peak.client == clients[2].pk


def test_profit_is_revenue_less_direct_cost_own_costs_and_shares(clients: list[Client]) -> None:
    one, two = clients[:2]
    sale(one, 1000, direct_cost=600, discount=50)
    sale(one, -100, direct_cost=-60)
    cost(one, 30)
    complaint(one, 20)
    sale(two, 300, direct_cost=100)
    purchase(two, 999)
    pool(120, "revenue")

    report = report_of()

    assert profits(report) == {one.pk: Decimal("220.00"), two.pk: Decimal("170.00")}
    assert shares(report) == {one.pk: 90, two.pk: 30}
    row = ProfitRow.objects.get(report=report, client=two)
    assert numbers(row.purchases, row.orders) == [999, 1]
    assert row.verdict == "angel"


def test_cents_that_are_left_go_to_the_largest_rests(clients: list[Client]) -> None:
    for client, orders in zip(clients, (1, 1, 1), strict=False):
        for _order in range(orders):
            sale(client, 10)
    pool("100.00", "orders")

    report = report_of()

    assert shares(report) == {clients[0].pk: Decimal("33.34"), clients[1].pk: Decimal("33.33"), clients[2].pk: Decimal("33.33")}
    spread = PoolSpread.objects.get()
    assert numbers(spread.total_weight, spread.cut_client, spread.unallocated) == [3, clients[0].pk, 0]


def test_a_pool_that_nobody_drives_stays_unallocated(clients: list[Client]) -> None:
    sale(clients[0], 10)
    pool(55, "complaints")

    report = report_of()
    figures = Figures.read(report.figures)

    assert shares(report) == {}
    assert numbers(report.unallocated, figures.profit, figures.company_profit, figures.difference) == [55, 10, -45, 0]


def test_a_pool_of_money_that_came_back_is_spread_the_same_way(clients: list[Client]) -> None:
    for client in clients[:3]:
        sale(client, 10)
    pool("-100", "equal")

    assert sorted(shares(report_of()).values()) == [Decimal("-33.34"), Decimal("-33.33"), Decimal("-33.33")]


def test_money_without_a_client_stands_beside_the_clients_and_bears_no_share(clients: list[Client]) -> None:
    sale(None, 500, direct_cost=100)
    cost(None, 40)
    sale(clients[0], 100)
    pool(10, "revenue")

    figures = Figures.read(report_of().figures)

    assert numbers(figures.profit, figures.nobody_profit, figures.company_profit, figures.difference) == [90, 360, 450, 0]
    assert (figures.clients, figures.judged) == (1, 1)


@pytest.mark.parametrize(
    ("driver", "expected"),
    [
        ("revenue", [60, 30, 10]),
        ("orders", [Decimal("50"), Decimal("25"), Decimal("25")]),
        ("lines", [Decimal("50"), Decimal("25"), Decimal("25")]),
        ("touches", [0, 100, 0]),
        ("touch_minutes", [0, 100, 0]),
        ("complaints", [0, 0, 100]),
        ("credit_days", [0, 100, 0]),
        ("equal", [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]),
        ("by_hand", [Decimal("75"), Decimal("25"), 0]),
    ],
)
def test_every_driver(clients: list[Client], anna: User, driver: str, expected: list[Decimal]) -> None:
    one, two, three = clients[:3]
    sale(one, 400)
    sale(one, 200)
    sale(two, 300, due_on=DAY)
    sale(three, 100)
    Touch.objects.create(client=two, user=anna, at="2026-03-31T21:59+00:00", minutes=7)  # 23:59 in Paris
    complaint(three)
    made = pool(100, driver)
    PoolWeight.objects.bulk_create([PoolWeight(pool=made, client=one, weight="1.5"), PoolWeight(pool=made, client=two, weight="0.5")])

    found = shares(report_of())

    assert [found.get(client.pk, 0) for client in (one, two, three)] == expected


def test_credit_counts_the_days_on_which_money_was_owed(clients: list[Client]) -> None:
    one, two, three = clients[:3]
    paid_late = sale(one, 100, day=date(2026, 3, 2), due_on=DAY)
    Payment.objects.create(document=paid_late, day=date(2026, 3, 12), amount=60)  # 10 days × 100, then 20 × 40
    credited = sale(two, 90, day=date(2026, 2, 20), due_on=DAY)
    sale(two, -90, day=date(2026, 3, 21), reverses=credited)  # 20 days × 90 in March
    sale(three, 500, day=date(2026, 1, 5))  # paid on the spot: nothing is owed
    pool(360, "credit_days")

    report_of()

    assert PoolSpread.objects.get().total_weight == 10 * 100 + 20 * 40 + 20 * 90
    assert shares(ProfitReport.objects.get()) == {one.pk: 180, two.pk: 180}


def test_credit_of_a_month_that_goes_on_is_counted_up_to_today(clients: list[Client]) -> None:
    sale(clients[0], 10, day=date(2026, 11, 18), due_on=DAY)
    pool(5, "credit_days", month=date(2026, 11, 1))

    report = report_of(date(2026, 11, 1), date(2026, 12, 1))

    assert PoolSpread.objects.get().total_weight == 30  # the 18th, 19th and 20th
    assert holds(report, today=date(2026, 11, 20))
    assert not holds(report, today=date(2026, 11, 21))


def test_who_never_bought_is_no_demon(clients: list[Client]) -> None:
    lost, never, later = clients[:3]
    sale(lost, 10, direct_cost=30)
    cost(never, 50)
    cost(later, 50)
    sale(later, 10, day=APRIL)

    report = report_of()

    assert dict(report.rows.values_list("client", "verdict")) == {lost.pk: "demon", never.pk: "", later.pk: ""}


def test_a_first_sale_that_is_earlier_than_was_known_judges_the_months_between(clients: list[Client]) -> None:
    other, cost_alone = clients[0], clients[1]
    sale(other, 10, direct_cost=30, day=date(2026, 2, 5))
    cost(cost_alone, 50)
    sale(cost_alone, 10, day=date(2026, 6, 1))
    assert report_of().rows.get(client=cost_alone).verdict == ""
    february = report_of(date(2026, 2, 1), MARCH)

    earlier = sale(cost_alone, 10, day=date(2026, 1, 5))

    assert report_of().rows.get(client=cost_alone).verdict == "demon"
    assert holds(february)  # nothing is known of the client there
    earlier.delete()
    assert report_of().rows.get(client=cost_alone).verdict == ""


def test_who_neither_bought_nor_cost_anything_is_not_judged(clients: list[Client], anna: User) -> None:
    sale(clients[0], 10, day=date(2026, 1, 5))
    Touch.objects.create(client=clients[0], user=anna, at="2026-03-05T10:00+00:00")

    assert report_of().rows.get().verdict == ""


def test_a_period_of_months_is_the_sum_of_its_months(clients: list[Client]) -> None:
    for month in (1, 2, 3):
        sale(clients[0], 100 * month, day=date(2026, month, 10))
        sale(clients[1], 7, day=date(2026, month, 11))
        pool("10.01", "orders", month=date(2026, month, 1))

    report = report_of(date(2026, 1, 1), APRIL)

    assert profits(report) == {clients[0].pk: Decimal("584.97"), clients[1].pk: Decimal("6.00")}
    assert ProfitReport.objects.count() == 4
    assert Figures.read(report.figures).difference == 0


def test_days_within_a_month_bear_their_part_of_its_pools(clients: list[Client]) -> None:
    sale(clients[0], 100, day=date(2026, 3, 5))
    sale(clients[1], 100, day=date(2026, 3, 25))
    pool(100, "revenue")

    early, late = report_of(MARCH, date(2026, 3, 11)), report_of(date(2026, 3, 11), APRIL)

    assert shares(early) == {clients[0].pk: Decimal("32.26")}  # 10 of 31 days
    assert shares(late) == {clients[1].pk: Decimal("67.74")}
    assert Figures.read(early.figures).difference == Figures.read(late.figures).difference == 0


def test_a_report_holds_until_something_of_its_months_changes(clients: list[Client]) -> None:
    sale(clients[0], 100)
    report = report_of()
    assert holds(report)

    sale(clients[0], 1, day=date(2026, 5, 1))
    assert holds(report)

    document = sale(clients[0], 1)
    assert not holds(report)  # at once: its mark waits
    assert profits(report_of()) == {clients[0].pk: 101}

    document.delete()
    assert profits(report_of()) == {clients[0].pk: 100}


amount = st.integers(-90_000, 90_000).map(lambda cents: Decimal(cents) / 100)
day = st.integers(0, 89).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
who = st.integers(0, 4)
entry = st.tuples(st.sampled_from(["sale", "sale", "return", "cost", "complaint", "touch", "pay"]), who, amount, day, st.booleans())
pools = st.lists(st.tuples(st.integers(1, 3), st.integers(-20_000, 90_000), st.sampled_from(Driver.values)), max_size=6)
edges = st.tuples(day, day).filter(lambda both: both[0] < both[1])


@pytest.mark.django_db
def test_all_clients_and_what_nobody_bears_are_the_company_to_the_cent(anna: User) -> None:
    known = [register(anna) for _number in range(4)]
    clients: list[Client | None] = [None, *known]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(entry, max_size=20), pools, edges)
    def reconciled(entries: list[Any], some_pools: list[Any], period: tuple[date, date]) -> None:
        with transaction.atomic():
            for what, number, money, on, yes in entries:
                write(what, clients[number], money, on, yes, anna)
            for number, (month, cents, driver) in enumerate(some_pools):
                made = pool(Decimal(cents) / 100, driver, month=date(2026, month, 1), name=f"Pool {number}")
                if driver == "by_hand":
                    PoolWeight.objects.create(pool=made, client=known[number % 4], weight=number)
            for first, end in ((date(2026, 1, 1), APRIL), period):
                assert_reconciled(report_of(first, end), first, end)
            transaction.set_rollback(True)

    reconciled()


@pytest.mark.django_db
def test_a_kept_report_says_what_one_says_that_is_worked_out_from_nothing(anna: User) -> None:
    known = [register(anna) for _number in range(3)]
    clients: list[Client | None] = [None, *known]
    january = date(2026, 1, 1)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.lists(entry, max_size=4), st.integers(0, 5), pools), min_size=2, max_size=4), edges)
    def the_same(steps: list[Any], period: tuple[date, date]) -> None:
        with transaction.atomic():
            for number, (entries, taken_back, some_pools) in enumerate(steps):
                for what, who, money, on, yes in entries:
                    write(what, clients[who % 4], money, on, yes, anna)
                for document in Document.objects.filter(reverses=None, payments=None).order_by("pk")[taken_back : taken_back + 1]:
                    document.delete()
                for place, (month, cents, driver) in enumerate(some_pools[:2]):
                    pool(Decimal(cents) / 100, driver, month=date(2026, month, 1), name=f"Pool {number} {place}")
                for first, end in ((january, APRIL), (MARCH, APRIL), period):
                    kept = said_by(report_of(first, end))
                    with transaction.atomic():
                        ProfitReport.objects.all().delete()
                        anew = said_by(report_of(first, end))
                        transaction.set_rollback(True)
                    assert kept == anew
            transaction.set_rollback(True)

    the_same()


def said_by(report: ProfitReport) -> tuple[Any, Any]:
    rows = report.rows.values("client", "revenue", "discount", "direct_cost", "own_cost", "pool_cost", "profit", "orders", "verdict")
    return sorted(rows, key=lambda row: row["client"] or 0), Figures.read(report.figures)


def write(what: str, client: Client | None, money: Decimal, on: date, yes: bool, user: User) -> None:
    """Write one thing into the ledger."""
    if what in ("sale", "return"):
        sign = -1 if what == "return" else 1
        rate = Decimal("0.873") if yes else Decimal(1)
        sale(client, sign * abs(money), on, rate=rate, direct_cost=money / 3, due_on=on if yes else None, currency="USD" if yes else "EUR")
    elif what == "cost":
        cost(client, money, on)
    elif what == "pay":
        document = Document.objects.filter(due_on__isnull=False).first()
        if document and money:
            Payment.objects.create(document=document, day=on, amount=money)
    elif client is not None and what == "complaint":
        complaint(client, abs(money), on)
    elif client is not None:
        Touch.objects.create(client=client, user=user, at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC), minutes=5 if yes else None)


def assert_reconciled(report: ProfitReport, first: date, end: date) -> None:
    """Work the company out from the rows that were typed, past views, roll-up and reports."""
    within: dict[str, Any] = {"day__gte": first, "day__lt": end}
    company = sum(one.home_amount - one.home_direct_cost for one in Document.objects.filter(**within))
    company -= sum(one.home_amount for one in Cost.objects.filter(**within)) + sum(one.cost for one in Complaint.objects.filter(**within))
    days = {month: (date(2026, month + 1, 1) - date(2026, month, 1)).days for month in (1, 2, 3)}
    for one in CostPool.objects.all():
        month, length = one.month.month, days[one.month.month]
        begin, close = max(first, one.month), min(end, date(2026, month + 1, 1))
        if begin < close:
            upto, before = ((edge - one.month).days for edge in (close, begin))
            company -= round_half_up(one.amount * upto / length) - round_half_up(one.amount * before / length)
    figures = Figures.read(report.figures)
    assert figures.difference == 0
    assert figures.company_profit == company
    assert sum(profits(report).values()) - report.unallocated == company
    assert Figures.read(figures.as_json()) == figures
    for client, borne in report.rows.exclude(client=None).values_list("client", "pool_cost"):
        assert sum(shares_of(report, client).values()) == borne


def round_half_up(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
