"""Walks over the review of alike clients: pair by pair with the keyboard, a merge and its undo, on a desk and on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, ClientMerge, DuplicatePair
from clients.services import change_client, log_touch
from tests.browser.conftest import Look, every_look, on_a_phone
from tests.clients.pairs import pair_of
from tests.clients.registry import fair, fresh, register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
LONG = "Société Coopérative d’Approvisionnement et de Commercialisation des Producteurs Laitiers de la Haute-Saône Orientale"


@pytest.fixture
def pairs(anna: User, clara: User, dmitri: User) -> list[DuplicatePair]:
    """A queue as it looks after a search: pairs of several scripts, one with a client of Clara's."""
    kept = register(
        anna,
        {"full_name": "Ruth Hartley", "is_head": True},
        full_name="Hartley & Daughters Limited",
        short_name="Hartley & Daughters Ltd",
        tax_number="GB339072649",
        phones="+44 113 496 0148",
        emails="orders@hartley.example",
        address="Unit 7, Aire Valley Works",
        postal_code="LS9 0AA",
        city="Leeds",
        country="GB",
        went_well="Pays on the day. Wants one invoice a month, never two; ask for Ruth, not for the switchboard.",
    )
    other = register(
        anna,
        {"full_name": "Tom Hartley"},
        full_name="Hartley and Daughters",
        tax_number="GB339072649",
        phones=["+44 113 496 0190", "+44 113 496 0148"],
        emails="office@hartley.example",
        address="7 Aire Valley",
        city="Leeds",
        country="GB",
        website="hartley.example",
        went_well="Prefers e-mail.",
    )
    log_touch(user=anna, client_id=other.pk, note="Asked for the price list.")
    for _number in range(3):
        log_touch(user=anna, client_id=kept.pk, note="Ordered again.")
    change_client(user=dmitri, client_id=kept.pk, version=1, changes={"website": "https://www.hartley.example/shop"})
    now = timezone.now()
    Client.objects.filter(pk=kept.pk).update(created_at=now - timedelta(days=3700))
    confirmed = {"facts_confirmed_at": now - timedelta(days=9), "facts_confirmed_by": anna}
    Client.objects.filter(pk=other.pk).update(created_at=now - timedelta(days=2000), **confirmed)
    made = [pair_of(kept, other, 98, ["tax_number", "GB339072649"], ["phone", "+441134960148"], ["name_alike", 92])]
    for one, two, score, reason in (
        ("Ёлкин и партнёры", "Елкин и партнеры", 94, ["phone", "+74950010203"]),
        ("Œnothèque Saint-Éloi", "Oenotheque St Eloi", 91, ["email", "cave@eloi.example"]),
        ("ТД «Рассвет»", "Торговый дом Рассвет ООО", 86, ["city", "Тверь"]),
        (LONG, "SCA Haute-Saône", 81, ["contact", "M. Jean-Baptiste Lefèvre-Ngomo"]),
    ):
        made.append(pair_of(register(anna, full_name=one, city="Tver"), register(anna, full_name=two), score, reason))
    foreign = register(clara, full_name="ORiordan Fish")
    made.append(pair_of(register(anna, full_name="O’Riordan Fish Merchants"), foreign, 79, ["name_alike", 88]))
    fair()
    return made


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@every_look
def test_the_review_stands_in_every_look(
    page: Page,
    signed_in: SignIn,
    dmitri: User,
    pairs: list[DuplicatePair],
    axe: Callable[[], None],
    shot: Callable[..., None],
    look: Look,
) -> None:
    signed_in(dmitri)
    page.goto("/duplicates/")
    axe()
    shot("duplicates")
    assert fits(page)
    page.goto(f"/duplicates/{pairs[0].pk}/")
    expect(page.get_by_role("button", name="Merge")).to_be_in_viewport()
    axe()
    shot("duplicates-pair")
    shot("duplicates-pair-whole", full_page=True)
    assert fits(page)
    for name, address in (("long", f"/duplicates/{pairs[4].pk}/"), ("clear", "/duplicates/clear/"), ("lately", "/duplicates/lately/")):
        page.goto(address)
        axe()
        shot(f"duplicates-{name}")
        assert fits(page)


@every_look
def test_what_is_read_only_and_what_is_picked_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, dmitri: User, pairs: list[DuplicatePair], axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(anna)
    page.goto(f"/duplicates/{pairs[-1].pk}/")
    expect(page.get_by_text("In the hands of Clara Moreau")).to_be_visible()
    axe()
    shot("duplicates-foreign")
    page.goto(f"/clients/{pairs[0].first_id}/")
    axe()
    shot("duplicates-card")
    page.goto(f"/clients/{pairs[0].first_id}/merge/?with={pairs[1].first_id}")
    axe()
    shot("duplicates-by-hand")
    assert fits(page)
    signed_in(dmitri)
    page.goto("/duplicates/settings/")
    axe()
    shot("duplicates-settings")
    DuplicatePair.objects.all().delete()
    page.goto("/duplicates/")
    axe()
    shot("duplicates-nothing")


