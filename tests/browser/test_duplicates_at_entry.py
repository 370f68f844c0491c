"""A client that may be here already is met while somebody types, and again when it is saved."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, DuplicatePair
from clients.services import archive_client
from tests.browser.conftest import Look, Watch, every_look, on_a_phone
from tests.clients.registry import PHONE, fair, register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
LONG = "Société Coopérative d’Approvisionnement et de Transformation Agro-Alimentaire de la Haute-Saône et du Territoire de Belfort"


@pytest.fixture
def known(boris: User) -> Client:
    """Boris's client with a long name, and a namesake that was archived."""
    client = register(boris, full_name=LONG, city="Villersexel-la-Grande-sur-l’Ognon", phones=PHONE)
    archive_client(user=boris, client_id=register(boris, full_name=LONG).pk, version=1, reason="Closed")
    return client


@pytest.fixture
def asked(page: Page, signed_in: SignIn, anna: User, known: Client, watch: Watch) -> Page:
    """Anna has sent a form for a client that is here already."""
    watch.allow("422")
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").fill(LONG)
    page.locator("#id_phones").fill("01 99 00 17 42")
    page.locator("#id_source").select_option(str(fair().pk))
    page.get_by_label("City").fill("Vesoul")
    page.locator("[name='contacts-0-full_name']").fill("Mme Fatou Ngomo")
    page.get_by_role("button", name="Save client").click()
    expect(page.get_by_role("alert")).to_be_focused()
    return page


@every_look
def test_who_may_be_here_already_stands_beside_the_form_while_one_types(
    page: Page, signed_in: SignIn, anna: User, known: Client, axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").fill(LONG)
    page.locator("#id_phones").fill("01 99 00 17 42")
    aside = page.locator("#aside")
    expect(aside.get_by_role("heading", name="This may be here already")).to_be_visible()
    expect(aside.get_by_role("link").first).to_contain_text("99 % alike: same name · same phone +33 1 99 00 17 42")
    expect(aside.get_by_role("link").last).to_contain_text("archived")
    axe()
    shot("alike-while-typing", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with page.context.expect_page() as opened:
        aside.get_by_role("link").first.click()
    expect(opened.value).to_have_url(re.compile(f"/clients/{known.pk}/$"))
    expect(page.get_by_label("Full name")).to_have_value(LONG)


@every_look
def test_a_client_that_may_be_here_is_saved_only_with_a_reason_and_nothing_typed_is_lost(
    asked: Page, known: Client, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    alert = asked.get_by_role("alert")
    expect(alert.get_by_role("heading")).to_have_text("This client may be in the registry already")
    axe()
    shot("may-be-here", full_page=True)
    assert asked.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    with asked.context.expect_page() as opened:
        alert.get_by_role("link").first.click()
    expect(opened.value).to_have_url(re.compile(f"/clients/{known.pk}/$"))
    opened.value.close()

    alert.get_by_role("button", name="Register anyway").click()
    expect(asked.get_by_role("alert")).to_contain_text("Say in a few words why it is another client.")
    expect(asked.get_by_label("City")).to_have_value("Vesoul")
    expect(asked.locator("[name='contacts-0-full_name']")).to_have_value("Mme Fatou Ngomo")
    axe()
    shot("may-be-here-blank")
    asked.get_by_label("Register it anyway, because").fill("Their depot in Vesoul")
    asked.get_by_role("button", name="Register anyway").click()
    asked.wait_for_url(re.compile(r"/clients/\d+/$"))
    client = Client.objects.latest("pk")
    assert (client.city, client.phones, client.contacts.get().full_name) == ("Vesoul", [PHONE], "Mme Fatou Ngomo")
    assert DuplicatePair.objects.get(first=known).reason == "Their depot in Vesoul"
    expect(asked.locator(".timeline")).to_contain_text("Their depot in Vesoul")


def test_the_keyboard_alone_says_why(asked: Page) -> None:
    for _ in range(6):
        asked.keyboard.press("Tab")
        if asked.evaluate("document.activeElement.name") == "allow_duplicate":
            break
    asked.keyboard.type("Their depot")
    asked.keyboard.press("Control+Enter")
    asked.wait_for_url(re.compile(r"/clients/\d+/$"))
    assert DuplicatePair.objects.first().reason == "Their depot"  # type: ignore[union-attr]


def test_another_name_is_saved_without_a_reason(asked: Page) -> None:
    asked.get_by_label("Full name").fill("Brasserie Œil-de-Bœuf")
    asked.locator("#id_phones").fill("")
    asked.get_by_role("button", name="Save client").click()
    asked.wait_for_url(re.compile(r"/clients/\d+/$"))
    assert not DuplicatePair.objects.exists()


@on_a_phone
def test_a_client_that_is_asked_about_is_a_draft_until_it_is_saved(asked: Page) -> None:
    asked.goto("/clients/")
    asked.goto("/clients/new/")
    expect(asked.get_by_label("Full name")).to_have_value(LONG)
    expect(asked.get_by_label("City")).to_have_value("Vesoul")
