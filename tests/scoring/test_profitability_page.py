"""The page of profitability."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from tests.clients.registry import register
from tests.sales.ledger import cost, pool, sale

PAGE = reverse("scoring:profitability")


@pytest.fixture
def clients(anna: User) -> list[Client]:
    """An angel, one between and a demon, this month."""
    today = company_today()
    clients = [register(anna, full_name=name) for name in ("Angel & Co", "Between Ltd", "Demon <script>")]
    for client, profit in zip(clients, (500, 50, -200), strict=True):
        sale(client, 1000, today, direct_cost=1000 - profit)
    cost(clients[2], 100, today)
    pool(30, "orders", month=today.replace(day=1))
    rollup.refresh_all()
    return clients


def opened(client: Browser, user: User, address: str = PAGE) -> str:
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_tells_who_earns_and_who_takes_back(client: Browser, dmitri: User, clients: list[Client]) -> None:
    page = opened(client, dmitri)

    assert "2 clients earn 241\xa0% of the profit, 1 takes 141\xa0% back" in page
    assert "agrees with the ledger to the cent" in page
    assert "Demon &lt;script&gt;" in page
    assert "<script>Demon" not in page
    assert "€220.00" in page


def test_the_clients_of_a_filter_are_summed_alone(client: Browser, dmitri: User, clients: list[Client], clara: User) -> None:
    other = register(clara, full_name="Another's")
    sale(other, 10, company_today())
    rollup.refresh_all()

    page = opened(client, dmitri, f"{PAGE}?manager={clara.pk}")

    assert "Another&#x27;s" in page
    assert "Angel &amp; Co" not in page
    assert "agrees with the ledger" not in page


@pytest.mark.parametrize(
    "period", ["rubbish", "month-2026-13", "year-99999", "quarter-2026-0", "2026-02-30_2026-03-01", "month-2026-٣", "9999-01-01_9999-12-31"]
)
def test_a_period_that_makes_no_sense_is_the_usual_one(client: Browser, dmitri: User, clients: list[Client], period: str) -> None:
    usual = f'<option value="rolling-{company_today():%Y-%m}" selected>'
    assert usual in opened(client, dmitri, f"{PAGE}?period={period}")
    assert f'<option value="month-{company_today():%Y-%m}" selected>' in opened(client, dmitri, f"{PAGE}?period=month")


def test_the_way_of_one_client_adds_up(client: Browser, dmitri: User, clients: list[Client]) -> None:
    page = opened(client, dmitri, f"{reverse('scoring:waterfall')}?client={clients[2].pk}")

    for figure in ("€1,000.00", "−€1,200.00", "−€100.00", "−€10.00", "−€310.00"):
        assert figure in page


def test_the_largest_cost_of_days_is_of_those_days(client: Browser, dmitri: User, clients: list[Client]) -> None:
    first = company_today().replace(day=1) - timedelta(days=40)
    cost(clients[2], 400, first.replace(day=2), category="visits")
    cost(clients[2], 5, first.replace(day=20))
    sale(clients[2], 100, first.replace(day=20), direct_cost=200)
    rollup.refresh_all()

    page = opened(client, dmitri, f"{PAGE}?period={first.replace(day=15)}_{first.replace(day=25)}")

    assert "Delivery 5\xa0%" in page


def test_an_empty_ledger_says_what_to_do(client: Browser, dmitri: User) -> None:
    assert "Nothing was sold in this period" in opened(client, dmitri)


def test_managers_do_not_see_profit(client: Browser, anna: User, clients: list[Client]) -> None:
    client.force_login(anna)
    assert client.get(PAGE).status_code == 403
    assert client.get(f"{reverse('scoring:waterfall')}?client={clients[0].pk}").status_code == 403
    assert "Profitability" not in client.get(reverse("clients:list")).content.decode()


LIST = reverse("scoring:clients")


def test_the_list_tells_what_each_client_earned_and_the_change(client: Browser, dmitri: User, clients: list[Client]) -> None:
    last_month = company_today().replace(day=1) - timedelta(days=1)
    sale(clients[0], 100, last_month)
    rollup.refresh_all()

    page = opened(client, dmitri, f"{LIST}?period=month-{company_today():%Y-%m}&verdict=angel")

    assert "Angel &amp; Co" in page
    assert "Between Ltd" not in page
    assert "€490" in page  # 500 less its share of the pool
    assert "€390" in page  # 100 the month before


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_queries_however_many_rows(
    client: Browser, dmitri: User, anna: User, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        sale(register(anna, full_name=f"Client {number}"), 100, company_today())
    rollup.refresh_all()
    opened(client, dmitri, f"{LIST}?period=rolling")
    with django_assert_max_num_queries(24):
        client.get(f"{LIST}?period=rolling")


def test_the_list_is_closed_to_managers_in_every_part(client: Browser, anna: User, clients: list[Client]) -> None:
    client.force_login(anna)
    assert client.get(LIST).status_code == 403
    assert client.post(reverse("scoring:clients-export"), {"format": "csv"}).status_code == 403


def test_who_moved_since_the_period_before_is_told(client: Browser, dmitri: User, clients: list[Client]) -> None:
    last_month = company_today().replace(day=1) - timedelta(days=1)
    for number, profit in enumerate((-50, 300, -20)):
        sale(clients[number], 1000, last_month, direct_cost=1000 - profit)
    rollup.refresh_all()

    page = opened(client, dmitri, f"{reverse('scoring:moved')}?period=month-{company_today():%Y-%m}")

    assert page.index("Turned down") < page.index("Between Ltd") < page.index("Turned up") < page.index("Angel &amp; Co")
    assert "Demon" not in page.replace("demon", "")  # a demon then and now


@pytest.mark.parametrize("by", ["source", "industry", "manager", "line_of_business", "size", "rubbish"])
def test_profit_stands_by_who_the_clients_are(client: Browser, dmitri: User, clients: list[Client], by: str) -> None:
    Client.objects.filter(pk=clients[0].pk).update(employees=60)

    page = opened(client, dmitri, f"{PAGE}?by={by}")

    assert {"source": "Trade fair", "manager": "Anna Petrova", "size": "50 to 249"}.get(
        by, "not known" if by != "rubbish" else "Trade fair"
    ) in page
