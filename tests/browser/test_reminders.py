"""Walks over what one does with reminders on the card, in their list, and before a holiday."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from clients.services import plan_next_step
from reminders import services
from reminders.models import Reminder
from sales.periods import company_today
from tests.browser.conftest import Look, every_look
from tests.clients.registry import PHONE, register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
LONG = "Société Coopérative d’Approvisionnement et de Transformation des Céréales du Haut-Doubs"


@pytest.fixture
def promised(anna: User, boris: User, clara: User) -> Client:
    """A client to whom much is promised, by more than one, and others with ugly names."""
    client = register(
        anna,
        {"full_name": "Mme Fatou Ngomo-Каменецкая", "position": "Head of purchasing", "phones": PHONE, "is_main": True},
        full_name="SAS Ateliers Mécaniques Lefèvre-Ngomo et Fils",
        short_name="Ateliers Lefèvre-Ngomo",
        country="JP",
        time_zone="Asia/Tokyo",
    )
    plan_next_step(user=anna, client_id=client.pk, next_step="Answer on the slots", next_step_at=timezone.now() + timedelta(days=2))
    today = timezone.localtime().date()
    several: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("recurring_payment", "Invoice 2026-1187", boris.pk, {"repeats": "FREQ=MONTHLY"}),
        ("meeting", "Third complaint in a quarter: " + LONG, "manager", {"minutes": 60, "place": "Besançon"}),
        ("contract_renewal", "", "manager", {"note": "Договор заканчивается 30 ноября: продлить или отпустить. " * 4}),
        ("other", "<script>alert(1)</script>", anna.pk, {}),
    ]
    for number, (kind, subject, who, more) in enumerate(several):
        services.plan_reminder(
            user=anna, client_id=client.pk, kind=kind, subject=subject, assignee=who, on_day=today + timedelta(days=3 + number), **more
        )
    for number, name in enumerate(
        [LONG, "ООО «Северо-Западная производственно-коммерческая компания „Бобр“»", "Œnothèque Saint-Éloi", "Kwiatkowski"]
    ):
        other = register(anna, full_name=name, tax_number="")
        services.plan_reminder(user=anna, client_id=other.pk, kind="call_back", subject="Offer", on_day=today + timedelta(days=5 + number))
    late = Reminder.objects.get(subject="Invoice 2026-1187")
    Reminder.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(days=2), on_day=today - timedelta(days=2))
    services.cancel_reminder(user=anna, reminder_id=Reminder.objects.get(subject="<script>alert(1)</script>").pk, because="settled by mail")
    return client


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@every_look
def test_reminders_stand_in_every_look(
    page: Page, signed_in: SignIn, anna: User, promised: Client, axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    page.goto(f"/clients/{promised.pk}/")
    panel = page.locator("#reminders")
    expect(panel.get_by_text("Third complaint")).to_be_visible()
    panel.get_by_text("Closed lately").click()
    axe()
    assert fits(page)
    panel.scroll_into_view_if_needed()
    shot("reminders-card", full_page=True)
    panel.get_by_role("link", name="Plan", exact=True).click()
    dialog = page.locator("#modal")
    expect(dialog.get_by_label("Day", exact=True)).to_be_visible()
    dialog.get_by_label("Day", exact=True).fill((company_today() + timedelta(days=4)).isoformat())
    dialog.get_by_label("Time").fill("18:30")
    dialog.get_by_label("Time").press("Tab")
    expect(dialog.get_by_text("there.")).to_be_visible()
    axe()
    shot("reminders-plan")
    page.keyboard.press("Escape")
    panel.get_by_role("link", name="Put off").first.click()
    expect(dialog.get_by_text("Tomorrow morning").or_(dialog.get_by_text("In a week")).first).to_be_visible()
    axe()
    shot("reminders-put-off")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Work finished").click()
    expect(dialog.get_by_text("Will they work with us again?")).to_be_visible()
    axe()
    shot("reminders-finish")
    page.goto("/reminders/")
    axe()
    assert fits(page)
    shot("reminders-list", full_page=True)
    page.goto("/reminders/hand-over/")
    page.get_by_label("From").fill(company_today().isoformat())
    page.get_by_label("Until").fill((company_today() + timedelta(days=30)).isoformat())
    page.get_by_label("Until").press("Tab")
    expect(page.get_by_text("would go:")).to_be_visible()
    axe()
    assert fits(page)
    shot("reminders-holiday", full_page=True)


def test_a_reminder_is_planned_and_put_off_by_keyboard_and_done_in_the_panel(page: Page, signed_in: SignIn, anna: User) -> None:
    client = register(anna, full_name="Kwiatkowski i Synowie")
    signed_in(anna)
    page.goto(f"/clients/{client.pk}/")
    page.keyboard.press("p")
    dialog = page.locator("#modal")
    dialog.locator("select[name=kind]").select_option("other", force=True)
    expect(dialog.get_by_label("Place")).to_be_hidden()
    dialog.get_by_label("Why").fill("Send the price list")
    dialog.get_by_label("Day", exact=True).fill((company_today() + timedelta(days=4)).isoformat())
    page.keyboard.press("Control+Enter")
    panel = page.locator("#reminders")
    expect(panel.get_by_text("Send the price list")).to_be_visible()
    expect(dialog).to_be_hidden()

    panel.get_by_role("link", name="Put off: Send the price list").press("Enter")
    dialog.get_by_text("In a month").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Put off until")).to_be_visible()
    page.get_by_role("button", name="Undo").last.click()
    expect(page.get_by_text("Taken back; the reminder is as it was.")).to_be_visible()

    page.goto("/reminders/")
    page.get_by_role("link", name="Send the price list").click()
    dialog.get_by_label("Why").fill("Send the new price list")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#list-rows").get_by_text("Send the new price list")).to_be_visible()

    page.goto(f"/clients/{client.pk}/")
    panel.get_by_role("button", name="Done: Send the new price list").click()
    expect(panel.get_by_text("Nothing is promised to this client.")).to_be_visible()
    assert Reminder.objects.get().state == "done"


def test_a_single_row_of_the_list_is_acted_on(page: Page, signed_in: SignIn, anna: User, boris: User) -> None:
    client = register(anna, full_name="Kwiatkowski i Synowie")
    day = company_today() + timedelta(days=4)
    task = services.plan_reminder(user=anna, client_id=client.pk, kind="other", subject="Send the price list", on_day=day)
    call = services.plan_reminder(user=anna, client_id=client.pk, kind="call_back", subject="Ask about the price list", on_day=day)
    signed_in(anna)
    page.goto("/reminders/")
    rows, dialog = page.locator("#list-rows"), page.locator("#modal")
    expect(page.get_by_role("link", name="Mine")).to_have_attribute("aria-current", "true")
    rows.get_by_role("button", name="Done: Kwiatkowski i Synowie").click()
    expect(rows.get_by_text("Send the price list")).to_be_hidden()
    page.get_by_role("button", name="Undo").last.click()
    expect(rows.get_by_text("Send the price list")).to_be_visible()

    row = rows.get_by_role("row").filter(has_text="Ask about the price list")
    row.get_by_role("button", name="Put off: Kwiatkowski i Synowie").click()
    dialog.get_by_text("In a month").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Put off until")).to_be_visible()
    row.get_by_role("button", name="More: Kwiatkowski i Synowie").press("Enter")
    expect(page.get_by_role("button", name="Hand over", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    dialog.locator("select[name=assignee]").select_option(str(boris.pk), force=True)
    page.keyboard.press("Control+Enter")
    expect(rows.get_by_text("Ask about the price list")).to_be_hidden()  # no longer one's own
    task.refresh_from_db()
    call.refresh_from_db()
    assert (task.state, task.owner, call.owner) == ("open", anna, boris)


def test_what_falls_into_a_holiday_is_handed_over_and_taken_back(page: Page, signed_in: SignIn, anna: User, boris: User) -> None:
    client = register(anna, full_name="Kwiatkowski i Synowie")
    day = company_today() + timedelta(days=4)
    reminder = services.plan_reminder(user=anna, client_id=client.pk, kind="call_back", subject="Answer on the price list", on_day=day)
    signed_in(anna)
    page.goto("/reminders/")
    page.get_by_role("link", name="Hand over for a holiday").click()
    page.get_by_label("From").fill(company_today().isoformat())
    page.get_by_label("Until").fill((day + timedelta(days=3)).isoformat())
    page.locator("select[name=to]").select_option(str(boris.pk), force=True)
    expect(page.locator("#holiday-preview")).to_contain_text("1 reminder would go:")
    expect(page.locator("#holiday-preview")).to_contain_text("Answer on the price list")

    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_role("heading", name="Boris Lind")).to_be_visible()
    reminder.refresh_from_db()
    assert (reminder.owner, reminder.stands_in_for) == (boris, anna)

    page.get_by_role("button", name="Take back from Boris Lind").click()
    expect(page.get_by_text("Nobody stands in for you.")).to_be_visible()
    reminder.refresh_from_db()
    assert (reminder.owner, reminder.stands_in_for) == (anna, None)
