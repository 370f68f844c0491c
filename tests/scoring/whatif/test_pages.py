"""The pages of what-ifs: what they say, who may look, and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.models import LedgerSettings
from sales.periods import company_today
from scoring import reports
from scoring.models import CaseTerm, TurnaroundCase
from scoring.periods import read_period
from scoring.reports import work_out
from scoring.tasks import what_if
from scoring.whatif_page import ClientWhatIfPage
from tests.clients.registry import register
from tests.sales.ledger import cost, pool, sale
from tests.scoring.test_paper import Six

POOL = reverse("scoring:whatif_pool")
MARCH = "period=month-2026-03"


def of(client: Client) -> str:
    return reverse("scoring:whatif_client", args=[client.pk])


def opened(browser: Browser, user: User, address: str, status: int = 200) -> str:
    browser.force_login(user)
    answer = browser.get(address)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def three_pools() -> None:
    for name, amount, driver in (("Warehouse", 300, "lines"), ("Accounts", 100, "orders"), ("Credit", 50, "credit_days")):
        pool(amount, driver, name=name)
    rollup.refresh_all()


def held() -> dict[str, Any]:
    """Return a digest of everything that the analysis and the ledger keep."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith(("scoring_", "sales_"))]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found[table] = cursor.fetchone()
        return found


# --- the terms of a client -----------------------------------------------------------------------------


def test_other_terms_stand_beside_what_is(client: Browser, dmitri: User, six: Six) -> None:
    three_pools()

    page = opened(client, dmitri, f"{of(six['D'])}?{MARCH}&delivery_share=100&days=15")

    assert "−€117.78" in page  # as on paper
    assert "−€66.04" in page  # 50.00 of delivery, and 1.74 of the pool of credit
    assert "Delivery charged" in page
    assert "Now 30 on average" in page
    assert "Days to pay: 30 days → 15 days" in page
    assert "€665.00 → <b>€715.00</b>" in page  # real money: the delivery
    assert "€1.74 more" in page  # what others bear


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(client: Browser, dmitri: User, six: Six) -> None:
    rollup.refresh_all()

    page = opened(client, dmitri, f"{of(six['A'])}?{MARCH}&price=ten&discount=-101&small_fee=5&days=400&visits=3", status=422)

    for said in (
        "Give a number, for example 12.5.",
        "Give a percentage between -100 and 500.",
        "Say below which amount an order is small.",
        "Give whole days, 365 at most.",
    ):
        assert said in page
    assert 'value="ten"' in page
    assert 'value="3"' in page


def test_days_of_who_buys_for_cash_cannot_be_changed(client: Browser, dmitri: User, six: Six) -> None:
    rollup.refresh_all()

    assert "there are no days to change" in opened(client, dmitri, f"{of(six['A'])}?{MARCH}&days=10", status=422)


def test_a_client_with_whom_nothing_happened(client: Browser, dmitri: User, anna: User, six: Six) -> None:
    rollup.refresh_all()

    assert "Nothing happened with" in opened(client, dmitri, f"{of(register(anna))}?{MARCH}&price=5")


def test_looking_writes_nothing(client: Browser, dmitri: User, six: Six) -> None:
    three_pools()
    LedgerSettings.objects.update_or_create(pk=1, defaults={"locked_before": date(2026, 6, 1)})
    work_out(date(2026, 3, 1), date(2026, 4, 1))
    opened(client, dmitri, f"{of(six['B'])}?{MARCH}")
    before = held()

    opened(client, dmitri, f"{of(six['B'])}?{MARCH}&price=5&days=5&delivery_each=3&visits=-10&small_below=100&small_fee=1")
    opened(client, dmitri, f"{POOL}?{MARCH}&pool=Warehouse&driver=complaints&percent=10")

    assert held() == before


def test_who_may_not_see_profit_may_not_ask(client: Browser, anna: User, eve: User, six: Six) -> None:
    for user in (anna, eve):
        client.force_login(user)
        for address in (of(six["A"]), POOL):
            assert client.get(address).status_code == 403
        assert client.post(reverse("scoring:whatif_propose", args=[six["A"].pk])).status_code == 403


