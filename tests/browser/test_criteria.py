"""The administrator's way with a criterion in a real browser: draft, preview, force, Undo."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.criteria import criteria_in_force
from clients.models import Client, Criterion, CustomField, Industry, Source
from clients.services.criteria import draft_criterion
from tests.browser.conftest import Watch, every_look, on_a_phone

SignIn = Callable[[User], User]


@pytest.fixture
def registry(admin: User, anna: User) -> Any:
    """Some clients, with what the pages of rules show."""
    source = Source.objects.create(name="Trade fair", targeted=True)
    Industry.objects.create(name="Wholesale of agricultural raw materials and live animals")
    CustomField.objects.create(
        key="colour", label="Colour of the equipment, as the factory calls it", kind="choice", choices=["red", "green"]
    )
    for number in range(12):
        Client.objects.create(
            full_name=f"Ateliers Mécaniques {number}",
            is_customer=True,
            source=source,
            manager=anna if number % 3 else None,
            lifecycle="current" if number % 2 else "potential",
            city="Lyon" if number > 7 else "",
            next_step_at=timezone.now(),
        )


@pytest.fixture
def draft(admin: User) -> Criterion:
    return draft_criterion(user=admin, values={"fact": "city", "level": "required"})


def test_a_draft_shows_what_it_would_do_while_it_is_chosen_and_is_put_in_force(
    page: Page, signed_in: SignIn, registry: None, draft: Criterion, admin: User
) -> None:
    signed_in(admin)
    page.goto(f"/criteria/{draft.pk}/")
    effect = page.locator("#effect")
    expect(effect.locator(".short .v")).to_have_text("8")

    page.locator(".for-whom summary").click()
    page.get_by_text("current clients", exact=True).click()
    expect(effect.locator(".short .v")).to_have_text("4")
    expect(page.locator(".for-whom summary")).to_have_text("For whom: current clients")
    expect(page.locator("#criteria-table .here")).to_contain_text("current clients")
    page.get_by_label("Time to mend").select_option("90")
    expect(page.locator("#draft-version")).to_have_value("3")

    page.get_by_role("button", name="Put in force…").click()
    dialog = page.get_by_role("dialog", name="Put this criterion in force?")
    expect(dialog).to_contain_text("“City” is required for current clients")
    dialog.get_by_role("button", name="Put in force").click()
    expect(page.locator(".editor .tag.good")).to_have_text("in force")
    assert draft.pk in [rule.id for rule in criteria_in_force().rules]

    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".editor .tag.warn")).to_have_text("draft, not in force")
    draft.refresh_from_db()
    assert (draft.state, draft.lifecycles, draft.grace_days) == ("draft", ["current"], 90)


def test_the_figure_opens_exactly_the_clients_that_it_counts(
    page: Page, signed_in: SignIn, registry: None, draft: Criterion, admin: User
) -> None:
    signed_in(admin)
    page.goto(f"/criteria/{draft.pk}/")

    page.get_by_role("link", name="See the 8").click()

    page.wait_for_url(re.compile(rf"/clients/\?short_of={draft.pk}"))
    expect(page.locator("tbody[data-rows] tr, [data-rows] > *")).to_have_count(8)


def test_a_pattern_that_makes_no_sense_is_said_at_once(
    page: Page, signed_in: SignIn, registry: None, draft: Criterion, admin: User, watch: Watch
) -> None:
    watch.allow("422")
    signed_in(admin)
    page.goto(f"/criteria/{draft.pk}/")

    page.get_by_text("Format: any").click()
    page.get_by_label("Must look like").fill("[A-Z")
    page.get_by_label("For example").fill("LYON")

    expect(page.locator("#effect .notice.bad")).to_contain_text("A list of characters [ has no end ]")
    page.get_by_label("Must look like").fill("[A-Z]+")
    expect(page.locator("#effect .short .v")).to_have_text("12")
    expect(page.locator(".format summary")).to_have_text("Format: [A-Z]+")


def test_a_new_criterion_begins_from_the_keyboard(page: Page, signed_in: SignIn, registry: None, admin: User) -> None:
    signed_in(admin)
    page.goto("/criteria/")

    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New criterion")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".ts-wrapper")).to_be_visible()  # the picker's script comes with the dialog
    expect(dialog.locator(".ts-control input")).to_be_focused()
    page.evaluate("document.querySelector('#modal select').tomselect.setValue('tax_number')")
    dialog.get_by_role("button", name="Begin a draft").click()

    expect(page.locator(".editor h2")).to_have_text("Tax number")


@every_look
def test_every_page_of_the_rules_stands_in_every_look(
    page: Page, signed_in: SignIn, registry: None, draft: Criterion, admin: User, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(admin)
    field = CustomField.objects.get()
    for name, url in (
        ("criteria", "/criteria/"),
        ("criterion", f"/criteria/{draft.pk}/"),
        ("custom-fields", "/custom-fields/"),
        ("custom-field", f"/custom-fields/{field.pk}/"),
        ("reference-lists", "/reference-lists/source/"),
        ("target-profile", "/target-profile/"),
        ("criteria-history", "/criteria/history/"),
        ("waivers", "/criteria/waivers/"),
    ):
        page.goto(url)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)
        axe()
        shot(name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{url} is wider than the screen"


@on_a_phone
def test_on_a_phone_the_list_leads_to_one_criterion_and_back(page: Page, signed_in: SignIn, registry: None, admin: User) -> None:
    signed_in(admin)
    page.goto("/criteria/")
    expect(page.locator(".editor")).to_be_hidden()

    page.get_by_role("link", name="Source").first.click()
    expect(page.locator(".editor h2")).to_have_text("Source")
    expect(page.locator("#criteria-table")).to_be_hidden()
    page.go_back()
    expect(page.locator("#criteria-table")).to_be_visible()
