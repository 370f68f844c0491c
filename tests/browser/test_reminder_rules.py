"""Rules of reminders in a real browser: the preview follows what is chosen, a switch has its Undo."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, CustomField, Source
from reminders.models import Reminder, ReminderRule
from reminders.rules.running import run_rules
from reminders.services.rules import add_rule, switch_rule
from sales.periods import company_today
from tests.browser.conftest import every_look

SignIn = Callable[[User], User]
LONG = "Общество с ограниченной ответственностью «Объединённые мастерские северо-западного пароходства и ремонта»"


@pytest.fixture
def registry(dmitri: User, anna: User, transactional_db: Any) -> ReminderRule:
    """Clients whose contracts end soon, and rules that made something."""
    source = Source.objects.create(name="Trade fair", targeted=True)
    CustomField.objects.create(key="lease_end", label="Lease of the machine ends on", kind="date")
    for number in range(26):
        Client.objects.create(
            full_name=LONG if number == 3 else f"Ateliers Mécaniques {number}",
            is_customer=True,
            source=source,
            manager=anna if number % 3 else None,
            lifecycle="current" if number % 2 else "potential",
            city="Lyon" if number > 20 else "",
            worked_until=company_today() + timedelta(days=33 + number // 6),
        )
    for name in ("birthday", "renewal"):
        switch_rule(user=dmitri, rule_id=ReminderRule.objects.get(shipped=name).pk, on=True)
    run_rules()
    values = {"name": f"Renewal, early: {LONG}"[:120], "source": "contract_end", "offset": "-28", "kind": "contract_renewal"}
    rule = add_rule(user=dmitri, values={**values, "filters": {"lifecycle": ["current"]}})
    ReminderRule.objects.filter(shipped="birthday").update(problem="failed")
    return rule


def test_the_preview_follows_what_is_chosen(page: Page, signed_in: SignIn, registry: ReminderRule, dmitri: User) -> None:
    signed_in(dmitri)
    page.goto(f"/reminders/rules/{registry.pk}/")
    preview = page.locator("#preview")
    expect(preview.locator(".stat .v")).to_have_text("13")

    page.evaluate("document.querySelector('[data-add-condition]').tomselect.setValue('city')")
    city = page.locator('[data-condition="city"] input')
    expect(city).to_be_focused()
    city.fill("Lyon")
    expect(preview.locator(".stat .v")).to_have_text("3")

    page.get_by_role("button", name="Take away: Lifecycle").click()
    expect(preview.locator(".stat .v")).to_have_text("5")
    page.get_by_label("Days", exact=True).fill("300")
    expect(preview.locator(".stat .v")).to_have_text("0")
    page.get_by_label("Days", exact=True).fill("28")
    expect(preview.locator(".stat .v")).to_have_text("5")

    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    registry.refresh_from_db()
    assert registry.filters == {"city": ["Lyon"]}
    assert not Reminder.objects.filter(rule=registry).exists()


def test_a_rule_is_switched_on_from_the_list_with_undo(page: Page, signed_in: SignIn, registry: ReminderRule, dmitri: User) -> None:
    signed_in(dmitri)
    page.goto("/reminders/rules/")
    switch = page.get_by_role("switch", name="On: Renewal, early")
    expect(switch).to_have_attribute("aria-checked", "false")

    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")

    page.get_by_role("button", name="Undo").click()
    expect(switch).to_have_attribute("aria-checked", "false")


@every_look
def test_every_page_of_reminder_rules_stands_in_every_look(
    page: Page, signed_in: SignIn, registry: ReminderRule, admin: User, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(admin)
    for name, url in (
        ("reminder-rules", "/reminders/rules/"),
        ("reminder-rule", f"/reminders/rules/{registry.pk}/"),
        ("reminder-rule-new", "/reminders/rules/new/"),
        ("reminder-kinds", "/reminders/kinds/"),
    ):
        page.goto(url)
        expect(page.locator("h1")).to_be_visible()
        if "rules/" in url and url != "/reminders/rules/":
            expect(page.locator("#preview .stat")).to_be_visible()
        axe()
        shot(name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{url} is wider than the screen"