@pytest.mark.parametrize("months", [1, 3])
def test_a_longer_period_asks_one_query_more_a_month_at_most(
    client: Browser, dmitri: User, six: Six, months: int, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for month in range(1, 4):
        pool(100, "revenue", month=date(2026, month, 1))
    rollup.refresh_all()
    period = "month-2026-03" if months == 1 else "quarter-2026-1"
    opened(client, dmitri, f"{of(six['A'])}?period={period}")
    with django_assert_max_num_queries(24 + months):
        client.get(f"{of(six['A'])}?period={period}&price=5")
    opened(client, dmitri, f"{POOL}?period={period}")
    with django_assert_max_num_queries(26 + 19 * months):
        client.get(f"{POOL}?period={period}&driver=orders")


# --- handing over ------------------------------------------------------------------------------------------


def period_of(month: date) -> str:
    return f"period=rolling-{month:%Y-%m}"


def test_terms_are_proposed_in_the_form_of_the_case(client: Browser, dmitri: User, case: TurnaroundCase, month: date) -> None:
    asked = f"{period_of(month)}&price=10&delivery_share=50"
    assert "Propose these terms in the case" in opened(client, dmitri, f"{of(case.client)}?{asked}")

    answer = client.post(f"{reverse('scoring:whatif_propose', args=[case.client_id])}?{asked}")
    page = opened(client, dmitri, answer.headers["Location"])

    assert answer.headers["Location"].startswith(reverse("scoring:case_decide", args=[case.pk]))
    period = read_period(f"rolling-{month:%Y-%m}", company_today())
    days = min((company_today() - period.first).days + 1, (period.end - period.first).days)
    over = company_today() + timedelta(days=1) >= period.end
    gain = 250 if over else round(250 / (days / Decimal("365.25")), 0)  # 10 % of 1,000 and half of 300, in twelve months
    assert f'value="{gain}"' in page
    assert "– Price: +10\xa0%" in page
    note = QueryDict(urlsplit(answer.headers["Location"]).query)["note"]
    assert "€" not in note, "whoever sees the case reads its note, profit or no profit"
    assert "– Delivery: 50\xa0% of what it costs" in page
    case.refresh_from_db()
    assert (case.note, case.action, case.expected_gain) == ("", "", None)
    assert not CaseTerm.objects.exists()


def test_a_year_of_a_period_that_is_not_over_is_reckoned_by_the_days_that_were(dmitri: User, six: Six) -> None:
    rollup.refresh_all()

    def gain(day: int) -> Decimal:
        now = datetime(2026, 3, day, 12, tzinfo=UTC)
        return ClientWhatIfPage(dmitri, six["B"], QueryDict(f"{MARCH}&price=10"), now=now).gain_a_year

    assert gain(10) == round(100 / (10 / Decimal("365.25")), 0)
    assert gain(31) == 1200


def test_a_demon_without_a_case_gets_one(client: Browser, dmitri: User, demon: Client, month: date) -> None:
    asked = f"{period_of(month)}&price=10"
    assert "Open a case and propose these terms" in opened(client, dmitri, f"{of(demon)}?{asked}")

    client.post(f"{reverse('scoring:whatif_propose', args=[demon.pk])}?{asked}")

    assert TurnaroundCase.objects.open().filter(client=demon).count() == 1


def test_who_loses_nothing_gets_no_case(client: Browser, dmitri: User, demon: Client, month: date) -> None:
    peer = Client.objects.get(full_name="Peer 1")
    asked = f"{period_of(month)}&price=10"
    assert "propose these terms" not in opened(client, dmitri, f"{of(peer)}?{asked}")

    answer = client.post(f"{reverse('scoring:whatif_propose', args=[peer.pk])}?{asked}")

    assert answer.headers["Location"] == f"{of(peer)}?{asked}"
    assert not TurnaroundCase.objects.exists()


def test_a_term_that_was_agreed_stands_in_its_form(client: Browser, dmitri: User, case: TurnaroundCase, month: date) -> None:
    page = opened(client, dmitri, f"{reverse('scoring:case_terms', args=[case.pk])}?what=payment_days&before=60+days&becomes=30+days")

    assert 'value="60 days"' in page
    assert 'value="30 days"' in page
    assert '<option value="payment_days" selected>' in page


# --- the driver of a pool ------------------------------------------------------------------------------------


def test_another_driver_tells_who_gets_another_verdict(client: Browser, dmitri: User, six: Six) -> None:
    three_pools()

    page = opened(client, dmitri, f"{POOL}?{MARCH}&pool=Warehouse&driver=complaints")

    assert "1 client gets another verdict" in page
    assert "Client C" in page
    assert "−€62.50" in page
    assert "2 → 3" in page
    assert "as it is: the pool is only spread otherwise" in page
    assert f"{reverse('sales:pool', args=[six['A'].pk])}"[:12] in page
    assert "?driver=complaints" in page


def test_the_form_of_the_pool_begins_with_the_driver(client: Browser, dmitri: User, six: Six) -> None:
    made = pool(100, "orders")

    page = opened(client, dmitri, f"{reverse('sales:pool', args=[made.pk])}?driver=complaints")

    assert '<option value="complaints" selected>' in page
    made.refresh_from_db()
    assert made.driver == "orders"


def test_a_pool_of_a_closed_month_is_not_offered_for_a_change(client: Browser, dmitri: User, six: Six) -> None:
    three_pools()
    LedgerSettings.objects.update_or_create(pk=1, defaults={"locked_before": date(2026, 6, 1)})

    page = opened(client, dmitri, f"{POOL}?{MARCH}&pool=Warehouse&driver=complaints")

    assert "1 client gets another verdict" in page
    assert "Use this driver from now on" not in page


@pytest.mark.parametrize("query", ["pool=Nothing", "driver=by_hand", "driver=x", "percent=-101"])
def test_what_is_no_pool_and_no_driver_is_told(client: Browser, dmitri: User, six: Six, query: str) -> None:
    three_pools()

    opened(client, dmitri, f"{POOL}?{MARCH}&{query}", status=422)


def test_without_pools_there_is_nothing_to_ask(client: Browser, dmitri: User, six: Six) -> None:
    rollup.refresh_all()

    assert "No pools in this period" in opened(client, dmitri, f"{POOL}?{MARCH}")


def test_of_many_clients_the_worker_works_it_out(client: Browser, dmitri: User, six: Six, monkeypatch: pytest.MonkeyPatch) -> None:
    three_pools()
    work_out(date(2026, 3, 1), date(2026, 4, 1))
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    asked: list[Any] = []
    monkeypatch.setattr(what_if, "apply_async", lambda args, **how: asked.append(args))
    cache.clear()

    address = f"{POOL}?{MARCH}&pool=Warehouse&driver=complaints"
    assert "What this would change is worked out" in opened(client, dmitri, address)
    opened(client, dmitri, address)
    assert len(asked) == 1  # who looks again does not ask again

    what_if(*asked[0])

    assert "1 client gets another verdict" in opened(client, dmitri, address)


def test_a_link_leads_there_from_where_one_looks(client: Browser, dmitri: User, demon: Client, case: TurnaroundCase, month: date) -> None:
    made = pool(10, "orders", month=month)
    rollup.refresh_all()
    link = of(demon)

    assert f"{link}?{period_of(month)}" in opened(client, dmitri, f"{reverse('scoring:profitability')}?{period_of(month)}")
    assert f"{link}?{period_of(month)}" in opened(client, dmitri, f"{reverse('scoring:clients')}?{period_of(month)}")
    assert link in opened(client, dmitri, reverse("scoring:case", args=[case.pk]))
    assert POOL in opened(client, dmitri, f"{reverse('sales:pools')}?month={made.month:%Y-%m}")


def test_what_delivery_costs_is_a_cost_of_the_client(anna: User, client: Browser, dmitri: User) -> None:
    """Ugly names stand as they are."""
    odd = register(anna, full_name='<b>"Odd" & Sons</b>')
    sale(odd, 100, date(2026, 3, 3))
    cost(odd, Decimal("33.33"), date(2026, 3, 3))
    rollup.refresh_all()
    client.force_login(dmitri)

    page = client.get(f"{of(odd)}?{MARCH}&delivery_share=33.33").content.decode()

    assert "<b>&quot;Odd" not in page
    assert "€11.11" in page
