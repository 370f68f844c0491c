"""The card of a client that another was merged into, and an old card of the other that is still open somewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.services.duplicates import merge_clients
from tests.browser.conftest import Look, Watch, every_look
from tests.clients.registry import register

pytestmark = pytest.mark.django_db(transaction=True)


@every_look
def test_an_old_card_leads_on_and_what_is_typed_there_is_not_lost_unsaid(
    page: Page,
    signed_in: Callable[[User], User],
    anna: User,
    axe: Callable[[], None],
    shot: Callable[..., None],
    watch: Watch,
    look: Look,
) -> None:
    watch.allow("409")
    survivor = register(
        anna, {"full_name": "Mme Fatou Ngomo"}, full_name="SAS Ateliers Mécaniques Lefèvre-Ngomo et Fils, Besançon-Planoise"
    )
    other = register(anna, {"full_name": "M. Jean-Baptiste Roy"}, full_name="Ateliers Lefevre Ngomo SARL")
    signed_in(anna)
    page.goto(f"/clients/{other.pk}/")
    merge_clients(user=anna, survivor_id=survivor.pk, other_id=other.pk)
    page.locator("#log textarea[name=note]").fill("Wants a quote until Friday")
    page.locator("#log").get_by_role("button", name="Save touch").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="This client was merged")).to_be_visible()
    expect(page.locator("#log textarea[name=note]")).to_have_value("Wants a quote until Friday")
    axe()
    shot("merged-dialog")
    dialog.get_by_role("link", name="Go to the client").click()
    expect(page).to_have_url(f"{page.url.split('/clients/')[0]}/clients/{survivor.pk}/")
    expect(page.locator("#timeline")).to_contain_text(f"Merged with Ateliers Lefevre Ngomo SARL (number {other.pk})")
    axe()
    shot("merged-card", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("link", name=f"History of number {other.pk}").click()
    expect(page.get_by_role("main")).to_contain_text(f"Number {other.pk} is one with")
    axe()
    shot("merged-history", full_page=True)
    page.goto(f"/clients/{other.pk}/")
    expect(page).to_have_url(f"{page.url.split('/clients/')[0]}/clients/{survivor.pk}/")
