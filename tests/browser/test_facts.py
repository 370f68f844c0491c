"""How sure we are of each fact, and what the history brings back: confirmed, undone, put back, restored."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from clients.services import change_client, change_contact, log_touch, remove_contact
from tests.browser.conftest import Look, every_look
from tests.clients.registry import OTHER_PHONE, PHONE, aged, asks, fresh

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def old_client(anna: User, dmitri: User) -> Client:
    """A client whose facts have grown old, with long values and a history."""
    for fact in ("emails", "address", "main_contact_phone", "stands_now"):
        asks(fact)
    client = aged(
        anna,
        {"full_name": "Mme Fatou Ngomo", "phones": PHONE},
        {"full_name": "M. Jean-Baptiste Lefèvre"},
        full_name="SAS Ateliers Mécaniques Lefèvre-Ngomo et Fils, successeurs de Brüder Müller-Lüdenscheidt",
        emails="service.des.achats.et.de.la.logistique@ateliers-mecaniques-lefevre-ngomo.example",
        address="Zone industrielle de la Grande Prairie du Haut-Jura, bâtiment 14 bis, quai C",
        city="Besançon",
        stands_now="Deliveries came late twice.",
    )
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Dole", "employees": 48, "website": "lefevre.example"})
    change_client(user=anna, client_id=client.pk, version=2, changes={"full_name": "SAS Lefèvre"})
    main = client.contacts.get(is_main=True)
    change_contact(user=dmitri, contact_id=main.pk, version=1, changes={"position": "Head of purchasing", "phones": OTHER_PHONE})
    remove_contact(user=anna, contact_id=client.contacts.get(is_main=False).pk, version=1)
    log_touch(user=anna, client_id=client.pk, note="Will call again.")
    return fresh(client)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@every_look
def test_one_fact_is_confirmed_and_taken_back(
    page: Page, signed_in: SignIn, anna: User, old_client: Client, axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    page.goto(f"/clients/{old_client.pk}/")
    line = page.locator("#fact-emails")
    expect(line).to_contain_text(re.compile(r"Confirmed \d+\smonths\sago by Anna Petrova"))
    axe()
    shot("facts-stale", full_page=True)
    assert fits(page)
    line.get_by_role("button", name="Confirm: E-mail").click()
    expect(line).not_to_contain_text("ago by")
    expect(page.locator("#missing").get_by_role("button", name="Confirm: E-mail")).to_have_count(0)
    expect(page.locator("#fact-address")).to_contain_text("ago by Anna")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#fact-emails")).to_contain_text("ago by Anna Petrova")


def test_what_is_being_typed_survives_a_confirmation(page: Page, signed_in: SignIn, anna: User, old_client: Client) -> None:
    signed_in(anna)
    page.goto(f"/clients/{old_client.pk}/")
    page.locator("#fact-address [data-edit-fact]").click(force=True)
    page.locator("#fact-address input[name=city]").fill("Lons-le-Saunier")
    page.get_by_role("button", name="Confirm now").click()
    expect(page.locator("#fact-emails")).not_to_contain_text("ago by")
    expect(page.locator("#fact-address input[name=city]")).to_have_value("Lons-le-Saunier")


@every_look
def test_one_value_and_a_whole_version_come_back(
    page: Page, signed_in: SignIn, anna: User, old_client: Client, axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    page.goto(f"/clients/{old_client.pk}/history/")
    axe()
    shot("facts-history", full_page=True)
    assert fits(page)
    page.get_by_role("button", name="Put back: Full name").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert fresh(old_client).full_name.startswith("SAS Ateliers")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SAS Lefèvre")

    page.goto(f"/clients/{old_client.pk}/history/")
    page.get_by_role("link", name="Restore the client as it was before this").last.click()
    expect(page.get_by_role("radio", checked=True)).to_have_count(4)
    axe()
    shot("facts-restore", full_page=True)
    assert fits(page)
    page.get_by_role("row", name="Full name").get_by_role("radio").last.check()
    page.get_by_role("button", name="Restore what I chose").click()
    expect(page.locator(".toast")).to_contain_text("3 facts restored")
    restored = fresh(old_client)
    assert (restored.city, restored.employees, restored.website, restored.full_name) == ("Besançon", None, "", "SAS Lefèvre")


def test_a_contact_that_was_removed_comes_back_from_the_timeline(page: Page, signed_in: SignIn, anna: User, old_client: Client) -> None:
    signed_in(anna)
    page.goto(f"/clients/{old_client.pk}/")
    page.locator("#timeline").get_by_role("button", name="Put back: M. Jean-Baptiste Lefèvre").click()
    expect(page.locator("#contacts")).to_contain_text("M. Jean-Baptiste Lefèvre")
