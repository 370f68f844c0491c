"""Setting one field of many clients: the dialog draws the input of the field that is chosen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, CustomField


def test_a_custom_field_is_set_for_two_clients_and_taken_back(
    page: Page, signed_in: Callable[[User], User], anna: User, axe: Callable[[], None]
) -> None:
    CustomField.objects.create(key="price_list", label="Price list", kind="choice", choices=["Standard", "Partner"])
    CustomField.objects.create(key="news", label="Gets the newsletter", kind="boolean", position=1)
    for name in ("A", "B", "C"):
        Client.objects.create(full_name=f"Client {name}", manager=anna, is_customer=True)
    signed_in(anna)
    page.goto("/clients/")
    for name in ("A", "B"):
        page.get_by_role("checkbox", name=f"Select Client {name}").check()
    page.get_by_role("button", name="Set a field").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Source")).to_be_attached()
    dialog.get_by_label("Field", exact=True).select_option(label="Price list")
    expect(dialog.get_by_label("Price list")).to_be_visible()
    expect(dialog.get_by_label("Field", exact=True)).to_be_focused()
    dialog.get_by_label("Field", exact=True).select_option(label="Gets the newsletter")
    dialog.get_by_role("group", name="Gets the newsletter").get_by_text("no", exact=True).click()
    axe()
    dialog.get_by_role("button", name="Set a field").click()
    expect(page.get_by_text("2 clients changed.")).to_be_visible()
    expect(dialog).to_be_hidden()
    assert list(Client.objects.order_by("pk").values_list("custom", flat=True)) == [{"news": False}, {"news": False}, {}]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 rows are as they were before.")).to_be_visible()
    assert not Client.objects.exclude(custom={}).exists()
