"""Taking the page of profitability out, by keyboard and on a phone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from tests.browser.conftest import Look, every_look
from tests.clients.registry import register
from tests.sales.ledger import sale
from ui.models import ExportLog

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def two(anna: User) -> list[Client]:
    clients = [register(anna, full_name=name) for name in ("Ангел", "Demon")]
    for client, cost in zip(clients, (100, 1500), strict=True):
        sale(client, 1000, company_today(), direct_cost=cost)
        sale(client, 1000, company_today().replace(day=1) - timedelta(days=1), direct_cost=500)
    rollup.refresh_all()
    return clients


@every_look
def test_the_page_goes_out_as_it_is_on_the_screen(
    page: Page,
    look: Look,
    signed_in: SignIn,
    dmitri: User,
    two: list[Client],
    tmp_path: Path,
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    signed_in(dmitri)
    page.goto("/profitability/?period=month&by=manager")
    page.get_by_label("Client", exact=True).select_option(label="Ангел")
    expect(page.locator("#waterfall figure .plot")).to_have_attribute("aria-label", "From revenue down to profit: Ангел")

    page.get_by_role("button", name="Export").focus()
    page.keyboard.press("Enter")
    axe()
    shot("profitability-export")
    for _stop in range(2):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="This page as XLSX")).to_be_focused()
    with page.expect_download() as coming:
        page.keyboard.press("Enter")
    coming.value.save_as(tmp_path / "page.xlsx")

    book = load_workbook(tmp_path / "page.xlsx")
    assert book["Money of one client"]["A1"].value == "Ангел"
    assert book["Groups"]["A1"].value == "Manager"
    expect(page.locator("#export-menu")).to_be_hidden()
    assert ExportLog.objects.get().user == dmitri
