"""Walks over the client card and the form of a new client: by keyboard, by two people at once, on a desk and on a phone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, CustomField, Industry, Touch
from clients.services import archive_client, change_client, log_touch, plan_next_step
from tests.browser.conftest import Look, Watch, every_look, on_a_phone
from tests.clients.registry import PHONE, fair, fresh, register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]


@pytest.fixture
def client_of_anna(anna: User, dmitri: User) -> Client:
    """A client with a life: people, remarks, a promise, touches and changes."""
    Industry.objects.create(name="Metal parts")
    CustomField.objects.create(key="pallets", label="Pallet type", kind="choice", choices=["EUR", "Half"])
    client = register(
        anna,
        {"full_name": "Mme Fatou Ngomo", "position": "Head of purchasing", "phones": PHONE},
        {"full_name": "M. Jean-Baptiste Lefèvre", "is_head": True, "emails": "jb@lefevre.example"},
        full_name="SAS Ateliers Mécaniques Lefèvre-Ngomo et Fils",
        short_name="Ateliers Lefèvre-Ngomo",
        city="Besançon",
        country="FR",
        website="lefevre.example",
        stands_now="Deliveries came late twice.",
    )
    log_touch(user=anna, client_id=client.pk, note="Promised an answer on the slots.", contact_id=client.contacts.get(is_main=True).pk)
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Dole", "employees": 48})
    plan_next_step(user=anna, client_id=client.pk, next_step="Answer on the slots", next_step_at=timezone.now() + timedelta(days=2))
    return fresh(client)


def open_card(page: Page, client: Client) -> None:
    page.goto(f"/clients/{client.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text(str(client))


@every_look
def test_the_card_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, client_of_anna: Client, axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    axe()
    shot("card", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.locator("#fact-address [data-edit-fact]").click(force=True)
    expect(page.locator("#fact-address input[name=address]")).to_be_focused()
    axe()
    page.keyboard.press("Escape")
    page.locator("#contacts").get_by_role("link", name="Mme Fatou Ngomo").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    axe()
    page.keyboard.press("Escape")
    page.goto(f"/clients/{client_of_anna.pk}/history/")
    axe()
    page.goto(f"/clients/{client_of_anna.pk}/edit/")
    axe()


@every_look
def test_the_form_of_a_new_client_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, axe: Callable[[], None], shot: Callable[..., None], watch: Watch
) -> None:
    watch.allow("422")
    register(anna, full_name="Brasserie Œil-de-Bœuf")
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").fill("Brasserie Oeil de Boeuf SARL")
    expect(page.locator("#aside")).to_contain_text("Brasserie Œil-de-Bœuf")
    page.locator("#id_phones").fill("12")
    page.get_by_role("button", name="Save client").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Choose where this client came from")
    axe()
    shot("client-new", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_client_is_registered_with_the_keyboard_alone(page: Page, signed_in: SignIn, anna: User) -> None:
    source = fair()
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").focus()
    page.keyboard.type("Brasserie Œil-de-Bœuf")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_phones":
            break
    page.keyboard.type("01 99 00 17 42")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "contacts-0-full_name":
            break
    page.keyboard.type("Mme Solène Le Bihan")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "id_source":
            break
    page.keyboard.type(source.name[:3])
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/clients/\d+/$"))
    client = Client.objects.get()
    assert (client.full_name, client.phones, client.source, client.manager) == ("Brasserie Œil-de-Bœuf", [PHONE], source, anna)
    assert client.contacts.get().full_name == "Mme Solène Le Bihan"
    expect(page.locator(".toast")).to_contain_text("Brasserie Œil-de-Bœuf registered")


def test_the_aside_tells_how_complete_the_form_is_while_one_types(page: Page, signed_in: SignIn, anna: User) -> None:
    signed_in(anna)
    page.goto("/clients/new/")
    aside = page.locator("#aside")
    expect(aside).to_contain_text("Full name")
    page.get_by_label("Full name").fill("Brasserie")
    expect(aside.get_by_text("Required and still open")).to_be_visible()
    expect(aside.get_by_text("Full name")).to_have_count(0)
    assert not Client.objects.exists()


def test_a_draft_of_a_new_client_survives_leaving_the_page(page: Page, signed_in: SignIn, anna: User) -> None:
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").fill("Brasserie half typed")
    expect(page.locator("[data-draft-state]").first).to_contain_text("Draft kept")
    page.goto("/clients/")
    page.goto("/clients/new/")
    expect(page.get_by_label("Full name")).to_have_value("Brasserie half typed")


def test_save_and_add_another_keeps_source_and_manager(page: Page, signed_in: SignIn, anna: User) -> None:
    source = fair()
    signed_in(anna)
    page.goto("/clients/new/")
    page.get_by_label("Full name").fill("First of many")
    page.locator("#id_source").select_option(str(source.pk))
    page.get_by_role("button", name="Save and add another").click()
    page.wait_for_url("**/clients/new/?**")
    expect(page.locator("#id_source")).to_have_value(str(source.pk))
    expect(page.get_by_label("Full name")).to_have_value("")
    assert Client.objects.get().full_name == "First of many"


def test_a_person_has_a_birth_date_and_no_employees(page: Page, signed_in: SignIn, anna: User) -> None:
    signed_in(anna)
    page.goto("/clients/new/")
    expect(page.get_by_label("Birth date")).to_be_hidden()
    page.get_by_text("Person", exact=True).click()
    expect(page.get_by_label("Birth date")).to_be_visible()
    expect(page.locator("#id_industry-ts-control, #id_industry").first).to_be_hidden()


def test_a_fact_is_changed_in_its_place_by_mouse_and_by_key(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    page.locator("#fact-employees .value").click()
    field = page.locator("#fact-employees input[name=employees]")
    expect(field).to_be_focused()
    field.fill("52")
    page.keyboard.press("Enter")
    expect(page.locator("#fact-employees .value")).to_have_text("52")
    expect(page.locator("#fact-employees [data-edit-fact]")).to_be_focused()
    expect(page.locator("#timeline")).to_contain_text("52")
    page.keyboard.press("e")
    expect(field).to_be_focused()
    field.fill("99")
    page.keyboard.press("Escape")
    expect(page.locator("#fact-employees .value")).to_have_text("52")
    page.locator("#fact-stands_now [data-edit-fact]").press("Enter")
    page.locator("#fact-stands_now textarea").fill("Better.\nMuch better.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#fact-stands_now .value")).to_contain_text("Much better.")
    assert (fresh(client_of_anna).employees, fresh(client_of_anna).stands_now) == (52, "Better.\nMuch better.")


def test_a_refused_fact_keeps_what_was_typed(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client, watch: Watch) -> None:
    watch.allow("422")
    signed_in(anna)
    open_card(page, client_of_anna)
    page.get_by_role("link", name="Add: Phone", exact=True).click()
    page.locator("#fact-phones input[name=phones]").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator("#fact-phones")).to_contain_text("write it with its country code")
    expect(page.locator("#fact-phones input[name=phones]").first).to_have_value("12")


def test_what_is_missing_opens_the_very_field(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    page.locator("#missing").get_by_role("link", name="Add: Address").click()
    expect(page.locator("#fact-address input[name=address]")).to_be_focused()
    page.keyboard.type("14 bis, rue du Général-Bruyère")
    page.keyboard.press("Enter")
    expect(page.locator("#missing")).not_to_contain_text("Address")


def test_two_browsers_that_change_one_fact_see_both_values(
    page: Page, signed_in: SignIn, anna: User, dmitri: User, client_of_anna: Client, watch: Watch
) -> None:
    watch.allow("409")
    signed_in(anna)
    open_card(page, client_of_anna)
    page.locator("#fact-address .value").click()
    page.locator("#fact-address input[name=city]").fill("Besançon")
    change_client(user=dmitri, client_id=client_of_anna.pk, version=2, changes={"city": "Paris", "region": "Île-de-France"})
    page.locator("#fact-address").get_by_role("button", name="Save").click()
    conflict = page.get_by_role("dialog")
    expect(conflict).to_contain_text("Дмитрий Соколов changed this card while you wrote")
    expect(conflict).to_contain_text("Besançon")
    expect(conflict).to_contain_text("Paris")
    conflict.get_by_role("button", name="Save what I chose").click()
    expect(page.locator("#fact-address .value")).to_contain_text("Besançon")
    assert (fresh(client_of_anna).city, fresh(client_of_anna).region) == ("Besançon", "Île-de-France")


def test_a_touch_is_logged_with_the_keyboard_alone(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    Touch.objects.all().delete()
    signed_in(anna)
    open_card(page, client_of_anna)
    page.keyboard.press("l")
    page.keyboard.press("ArrowRight")  # a meeting
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # nobody was there
    page.keyboard.press("Tab")
    page.keyboard.type("The gate was shut.")
    expect(page.locator("#log [data-draft-state]")).to_contain_text("Draft kept")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # from "as planned" to tomorrow
    page.keyboard.press("Tab")
    page.keyboard.type("Try again")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Touch logged. Next step:")
    expect(page.locator("#timeline")).to_contain_text("The gate was shut.")
    expect(page.locator("#next-step")).to_contain_text("Try again")
    expect(page.locator("#log textarea")).to_have_value("")
    touch = Touch.objects.get()
    assert (touch.kind, touch.outcome, touch.note, touch.next_step) == ("meeting", "no_answer", "The gate was shut.", "Try again")


def test_a_half_written_note_is_there_after_a_reload(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    page.locator("#log textarea").fill("Half a thought")
    expect(page.locator("#log [data-draft-state]")).to_contain_text("Draft kept")
    page.reload()
    expect(page.locator("#log textarea")).to_have_value("Half a thought")


def test_a_next_step_is_put_off_and_that_is_undone(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    before = client_of_anna.next_step_at
    signed_in(anna)
    open_card(page, client_of_anna)
    page.get_by_role("link", name="Put off", exact=True).click()
    page.get_by_role("dialog").get_by_text("In a month").click()
    page.get_by_role("button", name="Save next step").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert fresh(client_of_anna).next_step_at != before
    with page.expect_navigation():
        page.locator(".toast").get_by_role("button", name="Undo").click()
    assert fresh(client_of_anna).next_step_at == before


def test_a_contact_is_added_and_removed_and_put_back(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    page.keyboard.press("a")
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("Name").fill("Accounts")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#contacts")).to_contain_text("Accounts")
    page.locator("#contacts").get_by_role("link", name="Accounts").click()
    drawer.get_by_role("button", name="Remove", exact=True).last.click()
    expect(page.locator("#contacts")).not_to_contain_text("Accounts")
    with page.expect_navigation():
        page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(page.locator("#contacts")).to_contain_text("Accounts")


def test_a_client_is_archived_and_brought_back_from_the_toast(
    page: Page, signed_in: SignIn, anna: User, client_of_anna: Client, axe: Callable[[], None]
) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Archive…").click()
    page.get_by_label("Why it is archived").fill("Closed down")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It stands in no list and can only be read")).to_be_visible()
    expect(page.locator("#log")).to_have_count(0)
    axe()
    with page.expect_navigation():
        page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#log")).to_be_visible()
    assert fresh(client_of_anna).archived_at is None


def test_the_timeline_is_narrowed_and_goes_on_to_what_is_older(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    for number in range(25):
        log_touch(user=anna, client_id=client_of_anna.pk, note=f"Talk {number}.", at=timezone.now() - timedelta(days=9 * number))
    signed_in(anna)
    open_card(page, client_of_anna)
    timeline = page.locator("#timeline")
    expect(timeline).not_to_contain_text("Talk 24.")
    timeline.get_by_role("button", name="Show older").click()
    expect(timeline).to_contain_text("Talk 24.")
    timeline.get_by_label("Show in the timeline").select_option("changes")
    expect(timeline).not_to_contain_text("Talk 1.")
    expect(timeline).to_contain_text("48")


def test_from_the_list_one_goes_on_to_the_next_client_and_back(page: Page, signed_in: SignIn, anna: User) -> None:
    for name in ("Abel", "Bertha", "Caesar"):
        register(anna, full_name=name)
    signed_in(anna)
    page.goto("/clients/?sort=name")
    page.get_by_role("link", name="Abel").click()
    expect(page.locator("[data-list-place]")).to_have_text("1 of 3")
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bertha")
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text("Caesar")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bertha")
    page.locator("[data-list-back]").click()
    expect(page).to_have_url(re.compile(r"/clients/\?sort=name$"))


def test_a_reader_is_told_whose_client_it_is(
    page: Page, signed_in: SignIn, boris: User, client_of_anna: Client, axe: Callable[[], None]
) -> None:
    signed_in(boris)
    open_card(page, client_of_anna)
    expect(page.get_by_text("This client is in the hands of Anna Petrova.")).to_be_visible()
    page.keyboard.press("l")
    page.keyboard.press("e")
    expect(page.locator("form:visible", has=page.locator("textarea"))).to_have_count(0)
    axe()


@on_a_phone
def test_on_a_phone_the_card_follows_the_order_of_a_call(page: Page, signed_in: SignIn, anna: User, client_of_anna: Client) -> None:
    signed_in(anna)
    open_card(page, client_of_anna)
    tops = page.evaluate(
        "['client-head', 'next-step', 'log', 'missing', 'contacts', 'remarks', 'timeline', 'facts']"
        ".map((id) => document.getElementById(id).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    small = page.evaluate(
        "[...document.querySelectorAll('main :is(button, .btn, select, input:not([type=hidden]))')]"
        ".filter((one) => one.checkVisibility() && !one.matches('.add-fact, [type=checkbox], [type=radio]'))"
        ".map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height]).filter(([, height]) => height < 40)"
    )
    assert small == []


def test_scripts_in_names_stay_text(page: Page, signed_in: SignIn, anna: User) -> None:
    evil = "<script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">"
    client = register(anna, {"full_name": evil}, full_name=evil, stands_now=evil)
    archived = register(anna, full_name=evil)
    archive_client(user=anna, client_id=archived.pk, version=1, reason=evil)
    log_touch(user=anna, client_id=client.pk, note=evil)
    signed_in(anna)
    for address in (f"/clients/{client.pk}/", f"/clients/{client.pk}/history/", f"/clients/{archived.pk}/"):
        page.goto(address)
        assert page.title() != "evil"
        expect(page.get_by_text("onerror").first).to_be_attached()