def test_a_merge_takes_the_phone_of_the_other_and_is_undone(page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]) -> None:
    signed_in(anna)
    page.goto("/duplicates/")
    pair = pairs[0]
    row = page.get_by_role("row", name="Phone")
    after = row.locator(".res")
    expect(after).to_contain_text("+44 113 496 0148 +44 113 496 0190", use_inner_text=True)
    row.get_by_role("checkbox").first.uncheck()
    expect(after.locator("[data-when=other]")).to_be_visible()
    expect(after.locator("[data-when=both]")).to_be_hidden()
    row.get_by_role("checkbox").last.uncheck()
    expect(row.get_by_role("checkbox").first).to_be_checked()
    row.get_by_role("checkbox").last.check()
    row.get_by_role("checkbox").first.uncheck()
    name = page.get_by_role("row", name="Full name")
    name.get_by_role("radio").last.check()
    expect(name.locator(".res [data-when=other]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("is merged into")
    kept = fresh(pair.first)
    assert (kept.full_name, kept.phones) == ("Hartley and Daughters", ["+441134960190", "+441134960148"])
    assert kept.touches.count() == 4
    expect(page.locator(".pairs [aria-current]")).to_contain_text("Ёлкин и партнёры")
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("are two clients again")
    assert fresh(pair.first).full_name == "Hartley & Daughters Limited"
    assert fresh(pair.second).merged_into is None


def test_the_queue_is_worked_through_with_the_keyboard(page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]) -> None:
    signed_in(anna)
    page.goto("/duplicates/")
    here = page.locator(".pairs [aria-current]")
    page.keyboard.press("j")
    expect(here).to_contain_text("Ёлкин")
    page.keyboard.press("k")
    expect(here).to_contain_text("Hartley")
    page.keyboard.press("s")
    expect(here).to_contain_text("Ёлкин")
    expect(page.locator(".pairs a").first).to_contain_text("skipped")
    page.keyboard.press("d")
    expect(page.locator(".toast")).to_contain_text("stay two clients")
    expect(here).to_contain_text("Œnothèque")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("is merged into")
    expect(here).to_contain_text("Рассвет")
    states = dict(DuplicatePair.objects.values_list("pk", "state"))
    assert [states[pair.pk] for pair in pairs[:3]] == ["open", "two_clients", "merged"]


def test_the_other_one_is_kept_instead_and_the_choices_stay(page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]) -> None:
    signed_in(anna)
    page.goto(f"/duplicates/{pairs[0].pk}/")
    page.get_by_role("row", name="Address").get_by_role("radio").last.check()
    page.get_by_role("button", name="Keep this one").click()
    expect(page.locator(".versus thead th").first).to_contain_text("Hartley and Daughters")
    expect(page.get_by_role("row", name="Address").get_by_role("radio").first).to_be_checked()
    assert not ClientMerge.objects.exists()


@on_a_phone
def test_on_a_phone_the_queue_comes_first_then_a_pair(page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]) -> None:
    signed_in(anna)
    page.goto("/duplicates/")
    expect(page.get_by_role("button", name="Merge")).to_be_hidden()
    page.locator(".pairs a").first.tap()
    expect(page.get_by_role("button", name="Merge")).to_be_in_viewport()
    expect(page.locator(".pairs-box")).to_be_hidden()
    page.get_by_role("button", name="Two clients").tap()
    expect(page.locator(".toast")).to_contain_text("stay two clients")
    page.get_by_role("link", name="All pairs").tap()
    expect(page.locator(".pairs a").first).to_be_visible()
    expect(page.locator(".pairs a").first).to_contain_text("Ёлкин")


@pytest.mark.parametrize("look", [Look(1100)], indirect=True, ids=str)
def test_on_a_small_screen_a_pair_has_the_page_and_leads_back(
    page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]
) -> None:
    signed_in(anna)
    page.goto("/duplicates/")
    expect(page.get_by_role("button", name="Merge")).to_be_hidden()
    page.locator(".pairs a").first.click()
    expect(page.locator(".pairs-box")).to_be_hidden()
    button, column = (page.locator(what).bounding_box() for what in (".versus thead .btn", ".versus thead th:nth-child(3)"))
    assert button
    assert column
    assert button["x"] + button["width"] <= column["x"] + column["width"]
    page.get_by_role("link", name="All pairs").click()
    expect(page.locator(".pairs a").first).to_be_visible()


def test_a_long_title_leaves_the_queue_its_choice_of_whose_pairs(
    page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]
) -> None:
    User.objects.filter(pk=anna.pk).update(language="ru")
    signed_in(anna)
    page.goto("/duplicates/")
    links, listed = (page.locator(what).bounding_box() for what in (".pairs-box .panel-head .end", ".pairs"))
    assert links
    assert listed
    assert links["y"] + links["height"] <= listed["y"]


@on_a_phone
def test_on_a_phone_what_opens_a_client_is_as_tall_as_a_finger(
    page: Page, signed_in: SignIn, anna: User, dmitri: User, pairs: list[DuplicatePair]
) -> None:
    signed_in(dmitri)
    for address, links in ((f"/duplicates/{pairs[0].pk}/", ".kept-one a"), ("/duplicates/clear/", ".ticks > li > a")):
        page.goto(address)
        heights = page.locator(links).evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
        assert heights
        assert min(heights) >= 44


def test_two_clients_are_merged_from_the_card(page: Page, signed_in: SignIn, anna: User, pairs: list[DuplicatePair]) -> None:
    one, other = register(anna, full_name="Brasserie Œil-de-Bœuf"), register(anna, full_name="Oeil de Boeuf SARL")
    signed_in(anna)
    page.goto(f"/clients/{one.pk}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Merge with…").click()
    page.get_by_role("dialog").locator(".ts-control input").fill("Oeil de Boeuf SARL")
    page.get_by_role("option", name="Oeil de Boeuf SARL").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Merge two clients")).to_be_visible()
    page.get_by_role("button", name="Merge").click()
    expect(page.locator(".toast")).to_contain_text("is merged into")
    expect(page.get_by_text(f"Also known as number {max(one.pk, other.pk)}")).to_be_visible()
    page.get_by_role("button", name="undo", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("are two clients again")
