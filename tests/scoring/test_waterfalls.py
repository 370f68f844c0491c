"""From revenue to profit: of the company, of chosen clients, always to the cent of the line at the foot."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.models import Client
from sales import rollup
from scoring.figures import Figures, figures_of
from scoring.models import ProfitReport
from scoring.reports import work_out
from scoring.waterfalls import Waterfall, of_chosen, of_company
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, pool, sale

PAGE, WAY = reverse("scoring:profitability"), reverse("scoring:way")
JANUARY, MARCH, APRIL = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)


def test_the_way_is_for_whoever_sees_profit(client: Browser, anna: User) -> None:
    client.force_login(anna)
    assert client.get(WAY).status_code == 403


@pytest.fixture
def clients(anna: User, clara: User) -> list[Client]:
    """Two clients in February and March, money without one, a pool that is spread and one that nobody drives."""
    made = [register(anna, full_name="Anna's"), register(clara, full_name="Clara's")]
    for day in (date(2026, 2, 10), date(2026, 3, 12)):
        sale(made[0], 1000, day, discount=100, direct_cost=600)
        sale(made[1], 300, day, direct_cost="310.01")
        cost(made[0], "40.10", day)
        cost(made[1], 7, day, category="visits")
        cost(None, 5, day)
        sale(None, 70, day, direct_cost=20)
        pool("33.33", "orders", month=day.replace(day=1))
        pool("8.01", "credit_days", month=day.replace(day=1), name="Credit")
    complaint(made[1], 30, date(2026, 3, 20))
    rollup.refresh_all()
    return made


def steps(found: Waterfall) -> list[tuple[str, Decimal]]:
    return [(str(step.label), step.value) for step in found.all]


def adds_up(found: Waterfall) -> None:
    """Each sum is what the steps before it leave."""
    level = found.all[0].value
    for step in found.all[1:]:
        if step.total:
            assert step.value == level, step
        else:
            level += step.value


def figures(report: ProfitReport) -> Figures:
    return Figures.read(report.figures)


def test_the_way_of_the_company_is_that_of_the_foot_line(clients: list[Client]) -> None:
    told = figures(work_out(JANUARY, APRIL))
    found = of_company(told)

    assert steps(found) == [
        ("Revenue before discounts", Decimal(2800)),
        ("Discounts", Decimal(-200)),
        ("Direct cost", Decimal("-1820.02")),
        ("Delivery", Decimal("-80.20")),
        ("Complaint handling", Decimal(-30)),
        ("Visits", Decimal(-14)),
        ("Warehouse", Decimal("-66.66")),
        ("Profit of clients", told.profit),
        ("Without a client", Decimal(90)),
        ("Pools that nobody drives", Decimal("-16.02")),
        ("Company profit", told.company_profit),
    ]
    adds_up(found)
    assert told.difference == 0


@pytest.mark.parametrize(
    ("first", "end"),
    [(MARCH, APRIL), (date(2026, 2, 10), date(2026, 3, 13)), (date(2026, 3, 11), date(2026, 3, 13)), (APRIL, date(2026, 5, 1))],
)
def test_every_period_adds_up_days_of_months_too(first: date, end: date, clients: list[Client]) -> None:
    told = figures(work_out(first, end))
    adds_up(of_company(told))
    assert sum((one.amount for one in told.categories), Decimal(0)) == told.own_cost


def test_the_way_of_chosen_clients_ends_at_their_profit(clients: list[Client]) -> None:
    report = work_out(JANUARY, APRIL)
    one = Client.objects.filter(pk=clients[1].pk)
    told, found = figures_of(report, one), of_chosen(report, one)

    assert steps(found)[0] == ("Revenue", Decimal(600))
    assert ("Complaint handling", Decimal(-30)) in steps(found)
    assert ("Cost pools", -told.pool_cost) in steps(found)
    assert "Delivery" not in dict(steps(found))
    adds_up(found)
    assert found.all[-1].value == told.profit


def test_costs_that_came_since_the_report_do_not_upset_its_way(clients: list[Client]) -> None:
    report = work_out(JANUARY, APRIL)
    one = Client.objects.filter(pk=clients[1].pk)
    was = figures_of(report, one)
    cost(clients[1], 77, JANUARY)
    rollup.refresh_all()

    found = of_chosen(report, one)

    assert ("Own costs", -was.own_cost) in steps(found)
    adds_up(found)
    assert found.all[-1].value == was.profit


def test_the_page_shows_the_way_of_the_company_and_of_the_clients_chosen(
    client: Browser, dmitri: User, clara: User, clients: list[Client]
) -> None:
    client.force_login(dmitri)
    period = "first=2026-01-01&last=2026-03-31"
    page = client.get(f"{PAGE}?{period}").content.decode()
    assert "From revenue to profit of the company" in page
    assert "€2,800.00" in page
    assert "−€1,820.02" in page

    page = client.get(f"{PAGE}?{period}&manager={clara.pk}").content.decode()
    assert f'hx-get="{WAY}?period=2026-01-01_2026-03-31&manager={clara.pk}"' in page.replace("&amp;", "&")
    page = client.get(f"{WAY}?{period}&manager={clara.pk}").content.decode()
    assert "From revenue to profit of these clients" in page
    assert "Company profit" not in page


def test_names_that_mean_mischief_stay_text(client: Browser, dmitri: User, clients: list[Client]) -> None:
    pool(1, "orders", name="</script><script>alert(1)</script>", month=MARCH)
    client.force_login(dmitri)
    page = client.get(f"{PAGE}?first=2026-03-01&last=2026-03-31").content.decode()
    assert "<script>alert(1)" not in page


def test_figures_that_are_kept_know_their_categories(clients: list[Client], django_assert_max_num_queries: Any) -> None:
    report = ProfitReport.objects.get(pk=work_out(JANUARY, APRIL).pk)
    with django_assert_max_num_queries(1):  # names of the categories
        adds_up(of_company(figures(report)))
