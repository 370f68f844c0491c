"""Other terms of a client: beside the company on paper, and beside what really happens when they are applied."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.models import Cost, Document, Payment
from scoring.clients import shares_of
from scoring.figures import Figures
from scoring.models import ProfitReport, ProfitRow
from scoring.reports import work_out
from scoring.whatif.client import ClientWhatIf, Outcome
from scoring.whatif.terms import Terms, part_under
from tests.clients.registry import register
from tests.sales.ledger import MARCH, cost, pool, sale
from tests.scoring.test_paper import APRIL, LATER, Six, in_march, reported
from tests.scoring.whatif.paper import exactly

FEBRUARY = date(2026, 2, 1)


def three_pools() -> None:
    for name, amount, driver in (("Warehouse", 300, "lines"), ("Accounts", 100, "orders"), ("Credit", 50, "credit_days")):
        pool(amount, driver, name=name)


def step(outcome: Outcome, label: str) -> tuple[Decimal, Decimal]:
    line = next(line for line in outcome.lines if str(line.label) == label)
    return line.now, line.then


def test_nothing_changed_is_what_the_report_says(six: Six) -> None:
    three_pools()
    report = reported()

    for client in six.values():
        outcome = ClientWhatIf(report, client.pk).under(Terms())
        row = ProfitRow.objects.get(report=report, client=client)
        assert (outcome.now.profit, outcome.now.revenue, outcome.now.verdict) == (row.profit, row.revenue, row.verdict)
        assert outcome.now == outcome.then
        assert (outcome.gain, outcome.shifted, outcome.unborne) == exactly(0, 0, 0)
        assert all(line.change == 0 for line in outcome.lines)


def test_fewer_days_to_pay_move_the_pool_of_credit_and_earn_the_company_nothing(six: Six) -> None:
    """B is agreed 10 days. Of 5, it weighs 9,000 beside D's 1,400: 43.27 and 6.73 of 50.00."""
    three_pools()

    outcome = ClientWhatIf(reported(), six["B"].pk).under(Terms(days=5))

    assert step(outcome, "Credit") == exactly("-46.39", "-43.27")
    assert (outcome.now.profit, outcome.then.profit) == exactly("239.44", "242.56")
    assert (outcome.gain, outcome.shifted) == exactly(0, "3.12")
    assert outcome.company_now == outcome.company_then == 665


def test_a_higher_price_is_real_money_and_bears_more_of_a_pool_by_revenue(six: Six) -> None:
    """B sells 1,000 before discounts: 10 % more are 100.00. By revenue it then weighs 1,000 of 3,370: 29.67 instead of 27.52."""
    pool(100, "revenue")

    outcome = ClientWhatIf(reported(), six["B"].pk).under(Terms(price=Decimal(10)))

    assert step(outcome, "Revenue") == exactly(1000, 1100)
    assert step(outcome, "Warehouse") == exactly("-27.52", "-29.67")
    assert (outcome.gain, outcome.profit_change, outcome.shifted) == exactly(100, "97.85", "-2.15")


def test_a_demon_is_turned_by_paying_for_its_delivery(six: Six) -> None:
    """D lost 60.00 before pools; 50.00 of it was delivery, 20.00 complaints, and it ordered once."""
    report = reported()

    outcome = ClientWhatIf(report, six["D"].pk, small_below=Decimal(250)).under(
        Terms(delivery_share=Decimal(100), small_below=Decimal(250), small_fee=Decimal("12.50"))
    )

    assert step(outcome, "Delivery charged") == exactly(0, 50)
    assert step(outcome, "Surcharge on small orders") == exactly(0, "12.50")
    assert (outcome.now.verdict, outcome.then.verdict) == ("demon", "between")
    assert outcome.then.profit == Decimal("2.50")


def test_who_is_only_visited_leaves_equal_shares_to_the_others(six: Six) -> None:
    """E cost 25.00 of visits and touched once, so it stays among the six even without them."""
    pool(100, "equal")

    outcome = ClientWhatIf(reported(), six["E"].pk).under(Terms(visits=Decimal(-100)))

    assert step(outcome, "Warehouse") == exactly("-16.66", "-16.66")
    assert outcome.gain == 25


def test_what_nobody_drives_any_more_is_borne_by_nobody(anna: User) -> None:
    client = register(anna)
    sale(client, 100, in_march(5), discount=50)
    pool(30, "revenue")

    outcome = ClientWhatIf(reported(), client.pk).under(Terms(discount=Decimal(500), price=Decimal(-50)))

    assert step(outcome, "Warehouse") == exactly(-30, 0)
    assert (outcome.unborne, outcome.shifted) == exactly(30, 0)
    assert outcome.company_then == outcome.company_now - 75 - 250


