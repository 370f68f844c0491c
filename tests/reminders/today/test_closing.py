"""A call is closed beside the queue: with what comes next, or tried again, and taken back."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients.models import Client, Touch
from clients.services import plan_next_step
from reminders.models import Reminder
from reminders.services import complete_reminder
from tests.clients.registry import fresh, register
from tests.reminders.conftest import Plan, due_now
from tests.reminders.today.conftest import NEXT_WEEK, close, undo_address

pytestmark = pytest.mark.django_db


def test_a_call_is_closed_with_what_comes_next(desk: Browser, anna: User, plan: Plan, lefevre: Client) -> None:
    reminder = due_now(plan(kind="call_back"))

    answer = close(desk, reminder)

    reminder.refresh_from_db()
    touch = Touch.objects.get()
    assert answer.status_code == 200
    assert (reminder.state, reminder.closed_by, reminder.touch) == ("done", anna, touch)
    assert (touch.note, touch.next_step, touch.next_step_at) == ("Wants Thursday slots", "Confirm the slot", fresh(lefevre).next_step_at)
    assert "1 of 1 done" in answer.content.decode()


def test_the_next_row_stands_in_the_pane(desk: Browser, plan: Plan, anna: User) -> None:
    first, second = due_now(plan(kind="call_back"), timedelta(hours=5)), due_now(plan(kind="call_back"), timedelta(hours=4))
    third = due_now(plan(kind="call_back", client=register(anna, full_name="The third")), timedelta(hours=3))

    assert f'data-pane="{second.pk}"' in close(desk, first).content.decode()
    assert f'data-pane="{third.pk}"' in close(desk, second, next=str(third.pk)).content.decode()
    assert "Nothing is due" in close(desk, third, next="999999").content.decode()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"plan": ""}, "Say what comes next and when, or why nothing does."),
        ({"plan": "none"}, "Say why nothing comes next."),
        ({"plan": "other", "next_step_at": "yesterday"}, "Choose a date and a time."),
        ({"outcome": "sang"}, "Choose"),
    ],
)
def test_a_call_that_leaves_nothing_to_come_is_not_closed_and_keeps_what_was_typed(
    desk: Browser, plan: Plan, given: dict[str, str], says: str
) -> None:
    reminder = due_now(plan(kind="call_back"))

    answer = close(desk, reminder, **{"next_step": ""} | given)

    html = answer.content.decode()
    reminder.refresh_from_db()
    assert (answer.status_code, reminder.state, Touch.objects.count()) == (422, "open", 0)
    assert says in html
    assert "Wants Thursday slots" in html


def test_none_because_closes_it(desk: Browser, plan: Plan, lefevre: Client) -> None:
    reminder = due_now(plan(kind="call_back"))
    close(desk, reminder, plan="none", next_step="", no_next_step_because="Closed the shop")
    reminder.refresh_from_db()
    assert (reminder.state, Touch.objects.get().no_next_step_because) == ("done", "Closed the shop")


def test_two_who_close_the_same_are_told(desk: Browser, plan: Plan, dmitri: User) -> None:
    reminder = due_now(plan(kind="call_back"))
    complete_reminder(user=dmitri, reminder_id=reminder.pk, touch={"no_next_step_because": "Sold"})

    answer = close(desk, reminder)

    html = answer.content.decode()
    assert (answer.status_code, Touch.objects.count()) == (422, 1)
    assert "Дмитрий Соколов has done this already." in html
    assert "Wants Thursday slots" in html


def test_one_that_was_moved_meanwhile_is_told_and_saved_at_the_second_try(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    Reminder.objects.filter(pk=reminder.pk).update(version=reminder.version + 1)

    first = close(desk, reminder)
    reminder.refresh_from_db()

    assert first.status_code == 409
    assert f'name="version" value="{reminder.version}"' in first.content.decode()
    assert close(desk, reminder).status_code == 200


@pytest.mark.parametrize("who", ["clara", "boris"])
@pytest.mark.parametrize("where", ["done", "tick", "put-off"])
def test_another_manager_is_refused_and_changes_nothing(who: str, where: str, request: pytest.FixtureRequest, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    other = Browser()
    other.force_login(request.getfixturevalue(who))

    answer = other.post(f"/today/{reminder.pk}/{where}/", NEXT_WEEK | {"to": "tomorrow"})

    before = reminder.version
    reminder.refresh_from_db()
    assert (answer.status_code, reminder.state, reminder.version, Touch.objects.count()) == (403, "open", before, 0)


def test_another_manager_may_look_at_it_without_a_form(clara: User, client: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    client.force_login(clara)
    html = client.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "You may look at this" in html
    assert "<form" not in html


@pytest.mark.parametrize("given", [{"quick": "no_answer", "plan": "none"}, {"outcome": "no_answer", "plan": "again"}])
def test_no_answer_is_logged_and_the_same_reminder_tried_again(desk: Browser, plan: Plan, lefevre: Client, given: dict[str, str]) -> None:
    friday = timezone.now().replace(microsecond=0) + timedelta(days=3)
    plan_next_step(user=User.objects.get(username="anna"), client_id=lefevre.pk, next_step="Send the offer", next_step_at=friday)
    reminder = due_now(plan(kind="contract_renewal", subject="Renew", note="Ask for two years"), timedelta(hours=2))

    answer = close(desk, reminder, next_step="", **given)

    reminder.refresh_from_db()
    touch = Touch.objects.get()
    assert answer.status_code == 200
    assert (reminder.state, reminder.subject, reminder.note) == ("open", "Renew", "Ask for two years")
    assert reminder.due_at > timezone.now()
    assert (touch.outcome, touch.next_step_at) == ("no_answer", None)
    assert fresh(lefevre).next_step_at == friday, "what was promised beside it stands"


def test_the_promise_itself_is_tried_again_under_its_own_words(desk: Browser, anna: User, lefevre: Client) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Answer on the price list", next_step_at=soon)
    promise = Reminder.objects.get()

    close(desk, promise, quick="no_answer", next_step="")

    again = Reminder.objects.get()
    client = fresh(lefevre)
    assert (again.pk, again.state, again.due_at) == (promise.pk, "open", client.next_step_at)
    assert (client.next_step, again.due_at > soon) == ("Answer on the price list", True)


def test_a_call_is_taken_back_and_the_promise_stands_as_it_stood(desk: Browser, anna: User, lefevre: Client) -> None:
    was = timezone.now().replace(microsecond=0) + timedelta(minutes=5)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Answer on the price list", next_step_at=was)
    promise = Reminder.objects.get()
    Reminder.objects.filter(pk=promise.pk).update(note="Be kind")

    desk.post(undo_address(close(desk, promise)))

    back = Reminder.objects.get()
    client = fresh(lefevre)
    assert (back.pk, back.state, back.due_at, back.note) == (promise.pk, "open", was, "Be kind")
    assert (client.next_step, client.next_step_at, client.last_touch_at, Touch.objects.count()) == (
        "Answer on the price list",
        was,
        None,
        0,
    )


@pytest.mark.parametrize("given", [{}, {"quick": "no_answer"}, {"plan": "none", "next_step": "", "no_next_step_because": "x"}])
def test_what_was_closed_or_tried_again_comes_back(desk: Browser, plan: Plan, given: dict[str, str]) -> None:
    reminder = due_now(plan(kind="contract_renewal"), timedelta(hours=2))
    due = reminder.due_at

    desk.post(undo_address(close(desk, reminder, **given)))

    reminder.refresh_from_db()
    assert (reminder.state, reminder.due_at, Touch.objects.count()) == ("open", due, 0)


def test_a_repeat_that_is_taken_back_stands_there_once(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="how_are_things", repeats="FREQ=MONTHLY"))
    answer = close(desk, reminder)
    assert Reminder.objects.open().filter(series=reminder.pk).count() == 1

    desk.post(undo_address(answer))

    assert list(Reminder.objects.open().filter(series=reminder.pk)) == [reminder]


def test_another_takes_nothing_back(desk: Browser, clara: User, plan: Plan) -> None:
    address = undo_address(close(desk, due_now(plan(kind="call_back"))))
    other = Browser()
    other.force_login(clara)
    assert other.post(address).status_code == 403
    assert Touch.objects.count() == 1


def test_what_is_no_call_is_ticked_off_and_comes_back(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="recurring_payment"))

    answer = desk.post(f"/today/{reminder.pk}/tick/", headers={"HX-Request": "true"})
    reminder.refresh_from_db()
    assert reminder.state == "done"

    desk.post(undo_address(answer))
    reminder.refresh_from_db()
    assert reminder.state == "open"


def test_a_call_cannot_be_ticked_off(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    answer = desk.post(f"/today/{reminder.pk}/tick/", headers={"HX-Request": "true"})
    reminder.refresh_from_db()
    assert reminder.state == "open"
    assert "Log how it went, and what comes next." in answer.headers["HX-Trigger"]
