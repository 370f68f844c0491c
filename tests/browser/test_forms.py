"""Forms in a real browser: drafts, pickers, rows of values, refusals, conflicts."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Dialog, Page, expect

from accounts.models import User
from tests.browser.conftest import Watch, every_look, on_a_phone

pytestmark = pytest.mark.usefixtures("parts")
SignIn = Callable[[User], User]
DRAFT = "localStorage.getItem('draft:' + document.documentElement.dataset.user + ':client-new')"


@pytest.fixture
def form(page: Page, signed_in: SignIn, anna: User) -> Page:
    """Anna at the form of a new client."""
    signed_in(anna)
    page.goto("/parts/form/")
    return page


@every_look
def test_the_form_stands_in_every_look(form: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    expect(form.locator(".ts-wrapper")).to_have_count(3)
    axe()
    shot("form", full_page=True)
    assert form.evaluate("document.documentElement.scrollWidth <= innerWidth")


@every_look
def test_a_refused_form_says_what_to_do_first_and_keeps_what_was_typed(
    form: Page, axe: Callable[[], None], shot: Callable[..., None], watch: Watch
) -> None:
    watch.allow("422")
    form.get_by_role("textbox", name="Tax number (optional)").fill("FR 61 954 506 071")
    form.locator("[name=emails]").fill("solene@")
    form.get_by_role("button", name="Save client").click()
    summary = form.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("heading")).to_have_text("2 fields need a change before this can be saved")
    expect(form.get_by_role("textbox", name="Tax number (optional)")).to_have_value("FR 61 954 506 071")
    axe()
    shot("refused", full_page=True)
    summary.get_by_role("link", name="Full name").click()
    expect(form.get_by_label("Full name")).to_be_focused()


# --- drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_restored(form: Page, shot: Callable[..., None]) -> None:
    form.get_by_label("Full name").fill("Brasserie Œil-de-Bœuf")
    form.get_by_label("Person").check(force=True)
    form.locator("[name=phones]").fill("+33 3 20 99 00 12")
    form.get_by_role("button", name="Add a phone").click()
    form.keyboard.type("+33 3 20 99 00 13")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at")
    form.goto("/parts/")
    form.goto("/parts/form/")
    expect(form.get_by_label("Full name")).to_have_value("Brasserie Œil-de-Bœuf")
    expect(form.get_by_label("Person")).to_be_checked()
    assert [field.input_value() for field in form.locator("[name=phones]").all()] == ["+33 3 20 99 00 12", "+33 3 20 99 00 13"]
    expect(form.locator("[data-draft-state]")).to_contain_text("restored")
    shot("draft")
    form.get_by_role("button", name="Start afresh").click()
    expect(form.get_by_label("Full name")).to_have_value("")
    assert form.evaluate(DRAFT) is None


def test_the_time_of_a_draft_is_told_in_the_zone_of_the_user_not_of_the_device(form: Page) -> None:
    assert form.locator("html").get_attribute("data-time-zone") == "Europe/Paris"
    form.clock.set_fixed_time("2026-11-24T12:00:00Z")
    form.get_by_label("Full name").fill("Brasserie")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at 13:00")


def test_a_draft_remembers_what_was_picked(form: Page) -> None:
    form.get_by_role("combobox", name="Manager (optional)").click()
    form.get_by_role("option", name="Clara Moreau").click()
    form.get_by_role("combobox", name="Industry (recommended)").press_sequentially("food")
    form.keyboard.press("Enter")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at")
    form.reload()
    expect(form.locator(".ts-wrapper.single .item")).to_have_text(["Food wholesale", "Clara Moreau"])


def test_the_draft_goes_once_the_server_has_taken_the_form(form: Page, watch: Watch) -> None:
    watch.allow("422")
    form.get_by_role("textbox", name="Tax number (optional)").fill("FR 61")
    form.get_by_role("button", name="Save client").click()
    expect(form.get_by_role("alert")).to_be_visible()
    assert form.evaluate(DRAFT) is not None  # refused: still a draft
    form.get_by_label("Full name").fill("Brasserie")
    form.get_by_role("button", name="Save client").click()
    expect(form.locator(".toast")).to_contain_text("Client saved")
    assert form.evaluate(DRAFT) is None


def test_the_draft_outlives_a_form_that_had_been_open_for_too_long(form: Page, watch: Watch, axe: Callable[[], None]) -> None:
    watch.allow("403")
    form.get_by_label("Full name").fill("Brasserie")
    form.evaluate("document.querySelector('main [name=csrfmiddlewaretoken]').value = 'stale'")
    form.get_by_role("button", name="Save client").click()
    expect(form.get_by_role("heading", name="This page had been open for too long")).to_be_visible()
    axe()
    form.get_by_role("link", name="Open the form again").click()
    expect(form.get_by_label("Full name")).to_have_value("Brasserie")


def test_the_draft_outlives_being_signed_out(form: Page, signed_in: SignIn, anna: User) -> None:
    form.get_by_label("Full name").fill("Brasserie")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at")
    form.context.clear_cookies(name="sessionid")
    form.goto("/parts/gate/")
    signed_in(anna)
    form.goto("/parts/form/")
    expect(form.get_by_label("Full name")).to_have_value("Brasserie")


def test_drafts_go_at_sign_out_and_belong_to_one_user(form: Page, signed_in: SignIn, boris: User) -> None:
    form.get_by_label("Full name").fill("Brasserie")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at")
    signed_in(boris)
    form.goto("/parts/form/")
    expect(form.get_by_label("Full name")).to_have_value("")
    form.get_by_label("Full name").fill("Of Boris")
    expect(form.locator("[data-draft-state]")).to_contain_text("Draft kept at")
    form.get_by_role("button", name="Boris Lind: settings, sign out").click()
    form.locator("#me").get_by_role("button", name="Sign out").click()
    form.wait_for_url(lambda url: "/parts/" not in url)
    assert form.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 1  # Anna's


def test_leaving_unsaved_work_that_is_no_draft_warns(form: Page) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    form.goto("/parts/warned/")
    form.get_by_label("Name").press_sequentially("A")
    form.on("dialog", stay)
    form.get_by_role("link", name="Elsewhere").click()
    form.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    assert form.url.endswith("/parts/warned/")


def test_an_erasing_form_asks_first(form: Page) -> None:
    form.goto("/parts/warned/")
    form.get_by_role("button", name="Erase…").click()
    form.get_by_role("dialog").get_by_role("button", name="Erase").click()
    expect(form.locator(".toast")).to_contain_text("Undone")


# --- pickers and rows -------------------------------------------------------------------------------


def test_a_long_list_is_a_picker_for_the_keyboard(form: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    picker = form.get_by_role("combobox", name="Industry (recommended)")
    picker.focus()
    form.keyboard.type("metaux")  # without the accent
    expect(form.get_by_role("option", name="Métaux et mécanique")).to_be_visible()
    axe()
    shot("picker")
    form.keyboard.press("Enter")
    assert form.locator("select[name=industry]").input_value() == "Métaux et mécanique"
    form.locator(".field", has=picker).get_by_role("button", name="Remove").click()
    assert form.locator("select[name=industry]").input_value() == ""


def test_a_picker_of_several_gives_each_a_way_out(form: Page) -> None:
    picker = form.locator(".field", has=form.get_by_role("combobox", name="Regions (optional)"))
    expect(picker.locator(".item")).to_have_count(2)
    picker.locator(".item", has_text="Doubs").get_by_role("button", name="Remove").click()
    expect(picker.locator(".item")).to_have_count(1)
    assert form.locator("select[name=regions]").evaluate("(select) => [...select.selectedOptions].map((one) => one.value)") == ["Псков"]


def test_a_picker_asks_the_server_for_a_list_that_is_too_long(form: Page) -> None:
    form.get_by_role("combobox", name="Manager (optional)").focus()
    form.keyboard.type("соколов")
    form.get_by_role("option", name="Дмитрий Соколов").click()
    assert form.locator("select[name=manager]").input_value() == "4"


def test_a_page_without_a_picker_does_not_load_one(form: Page) -> None:
    asked: list[str] = []
    form.on("request", lambda request: asked.append(request.url))
    form.goto("/parts/")
    assert not [url for url in asked if "tom-select" in url or "pickers" in url]


def test_rows_are_added_and_removed_without_losing_the_focus(form: Page) -> None:
    form.locator("[name=phones]").fill("1")
    form.get_by_role("button", name="Add a phone").click()
    expect(form.locator("[name=phones]").nth(1)).to_be_focused()
    form.keyboard.type("2")
    form.locator(".row", has=form.locator("[name=phones]")).nth(0).get_by_role("button", name="Remove").click()
    expect(form.locator("[name=phones]")).to_have_count(1)
    expect(form.locator("[name=phones]")).to_have_value("2")
    expect(form.locator("[name=phones]")).to_be_focused()


def test_a_field_is_checked_when_one_leaves_it(form: Page) -> None:
    form.locator("[name=emails]").fill("solene@")
    form.get_by_label("Web site").focus()
    expect(form.locator(".err")).to_contain_text("Write the e-mail in full")
    form.locator("[name=emails]").fill("solene@oeil.example")
    expect(form.locator(".err")).to_have_count(0)


# --- two people, one card -----------------------------------------------------------------------------


@every_look
def test_a_conflict_shows_both_and_saves_what_was_chosen(form: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    form.goto("/parts/conflict/")
    expect(form.get_by_role("alert")).to_contain_text("Boris Lind changed this card while you wrote")
    expect(form.locator("tbody tr")).to_have_count(3)
    axe()
    shot("conflict", full_page=True)
    form.get_by_label("Brasserie Œil-de-Bœuf et Compagnie SARL").check()
    # The answer is waited for: Chromium may hang when its page is closed in the middle of a navigation.
    with form.expect_navigation(), form.expect_request("**/parts/form/") as sent:
        form.get_by_role("button", name="Save what I chose").click()
    posted = parse_qs(sent.value.post_data)
    assert posted["full_name"] == ["Brasserie Œil-de-Bœuf et Compagnie SARL"]
    assert posted["version"] == ["4"]
    assert posted["lifecycle"] == ["current"]


# --- what went wrong --------------------------------------------------------------------------------


@every_look
def test_the_page_of_a_wrong_address_says_what_to_do(form: Page, axe: Callable[[], None], shot: Callable[..., None], watch: Watch) -> None:
    watch.allow("404")
    form.goto("/parts/nowhere/")
    expect(form.get_by_role("heading", name="There is nothing here")).to_be_visible()
    axe()
    shot("404")


@on_a_phone
def test_the_page_of_a_fault_stands_alone(form: Page, axe: Callable[[], None], shot: Callable[..., None], watch: Watch) -> None:
    watch.allow("500")
    form.goto("/parts/answer/500/")
    expect(form.get_by_role("heading", name="This did not work")).to_be_visible()
    axe()
    shot("500")
