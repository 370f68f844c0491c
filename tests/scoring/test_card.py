"""What a client earned stands on its card, for whoever may see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.models import LedgerSettings
from sales.periods import company_today, first_of_month
from scoring.models import ProfitReport
from scoring.periods import Period
from scoring.reports import work_out
from tests.clients.registry import register
from tests.sales.ledger import cost, sale


@pytest.fixture
def demon(anna: User) -> Client:
    client = register(anna, full_name="Demon Ltd")
    sale(client, 1000, company_today(), direct_cost=900)
    cost(client, 177, company_today())
    rollup.refresh_all()
    return client


def work_out_the_year() -> ProfitReport:
    year = Period.rolling(first_of_month(company_today()))
    return work_out(year.first, year.end)


def money(browser: Browser, user: User, client: Client) -> tuple[str, int]:
    """Return the panel of money as `user` sees it, and how many queries the card took."""
    browser.force_login(user)
    browser.get(f"/clients/{client.pk}/")
    with CaptureQueriesContext(connection) as queries:
        page = browser.get(f"/clients/{client.pk}/").content.decode()
    return page.split('id="money"', 1)[1].split("</section>", 1)[0], len(queries)


def test_the_verdict_is_for_whoever_sees_the_profit_of_the_client(
    client: Browser, anna: User, boris: User, clara: User, dmitri: User, demon: Client
) -> None:
    work_out_the_year()

    def told(user: User) -> bool:
        panel, _queries = money(client, user, demon)
        seen = ["−€77" in panel and "Profit" in panel, 'class="worth demon"' in panel and "demon" in panel]
        assert seen[0] == seen[1]
        return all(seen)

    assert [told(user) for user in (anna, boris, clara, dmitri)] == [False, False, False, True]
    LedgerSettings.objects.create(managers_see_profit=True)
    assert [told(user) for user in (anna, boris, clara, dmitri)] == [True, False, False, True]


def test_without_a_report_the_card_says_nothing_and_works_nothing_out(client: Browser, dmitri: User, demon: Client) -> None:
    assert "worth" not in money(client, dmitri, demon)[0]
    assert not ProfitReport.objects.exists()


def test_a_report_of_another_year_is_not_taken_for_this_one(client: Browser, dmitri: User, demon: Client) -> None:
    earlier = Period.rolling(first_of_month(first_of_month(company_today()) - timedelta(days=1)))
    work_out(earlier.first, earlier.end)
    assert "worth" not in money(client, dmitri, demon)[0]


def test_it_costs_one_query_of_whoever_may_see_it_and_none_of_others(
    client: Browser, anna: User, dmitri: User, demon: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sales import earned

    work_out_the_year()
    with monkeypatch.context() as patch:
        patch.setattr(earned, "_known", [])
        without = {user: money(client, user, demon)[1] for user in (anna, dmitri)}
    assert money(client, anna, demon)[1] == without[anna]
    assert money(client, dmitri, demon)[1] == without[dmitri] + 1 <= 20
