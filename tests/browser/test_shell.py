"""The frame of every page in a real browser: keys, theme, dialogs, what a request brings back."""

import re
from collections.abc import Callable

import pytest
from django.utils.translation import trans_real
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests.browser.conftest import Look, Watch, every_look, on_a_phone

pytestmark = pytest.mark.usefixtures("parts")
SignIn = Callable[[User], User]


@pytest.fixture
def desk(page: Page, signed_in: SignIn, anna: User) -> Page:
    """Anna at the page of all parts."""
    signed_in(anna)
    page.goto("/parts/")
    return page


@every_look
def test_every_part_stands_in_every_look(desk: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    expect(desk.locator("h1")).to_have_text("Parts")
    axe()
    shot("parts", full_page=True)
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", [Look(900)], indirect=True, ids=str)
def test_a_tablet_has_a_side_of_icons_that_keep_their_names(desk: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    side = desk.get_by_role("navigation", name="Main", exact=True)
    expect(side.get_by_role("link", name="Clients")).to_be_visible()
    expect(side.get_by_role("link", name="Seraph, first page")).to_be_visible()
    axe()
    shot("parts")


def test_the_side_shows_what_the_role_may_open(page: Page, signed_in: SignIn, anna: User, admin: User) -> None:
    side = page.get_by_role("navigation", name="Main", exact=True)
    signed_in(anna)
    page.goto("/parts/clients/")
    expect(side.locator(".nav a[aria-current]")).to_have_text("Clients")
    expect(side.get_by_role("link", name="Today")).to_contain_text("10")
    expect(side.get_by_role("link", name="Entry criteria")).to_have_count(0)
    signed_in(admin)
    page.goto("/parts/clients/")
    expect(side.get_by_role("link", name="Entry criteria")).to_be_visible()
    expect(side.get_by_role("link", name="New client")).to_have_count(0)  # an action stands among the tabs only


# --- keys ---------------------------------------------------------------------------------------


def test_ctrl_k_opens_the_finder_and_esc_gives_the_focus_back(desk: Page) -> None:
    desk.get_by_role("button", name="Export").focus()
    desk.keyboard.press("Control+k")
    expect(desk.locator("#finder-q")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("button", name="Export")).to_be_focused()


def test_the_finder_shows_clients_from_the_server_and_pages_as_one_types(
    desk: Page, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    desk.keyboard.press("Control+k")
    finder = desk.locator("#finder")
    expect(finder.get_by_role("link", name="Go to Clients")).to_be_visible()
    desk.keyboard.type("clie")
    expect(finder.get_by_role("link", name="Ateliers Mécaniques Lefèvre-Ngomo")).to_be_visible()
    expect(finder.get_by_text("by sound")).to_be_visible()
    expect(finder.get_by_role("link", name="Go to Clients")).to_be_visible()
    expect(finder.get_by_role("link", name="Go to Data quality")).to_be_hidden()
    axe()
    shot("finder")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    expect(finder.get_by_role("link", name="Лефевр и партнёры")).to_be_focused()
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("ArrowUp")
    expect(desk.locator("#finder-q")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("New client")


def test_the_finder_says_when_nothing_is_found(desk: Page) -> None:
    desk.keyboard.press("Control+k")
    desk.keyboard.type("zzz")
    expect(desk.locator("[data-nothing]")).to_be_visible()


def test_slash_goes_to_the_search_and_letters_typed_there_do_nothing_else(desk: Page) -> None:
    desk.keyboard.press("/")
    expect(desk.locator("#q")).to_be_focused()
    desk.keyboard.type("gc?n")
    expect(desk.locator("#q")).to_have_value("gc?n")
    assert desk.url.endswith("/parts/")


def test_g_and_a_letter_go_to_a_page(desk: Page) -> None:
    desk.keyboard.press("g")
    desk.keyboard.press("c")
    desk.wait_for_url("**/parts/clients/")


def test_the_question_mark_lists_the_keys_and_those_of_the_page(desk: Page, axe: Callable[[], None]) -> None:
    desk.keyboard.press("?")
    keys = desk.locator("#keys")
    expect(keys).to_be_visible()
    expect(keys).to_contain_text("go to Clients")
    expect(keys.locator("[data-page-keys]")).to_contain_text("Export")
    axe()


def test_j_k_x_and_enter_work_on_the_rows(desk: Page) -> None:
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    expect(desk.locator("tr.here")).to_contain_text("Ateliers")
    desk.keyboard.press("x")
    expect(desk.locator(".bulk [data-chosen]")).to_have_text("1")
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_have_text("New client")


def test_letter_keys_sleep_for_a_user_who_switched_them_off(page: Page, signed_in: SignIn, anna: User) -> None:
    anna.letter_keys = False
    anna.save()
    signed_in(anna)
    page.goto("/parts/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.locator("#finder")).to_be_visible()


# --- theme --------------------------------------------------------------------------------------


def test_the_switch_keeps_the_theme_for_the_next_visit(desk: Page, anna: User) -> None:
    with desk.expect_response("**/settings/theme/"):
        desk.get_by_role("button", name="Switch between light and dark").click()
    expect(desk.locator("html")).to_have_attribute("data-theme", "dark")
    anna.refresh_from_db()
    assert anna.theme == "dark"
    desk.reload()
    expect(desk.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_page_never_flashes_in_the_other_theme(desk: Page, anna: User) -> None:
    anna.theme = "dark"
    anna.save()
    ground = "getComputedStyle(document.body).backgroundColor"
    desk.goto("/parts/", wait_until="commit")
    desk.wait_for_function("document.body !== null")
    assert desk.evaluate(ground) in {"rgb(14, 17, 22)", "rgba(0, 0, 0, 0)"}  # nothing painted yet, or dark already
    desk.wait_for_load_state()
    assert desk.evaluate(ground) == "rgb(14, 17, 22)"


# --- phone --------------------------------------------------------------------------------------


@on_a_phone
def test_a_phone_has_tabs_at_the_bottom_and_the_rest_in_a_drawer(desk: Page, axe: Callable[[], None], shot: Callable[..., None]) -> None:
    tabs = desk.get_by_role("navigation", name="Main, phone")
    expect(tabs.get_by_role("link")).to_have_text(["Today10", "Clients", "New"])
    expect(desk.get_by_role("navigation", name="Main", exact=True)).to_be_hidden()
    tabs.get_by_role("button", name="More").tap()
    drawer = desk.locator("#more")
    expect(drawer.get_by_role("link", name="Data quality")).to_be_visible()
    expect(drawer.get_by_role("button", name="Sign out")).to_be_visible()
    axe()
    shot("more")
    drawer.get_by_role("button", name="Close").tap()
    expect(drawer).to_be_hidden()


# --- the user's own menu --------------------------------------------------------------------------


def test_the_menu_signs_out_by_post(desk: Page, shot: Callable[..., None]) -> None:
    desk.get_by_role("button", name="Anna Petrova: settings, sign out").click()
    menu = desk.locator("#me")
    expect(menu.get_by_role("button", name="Sign out")).to_be_visible()
    shot("menu")
    desk.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    desk.get_by_role("button", name="Anna Petrova: settings, sign out").click()
    menu.get_by_role("button", name="Sign out").click()
    desk.wait_for_url(lambda url: "/parts/" not in url)
    desk.goto("/parts/")
    expect(desk.locator("#me")).to_have_count(0)


# --- what a request brings back ---------------------------------------------------------------------


def test_a_toast_offers_undo_and_undo_posts(desk: Page, shot: Callable[..., None]) -> None:
    desk.get_by_role("button", name="Say", exact=True).click()
    toast = desk.locator(".toast")
    expect(toast).to_contain_text("Handed over to Boris")
    shot("toast")
    with desk.expect_request("**/parts/undo/") as undone:
        toast.get_by_role("button", name="Undo").click()
    assert undone.value.method == "POST"
    expect(desk.locator(".toast")).to_contain_text("Undone")  # the page was read again, and says what was undone


def test_what_failed_stays_until_it_is_closed(desk: Page) -> None:
    desk.get_by_role("button", name="Say what failed").click()
    toast = desk.locator(".toast.bad")
    expect(toast).to_contain_text("The clients were not handed over")
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)


def test_a_drawer_comes_from_the_server_and_a_refused_form_stays_in_it(desk: Page, axe: Callable[[], None], watch: Watch) -> None:
    watch.allow("422")
    desk.get_by_role("button", name="Open a drawer").click()
    drawer = desk.get_by_role("dialog", name="New reminder")
    expect(drawer.get_by_label("What to do")).to_be_focused()
    axe()
    desk.keyboard.press("Control+Enter")
    expect(drawer.get_by_role("alert")).to_be_focused()
    drawer.get_by_label("What to do").fill("Call back")
    desk.keyboard.press("Control+Enter")
    expect(drawer).to_have_count(0)
    expect(desk.locator(".toast")).to_contain_text("Reminder set")
    expect(desk.get_by_role("button", name="Open a drawer")).to_be_focused()


def test_what_cannot_be_undone_asks_first(desk: Page, shot: Callable[..., None]) -> None:
    desk.get_by_role("button", name="Ask first").click()
    question = desk.get_by_role("dialog", name="Erase it?")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    shot("confirm")
    desk.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(desk.locator(".toast")).to_have_count(0)
    desk.get_by_role("button", name="Ask first").click()
    question.get_by_role("button", name="Erase").click()
    expect(desk.locator(".toast")).to_contain_text("Handed over")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "not change it"),
        (404, "not there any more"),
        (413, "too large"),
        (429, "Wait a minute"),
        (500, "the fault is ours"),
    ],
)
def test_a_refusal_is_said_and_the_page_stays_as_it_is(desk: Page, watch: Watch, status: int, said: str) -> None:
    watch.allow(str(status))
    desk.get_by_role("button", name=str(status), exact=True).click()
    expect(desk.locator(".toast.bad")).to_contain_text(said)
    expect(desk.get_by_role("button", name="404")).to_be_visible()


def test_a_server_that_does_not_answer_is_said(desk: Page, watch: Watch) -> None:
    watch.allow("ERR_", "Failed to fetch")
    desk.context.set_offline(True)
    desk.get_by_role("button", name="Say", exact=True).click()
    expect(desk.locator(".toast.bad")).to_contain_text("did not answer")


def test_somebody_signed_out_meanwhile_keeps_the_page_and_signs_in_beside_it(
    desk: Page, signed_in: SignIn, anna: User, watch: Watch, shot: Callable[..., None]
) -> None:
    watch.allow("401")
    desk.get_by_role("button", name="401").click()
    asked = desk.get_by_role("dialog", name="You have been signed out")
    expect(asked.get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    shot("signed-out")
    signed_in(anna)  # in the other tab
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(asked).to_be_hidden()
    expect(desk.locator(".toast")).to_contain_text("signed in again")
    desk.get_by_role("button", name="Say", exact=True).click()
    expect(desk.locator(".toast").last).to_contain_text("Handed over")


def test_a_stale_token_is_renewed_behind_the_scenes(desk: Page, watch: Watch) -> None:
    watch.allow("403")
    desk.evaluate("""document.body.setAttribute("hx-headers:inherited", '{"X-CSRFToken": "stale"}')""")
    desk.get_by_role("button", name="Say", exact=True).click()
    expect(desk.locator(".toast.bad")).to_contain_text("press once more")
    desk.get_by_role("button", name="Say", exact=True).click()
    expect(desk.locator(".toast").last).to_contain_text("Handed over")


def test_the_shell_works_without_script(browser: Browser, signed_in: SignIn, desk: Page, live_server: object) -> None:
    plain = browser.new_context(java_script_enabled=False, base_url=str(live_server))
    plain.add_cookies(desk.context.cookies())  # type: ignore[arg-type]  # what one call returns the other takes
    page = plain.new_page()
    page.goto("/parts/")
    page.get_by_role("link", name="Clients").click()
    assert page.url.endswith("/parts/clients/")
    plain.close()


@every_look
def test_words_35_percent_longer_break_nothing(
    page: Page, signed_in: SignIn, admin: User, monkeypatch: pytest.MonkeyPatch, shot: Callable[..., None]
) -> None:
    """French and Russian run longer than English: every text grows here, as they do."""
    monkeypatch.setattr("django.utils.translation._trans.gettext", lambda text: stretched(trans_real.gettext(text)))
    signed_in(admin)
    page.goto("/parts/form/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = page.locator(".side .nav a span:visible, .bottom-tabs a:visible, .btn:visible").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"
    )
    assert not cut
    shot("longer")


def stretched(text: str) -> str:
    """Return `text` with each longer word half as long again, so that the whole is about 35 % longer."""
    return re.sub(r"(?<!%\()(?<!\{)\b(\w{4,})\b(?!\}|\)[sd])", lambda word: word[1] + word[1][: len(word[1]) // 2], text)
