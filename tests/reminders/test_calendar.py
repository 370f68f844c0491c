"""The calendar: what stands where, for whom, and how it is moved."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from clients.models import Client
from reminders import services
from reminders.calendar.figures import Board, draw
from reminders.calendar.state import CalendarState
from reminders.models import Act, Reminder, ReminderAct
from tests.clients.registry import fresh
from tests.reminders.conftest import PARIS, Plan, due_now
from tests.reminders.test_feed import many

pytestmark = pytest.mark.django_db
NOW = datetime.now(PARIS)
SOON = (NOW + timedelta(days=7 - NOW.weekday())).replace(hour=10, minute=30, second=0, microsecond=0)
"""The Monday of next week, 10:30."""


def board_of(user: User, **given: Any) -> Board:
    from django.http import QueryDict

    asked = QueryDict(mutable=True)
    for name, value in ({"view": "week", "day": SOON.date().isoformat()} | given).items():
        asked.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    now = timezone.now()
    return draw(CalendarState.read(asked, user, now.astimezone(ZoneInfo(user.time_zone)).date()), user, now)


def enter(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def page(user: User, query: str = "") -> str:
    answer = enter(user).get(f"/calendar/?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


# --- where it stands -----------------------------------------------------------------------------


def test_a_week_shows_a_call_at_its_hour_and_that_day_on_the_strip(anna: User, plan: Plan) -> None:
    plan(SOON)
    plan(SOON, at_time=None)
    column = board_of(anna).columns[0]
    assert [entry.place for entry in column.timed] == ["q6 n2 c1 s12"]  # half past ten, an hour and a half after nine
    assert len(column.strip.entries) == 1


def test_a_meeting_is_as_long_as_it_is(anna: User, plan: Plan) -> None:
    plan(SOON, kind="meeting", minutes=90)
    (entry,) = board_of(anna).columns[0].timed
    assert entry.place == "q6 n6 c1 s12"
    assert entry.ends == SOON + timedelta(minutes=90)


def test_what_overlaps_stands_side_by_side_and_what_is_too_much_is_counted(anna: User, plan: Plan) -> None:
    for _ in range(2):
        plan(SOON)
    assert [entry.place for entry in board_of(anna).columns[0].timed] == ["q6 n2 c1 s6", "q6 n2 c7 s6"]
    for _ in range(2):
        plan(SOON)
    column = board_of(anna).columns[0]
    assert [entry.place for entry in column.timed] == ["q6 n2 c1 s5", "q6 n2 c6 s5"]
    assert [(more.count, more.place, "view=day" in more.url) for more in column.heaps] == [(2, "q6 n2 c11 s2", True)]


def test_what_is_too_much_is_counted_where_it_begins(anna: User, plan: Plan) -> None:
    for _ in range(2):
        plan(SOON, kind="meeting", minutes=180)
    plan(SOON + timedelta(minutes=30))
    for _ in range(2):
        plan(SOON + timedelta(minutes=120))
    column = board_of(anna).columns[0]
    assert [entry.place for entry in column.timed] == ["q6 n12 c1 s5", "q6 n12 c6 s5"]
    assert [(more.count, more.place) for more in column.heaps] == [(1, "q8 n2 c11 s2"), (2, "q14 n2 c11 s2")]


def test_five_at_once_stand_side_by_side_in_a_day_and_a_sixth_makes_it_a_list(anna: User, plan: Plan) -> None:
    for _ in range(5):
        plan(SOON)
    (column,) = board_of(anna, view="day").columns
    assert [entry.place for entry in column.timed] == [f"q6 n2 c{place} s2" for place in (1, 3, 5, 7, 9)]
    assert not column.heaps
    plan(SOON)
    board = board_of(anna, view="day")
    assert (board.kind, board.listed.count) == ("list", 6)


def test_what_is_drawn_in_the_same_quarter_of_an_hour_stands_side_by_side(anna: User, plan: Plan) -> None:
    plan(SOON + timedelta(minutes=5), kind="meeting", minutes=30)
    plan(SOON + timedelta(minutes=40))
    assert [entry.place for entry in board_of(anna).columns[0].timed] == ["q6 n3 c1 s6", "q8 n2 c7 s6"]


def test_the_hours_go_as_far_as_what_stands_there(anna: User, plan: Plan) -> None:
    assert list(board_of(anna).hours) == list(range(9, 18))
    plan(SOON.replace(hour=6))
    plan(SOON.replace(hour=21), kind="meeting", minutes=95)
    assert list(board_of(anna).hours) == list(range(6, 24))


def test_a_time_of_another_zone_stands_where_it_is_here(anna: User, plan: Plan) -> None:
    plan(on_day=SOON.date(), at_time=time(20), time_zone="America/New_York")
    columns = board_of(anna).columns
    assert [len(column.timed) for column in columns[:2]] == [0, 1]
    assert columns[1].timed[0].starts is not None
    assert columns[1].timed[0].starts.hour == 2


def test_days_of_a_changing_clock_have_their_hours(anna: User, plan: Plan) -> None:
    plan(on_day=datetime(2027, 3, 28).date(), at_time=time(2, 30))  # noqa: DTZ001
    (entry,) = board_of(anna, day="2027-03-28").columns[6].timed
    assert entry.starts is not None
    assert (entry.starts.hour, entry.starts.minute) == (3, 30)


def test_a_month_shows_some_and_says_how_many_more(anna: User, plan: Plan) -> None:
    for number in range(6):
        plan(SOON + timedelta(minutes=number))
    days = {day.day: day for week in board_of(anna, view="month").weeks for day in week}
    heap = days[SOON.date()].heap
    assert (len(heap.entries), heap.count) == (3, 6)
    assert heap.more is not None
    assert heap.more.count == 3
    assert "view=day" in heap.more.url
    assert SOON.date().isoformat() in heap.more.url


def test_a_crowded_day_is_a_list_that_goes_on(anna: User, lefevre: Client) -> None:
    many(anna, lefevre, 1)
    one = Reminder.objects.get()
    Reminder.objects.bulk_create(
        Reminder(client=lefevre, kind=one.kind, owner=anna, on_day=SOON.date(), at_time=SOON.time(), time_zone="Europe/Paris", due_at=SOON)
        for _ in range(230)
    )
    board = board_of(anna, view="day")
    assert (board.kind, len(board.listed.entries)) == ("list", 200)
    assert board.listed.more is not None
    assert board.listed.more.count == 30
    assert page(anna, f"view=day&day={SOON.date()}&page=2").count('data-entry="') == 30
    assert page(anna, f"view=day&day={SOON.date()}&page=99").count('data-entry="') == 30


def test_what_is_late_says_so_and_what_is_done_has_its_tick(anna: User, plan: Plan) -> None:
    due_now(plan(), timedelta(minutes=1))
    done = due_now(plan(SOON), timedelta(minutes=1))
    services.complete_reminder(user=anna, reminder_id=done.pk)
    shown = page(anna, "view=month")
    assert '<span class="late">late</span>' in shown
    assert 'aria-label="done"' in shown
    assert "1 late" in shown


def test_a_calendar_of_nothing_says_so(anna: User) -> None:
    assert "Nothing is due in this week" in page(anna)
    assert "Nothing is due in this month" in page(anna, "view=month")
    assert "Nothing is due on this day" in page(anna, "view=day")


@pytest.mark.parametrize("view", ["month", "week", "day"])
@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31", "9999-12-31", "0001-01-01", "x", "2027-02-30", "%00", ""])
def test_any_address_opens_something(anna: User, view: str, day: str) -> None:
    page(anna, f"view={view}&day={day}&team=' or 1&person=x&page=" + "9" * 40)


def test_an_ugly_name_is_a_name(anna: User, plan: Plan, lefevre: Client) -> None:
    Client.objects.filter(pk=lefevre.pk).update(full_name='<script>alert(1)</script>"x"')
    reminder = plan(SOON, subject="<img src=x onerror=alert(1)>")
    for shown in (page(anna, f"day={SOON.date()}"), enter(anna).get(f"/calendar/{reminder.pk}/").content.decode()):
        assert "<script>alert" not in shown
        assert "<img" not in shown


# --- whose ---------------------------------------------------------------------------------------


def test_everybody_sees_the_own_and_management_a_team(
    anna: User, boris: User, clara: User, dmitri: User, plan: Plan, lefevre: Client, north: Team
) -> None:
    plan(SOON)
    plan(SOON, assignee=boris.pk)
    plan(SOON, assignee=clara.pk)
    assert board_of(anna).count == 1
    assert board_of(anna, team=north.pk).count == 1  # she may not: her own
    assert board_of(dmitri).count == 0
    board = board_of(dmitri, team=north.pk)
    assert [(str(lane.person), lane.days[0].count) for lane in board.lanes] == [("Anna Petrova", 1), ("Boris Lind", 1)]
    assert board_of(dmitri, team=north.pk, person=[boris.pk, clara.pk]).count == 1
    assert [str(column.person) for column in board_of(dmitri, team=north.pk, view="day").columns] == ["Anna Petrova", "Boris Lind"]


def test_the_head_of_a_team_sees_that_one(anna: User, boris: User, clara: User, north: Team, south: Team, plan: Plan) -> None:
    plan(SOON)
    north.head = boris
    north.save()
    assert board_of(boris, team=north.pk).count == 1
    assert board_of(boris, team=south.pk).lanes == []
    assert "South" not in page(boris)
    (entry,) = board_of(boris, team=north.pk).lanes[0].days[0].entries
    assert not entry.is_movable


def test_who_has_no_role_has_no_calendar(eve: User, plan: Plan) -> None:
    reminder = plan(SOON)
    browser = enter(eve)
    for address in ("/calendar/", "/calendar/feed/", f"/calendar/{reminder.pk}/"):
        assert browser.get(address).status_code == 403
    assert browser.post(f"/calendar/{reminder.pk}/move/").status_code == 403


# --- moving --------------------------------------------------------------------------------------


def move(user: User, reminder: Reminder, day: datetime, at: str = "", version: int | str | None = None) -> Any:
    given = {"day": day.date().isoformat(), "at": at, "version": reminder.version if version is None else version}
    return enter(user).post(
        f"{reverse('reminders:move', args=[reminder.pk])}?view=week&day={SOON.date()}", given, headers={"HX-Request": "true"}
    )


def test_on_another_day_it_keeps_its_wall_time(anna: User, plan: Plan) -> None:
    reminder = plan(datetime(2027, 3, 27, 10, 30, tzinfo=PARIS))
    answer = move(anna, reminder, datetime(2027, 3, 29))  # noqa: DTZ001  (summer time begins between them)
    assert answer.status_code == 200
    moved = Reminder.objects.get()
    assert (moved.on_day.day, moved.at_time, moved.due_at.astimezone(PARIS).hour) == (29, time(10, 30), 10)
    assert ReminderAct.objects.filter(act=Act.SNOOZED).count() == 1
    assert 'id="calendar"' in answer.content.decode()
    assert "Undo" in answer["HX-Trigger"]


def test_earlier_is_a_change_and_no_putting_off(anna: User, plan: Plan) -> None:
    reminder = plan(SOON + timedelta(days=3))
    move(anna, reminder, SOON)
    assert Reminder.objects.get().due_at == SOON
    assert list(ReminderAct.objects.order_by("pk").values_list("act", flat=True)) == [Act.PLANNED, Act.CHANGED]


def test_to_a_time_of_a_day_to_the_whole_day_and_from_it(anna: User, plan: Plan) -> None:
    move(anna, plan(SOON), SOON + timedelta(days=1), "14:45")
    moved = Reminder.objects.get()
    assert (moved.on_day, moved.at_time) == (SOON.date() + timedelta(days=1), time(14, 45))
    move(anna, moved, SOON + timedelta(days=2), "day")
    moved = Reminder.objects.get()
    assert (moved.on_day, moved.at_time) == (SOON.date() + timedelta(days=2), None)
    move(anna, moved, SOON, "11:15")
    assert Reminder.objects.get().due_at == SOON.replace(hour=11, minute=15)


def test_a_time_of_another_zone_moves_on_its_own_wall(anna: User, plan: Plan) -> None:
    reminder = plan(on_day=SOON.date(), at_time=time(20), time_zone="America/New_York")  # two in the night of Tuesday in Paris
    move(anna, reminder, SOON + timedelta(days=3))
    moved = Reminder.objects.get()
    assert (moved.on_day, moved.at_time, moved.time_zone) == (SOON.date() + timedelta(days=2), time(20), "America/New_York")
    move(anna, moved, SOON, "15:00")
    moved = Reminder.objects.get()
    assert moved.due_at == SOON.replace(hour=15, minute=0)
    assert (moved.at_time, moved.time_zone) == (time(9), "America/New_York")


def test_the_next_step_of_the_client_moves_with_it(anna: User, lefevre: Client) -> None:
    from clients.services import plan_next_step

    plan_next_step(user=anna, client_id=lefevre.pk, next_step="the price list", next_step_at=SOON)
    move(anna, Reminder.objects.get(), SOON + timedelta(days=1))
    assert fresh(lefevre).next_step_at == SOON + timedelta(days=1)


def test_into_the_past_it_goes_not(anna: User, plan: Plan) -> None:
    reminder = plan(SOON)
    answer = move(anna, reminder, NOW - timedelta(days=2))
    assert answer.status_code == 422
    assert "still to come" in answer["HX-Trigger"]
    assert Reminder.objects.get().due_at == SOON


def test_what_somebody_changed_meanwhile_stands_as_it_is(anna: User, plan: Plan) -> None:
    reminder = plan(SOON)
    services.change_reminder(user=anna, reminder_id=reminder.pk, changes={"subject": "other words"})
    answer = move(anna, reminder, SOON + timedelta(days=1))
    assert answer.status_code == 409
    assert "meanwhile" in answer["HX-Trigger"]
    assert "other words" in answer.content.decode()
    assert Reminder.objects.get().due_at == SOON


def test_what_was_done_meanwhile_stays_done(anna: User, plan: Plan) -> None:
    reminder = plan(SOON)
    services.complete_reminder(user=anna, reminder_id=reminder.pk)
    assert move(anna, reminder, SOON + timedelta(days=1)).status_code == 422


@pytest.mark.parametrize(
    "given", [{}, {"day": "x"}, {"day": "9999-12-31", "version": 1}, {"day": "2100-01-01", "at": "25:00", "version": 1}]
)
def test_nonsense_moves_nothing(anna: User, plan: Plan, given: dict[str, Any]) -> None:
    reminder = plan(SOON)
    assert enter(anna).post(f"/calendar/{reminder.pk}/move/", given, headers={"HX-Request": "true"}).status_code == 422
    assert Reminder.objects.get().due_at == SOON


def test_another_manager_moves_nothing_and_management_does(clara: User, dmitri: User, plan: Plan) -> None:
    reminder = plan(SOON)
    assert move(clara, reminder, SOON + timedelta(days=1)).status_code == 403
    assert Reminder.objects.get().due_at == SOON
    assert move(dmitri, reminder, SOON + timedelta(days=1)).status_code == 200


def undo_of(answer: Any) -> str:
    import json

    return str(json.loads(answer["HX-Trigger"])["seraph:say"]["says"][0]["url"])


def test_undo_puts_it_back_though_it_was_late(anna: User, boris: User, plan: Plan) -> None:
    reminder = due_now(plan(), timedelta(hours=3))
    was = (reminder.on_day, reminder.at_time)
    undo = undo_of(move(anna, reminder, SOON))
    assert enter(boris).post(undo).status_code == 403
    assert enter(anna).get(undo).status_code == 405
    assert enter(anna).post(undo).status_code == 302
    back = Reminder.objects.get()
    assert (back.on_day, back.at_time) == was
    assert (back.stage, back.fired_at is None) == ("escalation", False)  # its owner has been told; the head hears if nobody acts
    enter(anna).post(undo)
    assert Reminder.objects.get().version == back.version


def test_undo_leaves_what_happened_since(anna: User, plan: Plan) -> None:
    undo = undo_of(move(anna, plan(SOON), SOON + timedelta(days=1)))
    services.snooze_reminder(user=anna, reminder_id=Reminder.objects.get().pk, on_day=SOON.date() + timedelta(days=2), at_time=time(9))
    enter(anna).post(undo)
    assert Reminder.objects.get().on_day == SOON.date() + timedelta(days=2)


def test_without_script_a_move_leads_back_to_the_calendar(anna: User, plan: Plan) -> None:
    reminder = plan(SOON)
    given = {"day": (SOON + timedelta(days=1)).date().isoformat(), "version": 1}
    answer = enter(anna).post(f"/calendar/{reminder.pk}/move/?view=day&day={SOON.date()}", given)
    assert answer["Location"] == f"/calendar/?view=day&day={SOON.date()}"


# --- size ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["month", "week", "day"])
def test_one_reminder_and_many_ask_the_same(anna: User, lefevre: Client, view: str) -> None:
    browser = enter(anna)
    browser.get("/calendar/")

    def asked() -> int:
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/calendar/?view={view}&day={tomorrow}").status_code == 200
        return len(queries)

    many(anna, lefevre, 1)
    one = asked()
    many(anna, lefevre, 3)
    assert asked() == one
    many(anna, lefevre, 700)
    assert asked() == one


def test_a_month_of_thousands_loads_only_what_it_draws(anna: User, lefevre: Client) -> None:
    many(anna, lefevre, 1)
    row = Reminder.objects.get()
    Reminder.objects.bulk_create(
        Reminder(client=lefevre, kind=row.kind, owner=anna, on_day=at.date(), at_time=at.time(), time_zone="Europe/Paris", due_at=at)
        for at in (SOON + timedelta(minutes=7 * number) for number in range(3000))
    )
    board = board_of(anna, view="month", day=(SOON + timedelta(days=7)).date())
    assert board.count > 1000
    assert sum(len(day.heap.entries) for week in board.weeks for day in week) <= 42 * 4


def test_the_page_reads_itself_again_without_what_stands_around_it(anna: User, plan: Plan) -> None:
    day = plan(subject="Price list").on_day
    again = enter(anna).get(f"/calendar/?view=week&day={day}", headers={"HX-Request": "true"}).content.decode()
    assert again.lstrip().startswith('<div id="calendar"')
    assert 'hx-trigger="calendar:again"' in again
    assert "Price list" in again
