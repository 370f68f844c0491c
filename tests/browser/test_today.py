"""Walks over Today: the morning of a manager by keyboard, on a phone, and while others work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client, Touch
from clients.services import log_touch
from reminders.models import Reminder
from reminders.services import complete_reminder, plan_reminder
from tests.browser.conftest import Look, Watch, every_look, on_a_phone
from tests.clients.registry import PHONE, fresh, register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
PARIS = ZoneInfo("Europe/Paris")
LONG = "Société Coopérative d’Approvisionnement et de Transformation des Céréales du Bassin de la Haute-Saône"
LONG_RUSSIAN = "ООО «Северо-Западная производственно-коммерческая компания „Балтпромстройкомплект“»"


def remind(
    user: User, client: Client, ago: timedelta, subject: str = "", *, kind: str = "call_back", day_only: bool = False, note: str = ""
) -> Reminder:
    """Plan a reminder of `user` that was due `ago` (negative: still is to come)."""
    later = timezone.now().astimezone(PARIS) + timedelta(days=400)
    made = plan_reminder(user=user, client_id=client.pk, kind=kind, on_day=later.date(), at_time=later.time(), subject=subject, note=note)
    moment = (timezone.now() - ago).astimezone(PARIS).replace(second=0, microsecond=0)
    at = None if day_only else moment.time()
    Reminder.objects.filter(pk=made.pk).update(due_at=moment, on_day=moment.date(), at_time=at, fires_at=None, stage="")
    made.refresh_from_db()
    return made


@pytest.fixture
def morning(anna: User, dmitri: User) -> dict[str, Reminder]:
    """A day with everything on it: late, due, to come; long names, no phone, scripts in names, a payment."""
    hour = timedelta(hours=1)

    def client(name: str, *contacts: dict[str, Any], **data: Any) -> Client:
        return register(anna, *contacts, full_name=name, **({"lifecycle": "current"} | data))

    hartley = client("Hartley & Daughters Ltd", phones=["+442079460018"])
    balt = client(LONG_RUSSIAN, {"full_name": "Константинопольский Александр Вениаминович", "phones": "+79215550142"})
    lefevre = client(
        "Ateliers Mécaniques Lefèvre-Ngomo", {"full_name": "Mme Fatou Ngomo", "position": "Head of purchasing", "phones": PHONE}
    )
    evil = client("<script>alert(1)</script>", phones=["+33199001701"])
    long = client(LONG, time_zone="Pacific/Chatham", phones=["+6433050000"])
    silent = client("Northwind Timber (Scotland) Ltd")
    former = client("Kwiatkowski i Synowie", lifecycle="former", worked_until="2025-01-31", works_since="2019-01-01")
    log_touch(user=anna, client_id=lefevre.pk, note="Third complaint this quarter. Promised an answer on the delivery slots by today.")
    log_touch(user=dmitri, client_id=balt.pk, outcome="no_answer")
    Client.objects.filter(pk__in=[silent.pk, former.pk]).update(
        created_at=timezone.now() - timedelta(days=500), last_touch_at=timezone.now() - timedelta(days=94)
    )
    found = {
        "hartley": remind(
            anna,
            hartley,
            49 * hour,
            "answer on the spring price list",
            note="Ask first how the last delivery went.\nThen: 3 % for a whole truck.",
        ),
        "balt": remind(anna, balt, 30 * hour, "ends on 30 November: renew or let go", kind="contract_renewal"),
        "evil": remind(anna, evil, 5 * hour, "<img src=x onerror=alert(1)>"),
        "lefevre": remind(anna, lefevre, timedelta(minutes=3), "late delivery, third complaint in a quarter"),
        "payment": remind(anna, balt, -timedelta(minutes=20), "rent of the silo, €2,140", kind="recurring_payment"),
        "long": remind(anna, long, -26 * hour, "dryer from 2016", kind="equipment_replacement"),
        "week": remind(anna, silent, -50 * hour, "gone quiet", kind="how_are_things"),
        "far": remind(anna, hartley, -24 * 60 * hour, "Christmas order"),
    }
    done = remind(anna, hartley, hour, kind="other")
    complete_reminder(user=anna, reminder_id=done.pk)
    return found


def pane_of(page: Page, name: str) -> None:
    expect(page.locator("#pane h2")).to_have_text(name)


@every_look
def test_today_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder], axe: Callable[[], None], shot: Callable[..., None], look: Look
) -> None:
    signed_in(anna)
    page.goto("/today/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    axe()
    shot("today")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if look.phone:
        page.locator("#queue li", has_text="Lefèvre-Ngomo").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        pane_of(page, "Ateliers Mécaniques Lefèvre-Ngomo")
        axe()
        shot("today-sheet")
        page.keyboard.press("Escape")
    else:
        page.locator("#queue li", has_text="Lefèvre-Ngomo").locator(".when").click()
        pane_of(page, "Ateliers Mécaniques Lefèvre-Ngomo")
        page.get_by_text("No answer", exact=True).click()
        shot("today-no-answer")
        page.locator("#queue li", has_text=LONG).locator(".when").click()
        pane_of(page, LONG)
        shot("today-long", full_page=True)
        axe()
        page.locator("#queue li", has_text="Hartley").first.get_by_role("button", name="Put off").click()
        expect(page.locator("#put-off").get_by_role("button", name="Next week")).to_be_visible()
        axe()
        shot("today-put-off")
    for view in ("quiet", "no_step"):
        page.goto(f"/today/?view={view}")
        axe()
        shot(f"today-{view}")


@every_look
def test_a_day_with_nothing_due_stands_in_every_look(
    page: Page, signed_in: SignIn, anna: User, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    signed_in(anna)
    page.goto("/today/")
    axe()
    shot("today-empty")
    made = register(anna, full_name="Northwind Timber", lifecycle="current")
    Client.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=500))
    page.goto("/today/")
    expect(page.get_by_text("1 client of yours has gone quiet; call it now.")).to_be_visible()
    axe()
    shot("today-nothing-due")


def test_the_morning_is_worked_through_with_the_keyboard_alone(
    page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]
) -> None:
    signed_in(anna)
    page.goto("/clients/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/today/")
    pane_of(page, "Hartley & Daughters Ltd")
    page.keyboard.press("j")
    pane_of(page, LONG_RUSSIAN)
    page.keyboard.press("k")
    pane_of(page, "Hartley & Daughters Ltd")
    page.keyboard.press("l")
    expect(page.locator("#pane").get_by_label("Reached")).to_be_focused()
    page.keyboard.press("Tab")
    page.get_by_label("What was said").focus()
    page.keyboard.type("Wants the whole truck")
    page.keyboard.press("Control+Enter")
    pane_of(page, LONG_RUSSIAN)
    expect(page.locator(".toast")).to_contain_text("Logged. Next step")
    expect(page.locator("#day-done")).to_contain_text("2 of 6 done")
    morning["hartley"].refresh_from_db()
    assert (morning["hartley"].state, Touch.objects.latest("pk").note) == ("done", "Wants the whole truck")
    page.keyboard.press("a")  # nobody answers: again this afternoon or tomorrow, with one key
    pane_of(page, "<script>alert(1)</script>")
    morning["balt"].refresh_from_db()
    assert (morning["balt"].state, morning["balt"].due_at > timezone.now()) == ("open", True)
    page.keyboard.press("s")
    pane_of(page, "Ateliers Mécaniques Lefèvre-Ngomo")
    page.keyboard.press("j")
    pane_of(page, LONG_RUSSIAN)
    page.keyboard.press("x")
    expect(page.locator("#queue li", has_text="silo")).to_have_count(0)
    page.keyboard.press("p")
    expect(page.locator("#put-off")).to_be_visible()


def test_enter_opens_the_card_and_undo_brings_back_what_was_ticked_off(
    page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]
) -> None:
    signed_in(anna)
    page.goto("/today/")
    page.get_by_role("button", name=f"Done: {LONG_RUSSIAN}").click()
    expect(page.locator("#queue li", has_text="silo")).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator("#queue li", has_text="silo")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/clients/*/")


def test_no_answer_suggests_when_to_try_again(page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]) -> None:
    signed_in(anna)
    page.goto("/today/")
    again = page.locator("#pane .pick", has_text="Try again")
    expect(again).to_be_hidden()
    page.locator("#pane .seg").get_by_text("No answer", exact=True).click()
    expect(again.locator("input")).to_be_checked()
    page.locator("#pane .seg").get_by_text("Reached", exact=True).click()
    expect(again).to_be_hidden()
    expect(page.locator("#pane .pick", has_text="In a week").locator("input")).to_be_checked()


def test_a_refused_call_says_what_it_lacks_and_keeps_what_was_typed(
    page: Page,
    signed_in: SignIn,
    anna: User,
    morning: dict[str, Reminder],
    axe: Callable[[], None],
    watch: Watch,
    shot: Callable[..., None],
) -> None:
    watch.allow("422")
    signed_in(anna)
    page.goto("/today/")
    page.get_by_label("What was said").fill("Said no")
    page.get_by_text("None, because…").click()
    page.get_by_role("button", name="Save and go to the next").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#pane")).to_contain_text("Say why nothing comes next.")
    expect(page.get_by_label("What was said")).to_have_value("Said no")
    axe()
    shot("today-refused")


def test_the_queue_is_read_anew_without_losing_what_is_typed(
    page: Page, signed_in: SignIn, anna: User, dmitri: User, morning: dict[str, Reminder]
) -> None:
    signed_in(anna)
    page.goto("/today/")
    page.get_by_label("What was said").fill("Half a sentence")
    for name in ("hartley", "balt"):
        complete_reminder(user=dmitri, reminder_id=morning[name].pk, touch={"no_next_step_because": "x"})
    page.evaluate("document.body.dispatchEvent(new CustomEvent('seraph:reminders'))")
    expect(page.locator("#queue li", has_text="Hartley")).to_have_count(0)
    expect(page.get_by_label("What was said")).to_have_value("Half a sentence")
    expect(page.get_by_label("What was said")).to_be_focused()
    expect(page.locator("#today-views")).to_contain_text("Late 1")


def test_a_draft_of_a_call_survives_looking_at_another_row(page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]) -> None:
    signed_in(anna)
    page.goto("/today/")
    page.get_by_label("What was said").fill("Half a sentence")
    expect(page.locator("[data-draft-state]").first).to_contain_text("Draft kept")
    page.locator("#queue li", has_text="Lefèvre-Ngomo").locator(".when").click()
    pane_of(page, "Ateliers Mécaniques Lefèvre-Ngomo")
    expect(page.get_by_label("What was said")).to_have_value("")
    page.locator("#queue li", has_text="Hartley").first.locator(".when").click()
    expect(page.get_by_label("What was said")).to_have_value("Half a sentence")


@on_a_phone
def test_on_a_phone_a_call_is_closed_in_the_sheet(page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]) -> None:
    signed_in(anna)
    page.goto("/today/")
    page.get_by_role("link", name="Call and log: Ateliers Mécaniques Lefèvre-Ngomo").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("a.btn.call")).to_have_attribute("href", f"tel:{PHONE}")
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    sheet.get_by_label("What was said").fill("Thursday suits her")
    sheet.get_by_role("button", name="Save and go to the next").click()
    pane_of(page, LONG_RUSSIAN)
    expect(sheet).to_be_visible()
    assert Touch.objects.latest("pk").note == "Thursday suits her"
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_what_was_learned_is_kept_with_the_call(page: Page, signed_in: SignIn, anna: User, morning: dict[str, Reminder]) -> None:
    from clients.models import Criterion

    Criterion.objects.create(fact="main_contact_email", level="required", state="published", valid_from="2020-01-01")
    signed_in(anna)
    page.goto(f"/today/?at={morning['lefevre'].pk}")
    page.get_by_label("E-mail of the main contact").fill("ngomo@lefevre.example")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("Logged")
    assert fresh(morning["lefevre"].client).contacts.get().emails == ["ngomo@lefevre.example"]
