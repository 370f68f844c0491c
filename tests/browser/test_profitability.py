"""Walks through what clients earn: figures that come by themselves, and pictures that are drawn once."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from scoring import reports
from scoring.services import refresh_reports
from scoring.tasks import refresh
from tests.clients.registry import register
from tests.sales.ledger import sale

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def earning(anna: User) -> list[Client]:
    """Two who earn and one who costs money."""
    clients = [register(anna, full_name=name) for name in ("Angel & Co", "Between Ltd", "Demon Ltd")]
    for client, cost in zip(clients, (500, 950, 1200), strict=True):
        sale(client, 1000, company_today() - timedelta(days=1), direct_cost=cost)
    rollup.refresh_all()
    return clients


def test_a_list_that_is_worked_out_fills_by_itself(
    page: Page, signed_in: SignIn, dmitri: User, earning: list[Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    monkeypatch.setattr(refresh, "apply_async", lambda **how: None)
    signed_in(dmitri)
    page.goto("/profitability/clients/?period=rolling")
    expect(page.get_by_role("heading", name="Profit of this period is worked out")).to_be_visible()
    steps = page.evaluate("history.length")

    refresh_reports()

    expect(page.get_by_role("link", name="Angel & Co", exact=True)).to_be_visible()
    expect(page.locator("#list-count")).to_contain_text("3")
    assert page.evaluate("history.length") == steps


def test_a_picture_is_drawn_once_and_leads_to_a_client_only_where_it_shows_one(
    page: Page, signed_in: SignIn, dmitri: User, earning: list[Client]
) -> None:
    signed_in(dmitri)
    page.goto("/profitability/")
    whale = page.locator("[data-chart=whale] .plot")
    expect(whale.locator("canvas")).to_be_visible()
    expect(page.locator("#moved")).not_to_have_attribute("aria-busy", "true")  # came with a swap of its own
    page.evaluate("""() => {
      const chart = echarts.getInstanceByDom(document.querySelector("[data-chart=whale] .plot")), set = chart.setOption;
      window.drawn = 0;
      chart.setOption = (...given) => { window.drawn += 1; return set.apply(chart, given); };
    }""")

    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:after:settle'))")
    assert page.evaluate("window.drawn") == 0
    page.evaluate("document.dispatchEvent(new CustomEvent('seraph:theme'))")
    assert page.evaluate("window.drawn") == 1

    box = whale.bounding_box()
    assert box is not None
    whale.click(position={"x": 2, "y": box["height"] - 2})  # beside the curve, on the axis
    assert page.url.endswith("/profitability/")
    whale.click(position={"x": box["width"] * 0.6, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(r"/clients/\d+/"))
