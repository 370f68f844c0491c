"""Walks over the calendar: in every look, by keyboard, by mouse and by finger."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Team, User
from clients.models import Client, Contact
from reminders import services
from reminders.models import Reminder
from tests.browser.conftest import Look, Watch, every_look
from tests.clients.registry import register

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
PARIS = ZoneInfo("Europe/Paris")
NAMES = [
    "Ateliers Mécaniques Lefèvre-Ngomo",
    "ООО «Северо-Западная производственно-коммерческая компания „Балтпромстройкомплект“»",
    "Hartley & Daughters Ltd",
    "Œnothèque Saint-Éloi",
    "ИП Щербакова Юлия Владимировна",
    "<script>alert(1)</script>",
    "Ж",
]


@pytest.fixture(autouse=True)
def _kinds(transactional_db: None) -> None:
    """A flushed database has lost the shipped kinds."""
    from reminders.shipped import ship_kinds

    ship_kinds("default")


def next_week(day: int = 0, hour: int = 10, minute: int = 30) -> datetime:
    """A time of next week, by the wall in Paris; `day` 0 is Monday."""
    today = datetime.now(PARIS)
    return (today + timedelta(days=7 - today.weekday() + day)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def plan(user: User, client: Client, at: datetime, **given: object) -> Reminder:
    when = {"on_day": at.date(), "at_time": at.time(), "time_zone": "Europe/Paris"}
    return services.plan_reminder(user=user, client_id=client.pk, **({"kind": "call_back"} | when | given))  # type: ignore[arg-type]


@pytest.fixture
def busy(anna: User, boris: User) -> list[Client]:
    """A week of Anna's with everything in it, and a little of Boris's."""
    clients = [register(anna, full_name=name, manager=anna.pk) for name in NAMES]
    contact = Contact.objects.create(client=clients[0], full_name="Mme Fatou Ngomo", phones=["+33199001742"], emails=["f@lefevre.example"])
    plan(
        anna,
        clients[0],
        next_week(0, 10),
        kind="meeting",
        minutes=90,
        place="Pier 4",
        invites=True,
        contact_id=contact.pk,
        subject="The slots",
    )
    for number, client in enumerate(clients):
        plan(anna, client, next_week(number % 5, 9 + number), subject="Answer on the spring price list, and on the late deliveries")
        plan(anna, client, next_week(1, 14, 0), subject="all at once")
        plan(anna, client, next_week(2), at_time=None, kind="birthday")
        plan(anna, client, next_week(3, 11 + number % 2, 15 * (number % 4)), kind="meeting", minutes=45)
    plan(anna, clients[2], next_week(0, 15), assignee=boris.pk)
    late = plan(anna, clients[4], next_week(4, 16))
    moment = datetime.now(PARIS) - timedelta(hours=3)
    Reminder.objects.filter(pk=late.pk).update(due_at=moment, fires_at=None, stage="", on_day=moment.date(), at_time=time(moment.hour, 0))
    return clients


@every_look
def test_the_calendar_stands_in_every_look(
    page: Page,
    signed_in: SignIn,
    anna: User,
    dmitri: User,
    north: Team,
    busy: list[Client],
    axe: Callable[[], None],
    shot: Callable[..., None],
) -> None:
    signed_in(anna)
    day = next_week().date()
    for view in ("month", "week", "day"):
        page.goto(f"/calendar/?view={view}&day={day}")
        shot(f"calendar-{view}", full_page=True)
        axe()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.goto(f"/calendar/?view=day&day={next_week(0).date()}")
    page.goto("/calendar/?view=week")
    shot("calendar-this-week", full_page=True)
    page.goto("/calendar/feed/")
    axe()
    shot("calendar-feed")
    signed_in(dmitri)
    for view in ("month", "week", "day"):
        page.goto(f"/calendar/?view={view}&day={day}&team={north.pk}")
        shot(f"calendar-team-{view}", full_page=True)
        axe()
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def centre(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 60)


def drag(page: Page, entry: Locator, x: float, y: float) -> None:
    box = entry.bounding_box()
    assert box
    page.mouse.move(box["x"] + 12, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 20)
    page.mouse.move(x, y, steps=5)
    page.mouse.up()


def test_an_entry_is_dragged_to_another_day_and_put_back(page: Page, signed_in: SignIn, anna: User, watch: Watch) -> None:
    watch.allow("409", "422")
    reminder = plan(anna, register(anna, full_name="Hartley"), next_week(0))
    signed_in(anna)
    page.goto(f"/calendar/?view=month&day={next_week().date()}")
    drag(page, page.locator("[data-entry]"), *centre(page.locator(f'[data-drop-day="{next_week(3).date()}"]')))
    expect(page.locator(".toast")).to_contain_text("Hartley: now")
    assert Reminder.objects.get().due_at == next_week(3)
    expect(page.locator(f'[data-drop-day="{next_week(3).date()}"] [data-entry]')).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".toast")).to_contain_text("back on")
    assert Reminder.objects.get().due_at == next_week(0)
    services.change_reminder(user=anna, reminder_id=reminder.pk, changes={"subject": "meanwhile"})
    drag(page, page.locator("[data-entry]"), *centre(page.locator(f'[data-drop-day="{next_week(2).date()}"]')))
    expect(page.locator(".toast.bad")).to_contain_text("changed this reminder meanwhile")
    expect(page.locator(f'[data-drop-day="{next_week(0).date()}"] [data-entry]')).to_be_visible()
    assert Reminder.objects.get().due_at == next_week(0)


def test_in_a_week_it_is_dragged_to_a_quarter_of_an_hour_and_to_the_whole_day(page: Page, signed_in: SignIn, anna: User) -> None:
    plan(anna, register(anna, full_name="Hartley"), next_week(0))
    signed_in(anna)
    page.goto(f"/calendar/?view=week&day={next_week().date()}")
    hours = page.locator(f'[data-drop-hours][data-drop-day="{next_week(2).date()}"]')
    box = hours.bounding_box()
    assert box
    drag(
        page, page.locator("[data-entry]"), box["x"] + 30, box["y"] + 12 * 4 * 3 + 12 + 8
    )  # a quarter past twelve, held 8 px below its top
    expect(page.locator(".toast")).to_contain_text("12:15")
    assert Reminder.objects.get().due_at == next_week(2, 12, 15)
    drag(page, page.locator("[data-entry]"), *centre(page.locator(f'[data-drop-strip][data-drop-day="{next_week(4).date()}"]')))
    expect(page.locator("[data-drop-strip] [data-entry]")).to_be_visible()
    assert (Reminder.objects.get().on_day, Reminder.objects.get().at_time) == (next_week(4).date(), None)


@pytest.mark.parametrize("look", [Look(1440)], indirect=True, ids=str)
def test_a_finger_takes_hold_after_a_short_press(page: Page, signed_in: SignIn, anna: User) -> None:
    plan(anna, register(anna, full_name="Hartley"), next_week(0))
    signed_in(anna)
    page.goto(f"/calendar/?view=month&day={next_week().date()}")
    start, end = centre(page.locator("[data-entry]")), centre(page.locator(f'[data-drop-day="{next_week(3).date()}"]'))
    touch = """([what, x, y]) => {
        const at = what === "pointerdown" ? document.elementFromPoint(x, y) : document.body;
        const finger = { isPrimary: true, pointerId: 7, pointerType: "touch", button: 0 };
        at.dispatchEvent(new PointerEvent(what, { bubbles: true, ...finger, clientX: x, clientY: y }));
    }"""
    page.evaluate(touch, ["pointerdown", *start])
    page.evaluate(touch, ["pointermove", start[0] + 30, start[1] + 30])  # at once: that is scrolling
    page.evaluate(touch, ["pointerup", *end])
    assert Reminder.objects.get().version == 1
    page.evaluate(touch, ["pointerdown", *start])
    expect(page.locator(".dragged")).to_be_visible()
    page.evaluate(touch, ["pointermove", *end])
    page.evaluate(touch, ["pointerup", *end])
    expect(page.locator(".toast")).to_contain_text("Hartley: now")
    assert Reminder.objects.get().due_at == next_week(3)


def test_by_keyboard_one_goes_through_days_and_entries(page: Page, signed_in: SignIn, anna: User, busy: list[Client]) -> None:
    signed_in(anna)
    page.goto("/calendar/")
    page.keyboard.press("m")
    expect(page.locator("table.month")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-day-link][aria-current="date"]')).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=day**")
    page.keyboard.press("w")
    page.wait_for_url("**view=week**")
    page.keyboard.press("j")
    expect(page.locator(".entry.here")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("link", name="Open the client")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator(".column.today")).to_be_visible()


def test_by_keyboard_one_comes_to_what_had_no_room_and_into_its_day(page: Page, signed_in: SignIn, anna: User) -> None:
    for number in range(4):
        plan(anna, register(anna, full_name=f"Client {number}"), next_week())
    signed_in(anna)
    page.goto(f"/calendar/?view=week&day={next_week().date()}")
    for _ in range(3):
        page.keyboard.press("j")
    expect(page.locator(".more.here")).to_have_text("+2")
    expect(page.get_by_role("link", name="2 more at this time: the whole day")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".timed .entry")).to_have_count(4)
    assert "view=day" in page.url
