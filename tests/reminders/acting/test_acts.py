"""Each act on a reminder, and who may."""

import json
from typing import Any

import pytest

from accounts.models import User
from clients.models import Client
from reminders import services
from reminders.models import Reminder, State
from reminders.services.acts import last_act
from tests.clients.browsing import HTMX, as_user, text_of
from tests.reminders.acting.conftest import DAY, FORM, toast, url
from tests.reminders.conftest import Plan

pytestmark = pytest.mark.django_db


ACTS = {
    "snooze": {"until": "week", "reason": "ill"},
    "hand_over": {"assignee": ""},
    "cancel": {"because": "sold"},
    "done": {},
    "edit": FORM,
}


@pytest.mark.parametrize("name", [*ACTS, "reopen"])
@pytest.mark.parametrize(("who", "status"), [("clara", 403), ("boris", 403), ("eve", 403)])
def test_another_managers_reminder_is_refused_on_every_route(name: str, who: str, status: int, plan: Plan, request: Any) -> None:
    reminder = plan()
    browser = as_user(request.getfixturevalue(who))
    for ask in (browser.get, browser.post):
        assert ask(url(name, reminder.pk)).status_code in {status, 405}
    assert browser.post(url("undo", reminder.pk, getattr(last_act(reminder), "pk", 0))).status_code == 403
    assert Reminder.objects.get().version == 1


@pytest.mark.parametrize("name", [*ACTS, "reopen"])
def test_one_that_there_is_not_is_not_found(name: str, anna: User) -> None:
    assert as_user(anna).post(url(name, 999)).status_code == 404


@pytest.mark.parametrize("name", ["plan", "finish_work"])
@pytest.mark.parametrize("who", ["clara", "eve"])
def test_nothing_is_planned_for_anothers_client(name: str, who: str, lefevre: Client, request: Any) -> None:
    assert as_user(request.getfixturevalue(who)).post(url(name, lefevre.pk), FORM).status_code == 403
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("name", list(ACTS))
@pytest.mark.parametrize("who", ["anna", "dmitri"])
def test_an_act_is_told_of_and_taken_back(name: str, who: str, boris: User, plan: Plan, request: Any) -> None:
    user = request.getfixturevalue(who)
    reminder = plan(subject="<script>alert(1)</script>")
    before = (reminder.state, reminder.owner_id, reminder.due_at)
    given = {"hand_over": {"assignee": boris.pk}}.get(name, ACTS[name])
    answer = as_user(user).post(url(name, reminder.pk), given | {"version": reminder.version}, headers=HTMX)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()
    if name == "edit":
        return
    as_user(user).post(toast(answer)["url"])
    reminder.refresh_from_db()
    assert (reminder.state, reminder.owner_id, reminder.due_at) == before


@pytest.mark.parametrize("name", ["snooze", "hand_over", "cancel"])
def test_an_act_on_what_another_changed_says_how_it_stands_and_goes_through_if_meant(
    name: str, anna: User, boris: User, dmitri: User, plan: Plan
) -> None:
    reminder = plan()
    services.change_reminder(user=dmitri, reminder_id=reminder.pk, changes={"note": "His"})
    given = {"hand_over": {"assignee": boris.pk}}.get(name, ACTS[name])
    answer = as_user(anna).post(url(name, reminder.pk), given | {"version": 1}, headers=HTMX)
    assert answer.status_code == 422
    assert "Дмитрий Соколов changed this meanwhile" in text_of(answer)
    assert 'name="version" value="2"' in answer.content.decode()
    assert as_user(anna).post(url(name, reminder.pk), given | {"version": 2}, headers=HTMX).status_code == 200


def test_an_act_on_what_is_closed_says_who_closed_it(anna: User, plan: Plan) -> None:
    reminder = plan()
    services.complete_reminder(user=anna, reminder_id=reminder.pk)
    answer = as_user(anna).post(url("snooze", reminder.pk), ACTS["snooze"], headers=HTMX)
    assert "Anna Petrova has done this already." in text_of(answer)


def test_a_contact_is_not_just_ticked_off(anna: User, plan: Plan) -> None:
    reminder = plan(kind="call_back")
    answer = as_user(anna).post(url("done", reminder.pk), headers=HTMX)
    assert "Log how it went" in toast(answer)["text"]
    assert Reminder.objects.get().state == State.OPEN


def test_elsewhere_the_page_is_told_that_something_changed(anna: User, plan: Plan) -> None:
    seen = HTMX | {"HX-Current-URL": "http://testserver/reminders/?owner=me"}
    answer = as_user(anna).post(url("done", plan().pk), headers=seen)
    assert json.loads(answer.headers["HX-Trigger"]).keys() >= {"seraph:reminders", "seraph:close", "seraph:say"}
    assert answer.content == b""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"until": ""}, "Choose until when."),
        ({"until": "other"}, "Choose a day."),
        ({"until": "other", "on_day": "2020-01-01"}, "still to come"),
        ({"until": "other", "on_day": DAY, "at_time": "x"}, "Write a time"),
    ],
)
def test_a_time_that_is_none_is_no_time_to_put_off_to(anna: User, plan: Plan, given: dict[str, str], message: str) -> None:
    answer = as_user(anna).post(url("snooze", plan().pk), given | {"version": 1, "reason": "Because of rain"}, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Because of rain" in answer.content.decode()
