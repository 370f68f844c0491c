"""Another driver of a pool: beside the company on paper, and beside what really happens when it is changed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.models import Client
from sales.models import CostPool, Driver, PoolWeight
from scoring.figures import Figures
from scoring.models import ProfitReport, ProfitRow, ProfitSettings
from scoring.whatif.pools import Changed, PoolChange, PoolOutcome, pools_of, under
from tests.clients.registry import register
from tests.sales.ledger import pool
from tests.scoring.test_arithmetic import APRIL, edges, entry, report_of, write
from tests.scoring.test_paper import Six, reported
from tests.scoring.whatif.paper import exactly


def camps(outcome: PoolOutcome) -> dict[str, tuple[int, int]]:
    return {camp.verdict: (camp.now, camp.then) for camp in outcome.camps}


def test_the_warehouse_by_complaints_makes_an_angel_and_a_demon(six: Six) -> None:
    """300.00 by complaints: C bears 100.00 and D 200.00. C falls to −46.67 (15.83 + 37.50 − 100.00); A, B and F rise."""
    for name, amount, driver in (("Warehouse", 300, "lines"), ("Accounts", 100, "orders"), ("Credit", 50, "credit_days")):
        pool(amount, driver, name=name)

    outcome = under(reported(), PoolChange("warehouse", "complaints"))

    assert camps(outcome) == {"angel": (3, 3), "between": (1, 0), "demon": (2, 3)}
    assert outcome.changed == [Changed(six["C"].pk, "between", "demon", Decimal("15.83"), Decimal("-46.67"))]
    assert (outcome.bear_more, outcome.bear_less) == (2, 3)
    assert (outcome.amount_now, outcome.amount_then, outcome.gain) == exactly(300, 300, 0)
    assert outcome.pools == 1


def test_a_pool_that_nobody_would_drive_is_borne_by_nobody(six: Six) -> None:
    pool(100, "orders")
    six["C"].complaints.all().delete()
    six["D"].complaints.all().delete()

    outcome = under(reported(), PoolChange("Warehouse", "complaints"))

    assert (outcome.nobody_now, outcome.nobody_then) == exactly(0, 100)


def test_less_of_a_pool_is_real_money(six: Six) -> None:
    pool(100, "by_hand")
    PoolWeight.objects.create(pool=CostPool.objects.get(), client=six["A"], weight=1)

    outcome = under(reported(), PoolChange("Warehouse", percent=Decimal("-12.345")))

    assert (outcome.amount_then, outcome.gain) == exactly("87.66", "12.34")
    assert (outcome.bear_more, outcome.bear_less) == (0, 1)


def test_thresholds_that_changed_since_the_report_are_not_blamed_on_the_pool(six: Six) -> None:
    pool(100, "orders")
    report = reported()
    ProfitSettings.objects.update_or_create(pk=1, defaults={"angel_margin": 90, "demon_below": 30})

    outcome = under(report, PoolChange("Warehouse", "orders"))

    assert outcome.changed == []
    assert [(camp.now, camp.profit_now) for camp in outcome.camps] == [(camp.then, camp.profit_then) for camp in outcome.camps]


def test_an_outcome_is_kept_whole(six: Six) -> None:
    pool(100, "orders")
    outcome = under(reported(), PoolChange("Warehouse", "equal"))

    assert PoolOutcome.read(outcome.as_dict()) == outcome


def test_the_pools_of_a_period_each_once(six: Six) -> None:
    pool(1, "orders", name="Warehouse")
    pool(1, "orders", name="warehouse", month=date(2026, 2, 1))
    pool(1, "orders", name="Accounts")

    assert pools_of(report_of(date(2026, 2, 1), APRIL)) == ["Accounts", "Warehouse"]


pools = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 90_000), st.sampled_from(Driver.values)), min_size=1, max_size=4)
drivers = st.sampled_from(["", *(value for value in Driver.values if value != "by_hand")])


@pytest.mark.django_db
def test_a_driver_that_is_really_changed_comes_to_what_was_said(anna: User) -> None:
    known = [register(anna) for _number in range(4)]
    clients: list[Client | None] = [None, *known]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(entry, max_size=16), pools, edges, drivers, st.sampled_from([0, 0, 25, -100]))
    def same(entries: list[Any], some: list[Any], period: tuple[date, date], driver: str, percent: int) -> None:
        with transaction.atomic():
            for what, number, money, on, yes in entries:
                write(what, clients[number], money, on, yes, anna)
            for number, (month, cents, by) in enumerate(some):
                name = "Shared" if not CostPool.objects.filter(month=date(2026, month, 1), name="Shared").exists() else f"Pool {number}"
                made = pool(Decimal(cents) / 100, by, month=date(2026, month, 1), name=name)
                PoolWeight.objects.create(pool=made, client=known[number % 4], weight=number + 1)
            before = report_of(*period)
            rows = verdicts(before)
            outcome = under(before, PoolChange("Shared", driver, Decimal(percent)))
            assert verdicts(before) == rows

            for one in CostPool.objects.filter(name="Shared"):
                one.driver = driver or one.driver
                one.amount = (one.amount * (100 + percent) / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
                one.save()

            assert_same(outcome, rows, report_of(*period), before)
            transaction.set_rollback(True)

    same()


def verdicts(report: ProfitReport) -> dict[int, tuple[str, Decimal]]:
    rows = ProfitRow.objects.filter(report=report).exclude(client=None).values_list("client", "verdict", "profit")
    return {client: (verdict, profit) for client, verdict, profit in rows if client is not None}


def assert_same(outcome: PoolOutcome, was: dict[int, tuple[str, Decimal]], report: ProfitReport, before: ProfitReport) -> None:
    """Compare what was worked out with what has become of it."""
    now = verdicts(report)
    counted = Counter(verdict for verdict, _profit in now.values())
    assert {camp.verdict: camp.then for camp in outcome.camps if camp.then} == {name: count for name, count in counted.items() if name}
    for camp in outcome.camps:
        assert camp.profit_then == sum(profit for verdict, profit in now.values() if verdict == camp.verdict)
    nothing = ("", Decimal(0))
    moved = {client: (was.get(client, nothing), now.get(client, nothing)) for client in was.keys() | now.keys()}
    turned = {client: pair for client, pair in moved.items() if pair[0][0] != pair[1][0]}
    assert {one.client: ((one.was, one.profit_now), (one.becomes, one.profit_then)) for one in outcome.changed} == turned
    assert outcome.bear_more == sum(1 for first, second in moved.values() if second[1] < first[1])
    gained = Figures.read(report.figures).company_profit - Figures.read(before.figures).company_profit
    assert gained == outcome.gain
