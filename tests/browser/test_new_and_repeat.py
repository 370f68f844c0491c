"""Walks from what clients earn to what winning them costs: the curve, its table, on paper and on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Source
from sales import rollup
from sales.periods import company_today
from tests.clients.registry import register
from tests.sales.ledger import cost, sale

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def won(anna: User) -> None:
    """One client of a fair that has paid back, one of a source with an ugly name that has not, one that never bought."""
    today = company_today()
    fair = Source.objects.create(name="Fair", targeted=True)
    ugly = Source.objects.create(name="<img src=x onerror=alert(1)> " + "Überlanger-Name-ohne-Umbruch" * 2)
    for name, source, direct in (("Paid Ltd", fair, 400), ("Slow Ltd", ugly, 990)):
        client = register(anna, full_name=name, source=source.pk)
        cost(client, 80, today - timedelta(days=75), category="first_deals")
        for back in (70, 40, 1):
            sale(client, 1000, today - timedelta(days=back), direct_cost=direct)
    cost(register(anna, full_name="Never Ltd", source=ugly.pk), 300, today - timedelta(days=20), category="first_deals")
    cost(None, 900, today - timedelta(days=90), category="campaigns", source=fair)
    rollup.refresh_all()


def test_the_way_back_is_drawn_told_and_read_by_everybody(
    page: Page, signed_in: SignIn, dmitri: User, won: None, axe: Callable[[], None]
) -> None:
    signed_in(dmitri)
    page.goto("/profitability/")
    page.get_by_role("link", name="What winning a client costs, and when it comes back").click()

    expect(page.get_by_role("heading", name="New against repeat")).to_be_visible()
    expect(page.locator("[data-chart=payback] canvas")).to_be_visible()
    expect(page.get_by_role("row", name="Fair")).to_contain_text("€1,800")
    expect(page.get_by_role("row", name="Überlanger")).to_contain_text("missing")
    expect(page.get_by_text("agrees with Profitability to the cent")).to_be_visible()
    page.get_by_text("As a table").click()
    expect(page.get_by_role("columnheader", name="Clients so far")).to_be_visible()
    axe()

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe()
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV").click()
    assert taken.value.suggested_filename.endswith(".csv")
    page.get_by_role("link", name="Profitability", exact=True).first.click()
    expect(page.get_by_role("heading", name="Profitability")).to_be_visible()