def test_with_many_clients_shares_that_move_are_near(six: Six) -> None:
    pool(100, "revenue")
    report = reported()

    exact = ClientWhatIf(report, six["C"].pk).under(Terms(price=Decimal(10)))
    near = ClientWhatIf(report, six["C"].pk, exact=False).under(Terms(price=Decimal(10)))

    assert not near.exact
    assert abs(exact.then.profit - near.then.profit) <= Decimal("0.01")
    assert exact.now == near.now


def test_real_days_to_pay_come_to_the_same(six: Six) -> None:
    """B pays on the tenth day instead of the twentieth: half the days, as agreed 5 instead of 10 would have it."""
    three_pools()
    outcome = ClientWhatIf(reported(), six["B"].pk).under(Terms(days=5))

    Payment.objects.filter(document__client=six["B"]).update(day=in_march(19))

    assert_same(outcome, reported(), six["B"])


def assert_same(outcome: Outcome, report: ProfitReport, client: Client) -> None:
    """Compare what was worked out with what has become of it."""
    row = ProfitRow.objects.filter(report=report, client=client).first()
    assert outcome.then.profit == (row.profit if row else 0)
    assert outcome.then.revenue == (row.revenue if row else 0)
    assert outcome.then.verdict == (row.verdict if row else "")
    assert outcome.company_then == Figures.read(report.figures).company_profit
    for name, share in shares_of(report, client.pk).items():
        assert not share or step(outcome, name)[1] == -share


percent = st.integers(-90, 200).map(Decimal)
charge = st.integers(0, 5_000).map(lambda cents: Decimal(cents) / 100)
asked = st.builds(
    Terms,
    price=percent,
    discount=st.integers(-100, 200).map(Decimal),
    delivery_each=charge,
    delivery_share=st.integers(0, 100).map(Decimal),
    visits=st.integers(-100, 100).map(Decimal),
    service=st.just(Decimal(0)),
)
sold = st.tuples(st.integers(1, 90_000), st.integers(0, 5_000), st.integers(0, 9_000), st.integers(0, 9_000))
ledger = st.lists(st.tuples(sold, sold, sold), min_size=2, max_size=2)
some_pools = st.lists(
    st.tuples(st.integers(2, 3), st.integers(1, 90_000), st.sampled_from(["revenue", "revenue", "orders", "equal", "credit_days"])),
    min_size=1,
    max_size=3,
)
ends = st.sampled_from([(FEBRUARY, APRIL), (MARCH, APRIL), (date(2026, 2, 10), date(2026, 3, 20))])


@pytest.mark.django_db
def test_terms_that_are_really_applied_come_to_what_was_said(anna: User) -> None:
    clients = [register(anna) for _number in range(3)]

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(ledger, some_pools, asked, ends)
    def same(months: list[Any], pools: list[Any], terms: Terms, period: tuple[date, date]) -> None:
        with transaction.atomic():
            for month, entries in zip((2, 3), months, strict=True):
                for client, (amount, discount, delivery, visits) in zip(clients, entries, strict=True):
                    day = date(2026, month, 15)
                    sale(client, Decimal(amount) / 100, day, discount=Decimal(discount) / 100, direct_cost=Decimal(amount) / 300)
                    cost(client, Decimal(delivery) / 100, day)
                    cost(client, Decimal(visits) / 100, day, category="visits")
            for number, (month, amount, driver) in enumerate(pools):
                pool(Decimal(amount) / 100, driver, month=date(2026, month, 1), name=f"Pool {number}")
            rollup.refresh_all()
            what_if = ClientWhatIf(work_out(*period, now=LATER), clients[0].pk)
            outcome = what_if.under(terms)
            # an order for nothing is none, and what was sold for less than nothing is a return: that is not arithmetic any more
            assume(all(part_under(terms, part, None).revenue > 0 for part in what_if.parts.values()))

            apply(terms, what_if, clients[0])

            rollup.refresh_all()
            assert_same(outcome, work_out(*period, now=LATER), clients[0])
            transaction.set_rollback(True)

    same()


def apply(terms: Terms, what_if: ClientWhatIf, client: Client) -> None:
    """Change the documents of a client as the terms would have them: one sale and one cost of a kind in each month."""
    months = {report.first.month: what_if.parts[key] for key, report in what_if.reports.items() if key in what_if.parts}
    parts = {month: part_under(terms, part, None) for month, part in months.items()}
    for month, part in parts.items():
        Document.objects.filter(client=client, day__month=month).update(amount=part.revenue, discount=part.discount)
        for kind, amount in part.costs.items():
            Cost.objects.filter(client=client, day__month=month, category__key=kind).update(amount=amount)
