"""Chooses, by the keyboard, which clients the page of profitability shows; and sets what makes an angel."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from tests.browser.conftest import Watch
from tests.clients.registry import register
from tests.sales.ledger import cost, sale

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def earning(anna: User, clara: User) -> list[Client]:
    clients = [register(anna, full_name="Anna's one"), register(clara, full_name="Clara's one")]
    for client in clients:
        sale(client, 1000, company_today(), direct_cost=500)
        cost(client, 20, company_today())
    rollup.refresh_all()
    return clients


@pytest.mark.parametrize("width", [1440, 390])
def test_clients_are_chosen_and_let_go_by_the_keyboard(
    page: Page, signed_in: SignIn, dmitri: User, earning: list[Client], axe: Callable[[], None], width: int
) -> None:
    signed_in(dmitri)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/profitability/")
    expect(page.get_by_role("heading", name="From revenue to profit of the company")).to_be_visible()
    axe()
    page.locator("a.choose").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Which clients")).to_be_visible()

    dialog.get_by_label("Add a condition").select_option("manager")
    dialog.get_by_role("checkbox", name="Clara Moreau").focus()
    page.keyboard.press("Space")
    axe()
    expect(dialog.get_by_label("Add a condition").locator("option", has_text="Manager")).to_have_count(0)
    dialog.get_by_role("button", name="Show").press("Enter")

    expect(page).to_have_url(re.compile(r"manager=\d+"))
    expect(page.get_by_role("heading", name="From revenue to profit of these clients")).to_be_visible()
    expect(page.locator(".whole-way")).to_contain_text("€480.00")
    expect(page.get_by_role("link", name="Clara's one").first).to_be_visible()
    expect(page.get_by_role("link", name="Anna's one")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    axe()

    page.get_by_role("link", name="Remove the filter Manager").press("Enter")
    expect(page.get_by_role("link", name="Anna's one").first).to_be_visible()


def test_a_threshold_is_set_and_undone(
    page: Page, signed_in: SignIn, dmitri: User, earning: list[Client], axe: Callable[[], None], watch: Watch
) -> None:
    watch.allow("422")
    signed_in(dmitri)
    page.goto("/profit-settings/")
    axe()
    margin = page.get_by_label("An angel keeps at least, % of its revenue")
    margin.fill("120")
    margin.press("Enter")
    expect(page.get_by_text("Give a percentage from 0 to 100").first).to_be_visible()
    expect(margin).to_have_value("120")
    axe()
    margin.fill("60")
    margin.press("Enter")
    expect(page.get_by_text("Keeps 60 % of its revenue or more")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Keeps 10 % of its revenue or more")).to_be_visible()
