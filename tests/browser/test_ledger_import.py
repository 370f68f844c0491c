"""Sales through the pages of the importer, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from sales.models import Document
from tests.browser.conftest import every_look
from tests.clients.imports.files import csv_file
from tests.clients.registry import register

pytestmark = pytest.mark.usefixtures("import_worker")
SignIn = Callable[[User], User]
ROWS = [
    ["Счёт", "Дата", "Контрагент", "Номенклатура", "Количество", "Цена", "Себестоимость единицы", "Тип скидки"],
    ["С-1001", "10.03.2026", "ООО «Ромашка»", "Болт М8 оцинкованный, с полной резьбой, в коробках по сто штук", "100", "12,50", "9", ""],
    ["С-1001", "10.03.2026", "ООО «Ромашка»", "Гайка", "100", "3,20", "2", ""],
    ["С-1002", "11.03.2026", "Nobody & Sons", "Гайка", "10", "3,20", "2", ""],
    ["С-1003", "12.03.2026", "", "Шайба", "-5", "1,10", "1", ""],
]  # fmt: skip


def figure(page: Page, name: str) -> Any:
    return page.locator(".stat", has=page.get_by_text(name, exact=True)).locator(".v")


@every_look
def test_sales_are_mapped_tried_written_and_taken_back(
    page: Page, signed_in: SignIn, admin: User, tmp_path: Path, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    register(admin, full_name="ООО «Ромашка»")
    signed_in(admin)
    page.goto("/imports/")
    page.get_by_text("Sales or purchases", exact=True).click()
    page.get_by_label("File", exact=True).set_input_files(csv_file(tmp_path, ROWS, encoding="cp1251", delimiter=";", name="Продажи.csv"))
    axe()
    shot("ledger-import-file", full_page=True)
    page.get_by_role("button", name="Upload and look into it").click()

    expect(page.get_by_text("7 of 8 recognised")).to_be_visible()
    expect(page.get_by_role("heading", name="What is there already")).to_be_visible()
    page.get_by_text("are kept as money without a client").click()
    axe()
    shot("ledger-import-columns", full_page=True)
    page.get_by_role("button", name="Try it out").click()

    expect(page.get_by_role("heading", name="Trial finished: nothing is written yet")).to_be_visible()
    expect(figure(page, "New")).to_have_text("3")
    expect(figure(page, "Refused")).to_have_text("1")
    expect(page.get_by_text("No client of the registry has this; register the client first.")).to_be_visible()
    axe()
    shot("ledger-import-tried", full_page=True)
    page.get_by_role("button", name="Write 3 rows").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    assert Document.objects.get(number="С-1001").amount == 1570
    assert Document.objects.get(number="С-1003").client is None

    page.get_by_role("link", name="Undo this import…").click()
    axe()
    shot("ledger-import-undo", full_page=True)
    page.get_by_role("button", name="Take back 3 rows").click()
    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert not Document.objects.exists()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
