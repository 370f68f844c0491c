"""The bell in a browser: it rings without a reload, once, and its list is read by the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from clients.models import Client
from reminders.engine.firing import fire_due_reminders
from reminders.models import Notice, ReminderPreferences
from tests.browser.conftest import Look, every_look, on_a_phone
from tests.clients.registry import register
from tests.reminders.conftest import Plan, due_now, lefevre, plan

__all__ = ["lefevre", "plan"]
pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Société Coopérative d’Approvisionnement et de Transformation des Céréales du Bassin de la Haute-Saône"


@pytest.fixture
def ring(plan: Plan) -> Callable[..., None]:
    """Let something of Anna's be due, and the engine tell of it."""

    def do(**given: Any) -> None:
        due_now(plan(**given))
        fire_due_reminders()

    return do


def look_again(page: Page) -> None:
    """What the page does by itself after half a minute."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_it_rings_without_a_reload_and_leads_to_the_card(
    page: Page, anna: User, lefevre: Client, ring: Callable[..., None], signed_in: Callable[[User], User]
) -> None:
    signed_in(anna)
    page.goto("/settings/")
    page.evaluate("document.body.addEventListener('seraph:reminders', () => { window.told = (window.told || 0) + 1; })")
    expect(page.locator(".bell .dot")).to_be_hidden()

    ring(kind="call_back", subject="answer on the price list")
    look_again(page)

    toast = page.locator(".toast")
    expect(toast).to_contain_text("Ateliers Lefèvre: Call back: answer on the price list")
    expect(page.locator(".bell .dot")).to_have_text("1")
    expect(page.get_by_role("link", name="Notices: 1 new")).to_be_visible()
    assert page.evaluate("window.told") == 1, "Today reads itself anew"
    toast.get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/clients/{lefevre.pk}/")


def test_it_rings_once_in_however_many_tabs(
    context: BrowserContext, page: Page, anna: User, ring: Callable[..., None], signed_in: Callable[[User], User]
) -> None:
    signed_in(anna)
    page.goto("/settings/")
    other = context.new_page()
    other.goto("/settings/")

    ring()
    look_again(page)
    expect(page.locator(".toast")).to_have_count(1)
    expect(other.locator(".bell .dot")).to_have_text("1")  # told by the first tab
    look_again(other)
    page.goto("/settings/")

    expect(page.locator(".bell .dot")).to_have_text("1")
    page.wait_for_function("JSON.parse(localStorage.getItem(`heard:${document.documentElement.dataset.user}`)).length === 1")
    expect(page.locator(".toast")).to_have_count(0)
    expect(other.locator(".toast")).to_have_count(0)


def test_what_came_between_two_pages_rings_on_the_next(
    page: Page, anna: User, ring: Callable[..., None], signed_in: Callable[[User], User]
) -> None:
    signed_in(anna)
    page.goto("/settings/")
    ring()
    page.goto("/settings/")
    expect(page.locator(".toast")).to_have_count(1)


@every_look
def test_the_list_opens_by_its_key_and_what_it_shows_is_seen(
    page: Page,
    look: Look,
    anna: User,
    boris: User,
    ring: Callable[..., None],
    signed_in: Callable[[User], User],
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    ring(client=register(anna, full_name=LONG, phones=["+33199001800"], manager=anna.pk), subject="<b>Договор</b> заканчивается")
    ring(kind="birthday")
    Notice.objects.filter(reminder__kind__key="birthday").update(late=True)
    signed_in(anna)
    page.goto("/settings/")
    expect(page.locator(".bell .dot")).to_have_text("2")

    page.keyboard.press("b")

    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading", name="Notices")).to_be_visible()
    expect(drawer).to_contain_text("<b>Договор</b> заканчивается")
    expect(drawer).to_contain_text("told late")
    expect(page.locator(".bell .dot")).to_be_hidden()
    assert not Notice.objects.filter(seen_at=None).exists()
    axe()
    shot("bell")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


@on_a_phone
def test_on_a_phone_the_bell_is_under_the_thumb(
    page: Page, anna: User, ring: Callable[..., None], signed_in: Callable[[User], User]
) -> None:
    ring()
    signed_in(anna)
    page.goto("/settings/")
    box = page.locator(".bell").bounding_box()
    assert box is not None
    assert box["width"] >= 44
    assert box["x"] + box["width"] <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".bell").tap()
    expect(page.locator("#drawer")).to_be_visible()


def test_a_notification_of_the_desktop_where_it_is_wanted(
    context: BrowserContext, page: Page, anna: User, ring: Callable[..., None], signed_in: Callable[[User], User]
) -> None:
    ReminderPreferences.objects.create(user=anna, desktop=True)
    context.add_init_script(
        "window.shown = []; window.Notification = class extends EventTarget {"
        " static permission = 'granted'; constructor(title, { body }) { super(); window.shown.push(`${title}: ${body}`); } };"
    )
    signed_in(anna)
    page.goto("/settings/")
    ring(subject="Contract")
    look_again(page)
    expect(page.locator(".toast")).to_have_count(1)
    assert page.evaluate("window.shown") == ["Ateliers Lefèvre: Other: Contract, due now"]


def test_signed_out_elsewhere_it_asks_no_more_and_says_nothing(
    context: BrowserContext, page: Page, anna: User, signed_in: Callable[[User], User]
) -> None:
    signed_in(anna)
    page.goto("/settings/")
    context.clear_cookies()
    look_again(page)
    expect(page.locator(".toast")).to_have_count(0)


@every_look
def test_the_pages_of_what_is_heard_how(
    page: Page,
    look: Look,
    anna: User,
    admin: User,
    plan: Plan,
    signed_in: Callable[[User], User],
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    from django.utils import timezone

    from reminders.models import Delivery, Reminder

    reminder = plan(subject="Contract")
    Reminder.objects.filter(pk=reminder.pk).update(escalated_at=timezone.now(), problem="could not be told of", fires_at=None)
    Delivery.objects.create(
        reminder=reminder,
        occurrence=1,
        stage="due",
        channel="mail",
        recipient=anna,
        state="dead",
        problem="SMTPRecipientsRefused: {}",
        try_at=timezone.now(),
        created_at=timezone.now(),
        ended_at=timezone.now(),
    )
    signed_in(admin)
    for path in ("/settings/reminders/", "/left-lying/", "/reminder-settings/", "/undelivered/", "/notices/"):
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= look.width, path
        axe()
        shot(path.strip("/").replace("/", "-"), full_page=True)


def test_the_service_worker_takes_the_whole_site(page: Page, anna: User, signed_in: Callable[[User], User]) -> None:
    """Under our content security policy; what reaches it is another matter (tests/reminders/test_push.py)."""
    signed_in(anna)
    page.goto("/settings/reminders/")
    scope = page.evaluate("navigator.serviceWorker.register('/sw.js', { scope: '/' }).then((registration) => registration.scope)")
    assert scope == page.url.removesuffix("settings/reminders/")
