"""Reminders through the API."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiToken, User
from clients.models import Client
from clients.services import plan_next_step
from reminders import services
from reminders.models import Reminder
from sales.periods import company_today
from tests.api import Caller, assert_problem
from tests.clients.registry import fresh, register
from tests.reminders.conftest import Plan


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()


@pytest.fixture
def tomorrow() -> date:
    return company_today() + timedelta(days=1)


def test_a_reminder_is_planned_on_a_wall_and_told_of(anna: User, lefevre: Client, tomorrow: date) -> None:
    said = {"client": lefevre.pk, "kind": "meeting", "on_day": tomorrow.isoformat(), "at_time": "10:30", "time_zone": "Europe/Paris"}
    answer = Caller(anna).post("/reminders", said | {"subject": "Show the lift", "minutes": 60, "notice_minutes": 15, "place": "Lyon"})
    assert answer.status == 201, answer.body
    body = answer.body
    assert (body["owner"], body["assignee"]) == ({"id": anna.pk, "name": "Anna Petrova"}, anna.pk)
    assert (body["at_time"], body["time_zone"], body["state"], body["version"]) == ("10:30:00", "Europe/Paris", "open", 1)
    assert Caller(anna).get(f"/reminders/{body['id']}").body == body
    assert Reminder.objects.get().fires_at == Reminder.objects.get().due_at - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"kind": "nonsense"}, {"kind": "choice"}),
        ({"on_day": "2020-01-01"}, {"on_day": "past"}),
        ({"on_day": "tomorrow"}, {"on_day": "date"}),
        ({"on_day": None}, {"on_day": "date"}),
        ({"at_time": "25:00"}, {"at_time": "time"}),
        ({"at_time": "10:30+01:00"}, {"at_time": "time"}),
        ({"assignee": "boss"}, {"assignee": "choice"}),
        ({"assignee": 10**15}, {"assignee": "choice"}),
        ({"contact": 10**15}, {"contact": "choice"}),
        ({"repeats": "FREQ=SECONDLY"}, {"repeats": "rule"}),
        ({"minutes": 1441}, {"minutes": "number"}),
        ({"state": "done"}, {"state": "unknown"}),
    ],
)
def test_what_can_not_be_is_refused_by_field(anna: User, lefevre: Client, tomorrow: date, said: Any, codes: Any) -> None:
    answer = Caller(anna).post("/reminders", {"client": lefevre.pk, "kind": "other", "on_day": tomorrow.isoformat()} | said)
    assert_problem(answer, 422)
    assert answer.codes == codes
    assert not Reminder.objects.exists()


def test_of_two_changes_the_second_is_told_both(anna: User, plan: Plan) -> None:
    planned = plan(subject="Ask")
    caller, path = Caller(anna), f"/reminders/{planned.pk}"
    assert caller.patch(path, {"version": 1, "subject": "Ask twice"}).status == 200
    answer = caller.patch(path, {"version": 1, "subject": "Ask again", "note": "", "assignee": anna.pk})
    assert answer.status == 409
    assert answer.body["current"]["subject"] == "Ask twice"
    assert answer.body["conflicts"] == [{"field": "subject", "yours": "Ask again", "current": "Ask twice"}]
    assert Reminder.objects.get().subject == "Ask twice"


def test_a_contact_is_done_with_a_touch_that_says_what_comes_next(anna: User, lefevre: Client, plan: Plan) -> None:
    call = plan(kind="call_back", repeats="FREQ=WEEKLY")
    caller, path = Caller(anna), f"/reminders/{call.pk}/complete"
    assert caller.post(path).codes == {"outcome": "required"}
    assert caller.post(path, {"touch": {"note": "Said yes"}}).codes == {"next_step_at": "required"}
    answer = caller.post(path, {"version": 1, "touch": {"note": "Said yes", "minutes": None, "no_next_step_because": "bought"}})
    assert answer.status == 200, answer.body
    assert (answer.body["reminder"]["state"], answer.body["touch"]["note"]) == ("done", "Said yes")
    assert answer.body["following"]["series"] == call.pk
    assert caller.post(path, {"touch": {"note": "Again", "no_next_step_because": "bought"}}).codes == {"reminder": "closed"}


def test_it_is_put_off_handed_over_cancelled_and_opened_again(anna: User, boris: User, plan: Plan, tomorrow: date) -> None:
    caller, path = Caller(anna), f"/reminders/{plan().pk}"
    later = (tomorrow + timedelta(days=1)).isoformat()
    put_off = caller.post(f"{path}/snooze", {"on_day": later, "at_time": "09:00", "reason": "holiday"}).body
    assert (put_off["on_day"], put_off["at_time"], put_off["version"]) == (later, "09:00:00", 2)
    assert caller.post(f"{path}/snooze", {"on_day": later, "version": 1}).status == 409
    assert caller.post(f"{path}/hand-over", {"assignee": boris.pk}).body["owner"]["name"] == "Boris Lind"
    assert caller.post(f"{path}/hand-over", {"assignee": "manager"}).body["assignee"] == "manager"
    assert caller.post(f"{path}/cancel", {"because": "sold"}).body["closed_because"] == "sold"
    assert caller.post(f"{path}/reopen").body["state"] == "open"


def test_the_list_has_filters_and_pages(anna: User, boris: User, lefevre: Client, plan: Plan) -> None:
    now = datetime.now().astimezone()
    theirs = register(boris, full_name="Of Boris", manager=boris.pk)
    mine = [plan(now + timedelta(hours=hours)) for hours in (3, 1, 2)]
    other = plan(now + timedelta(days=3), user=boris, client=theirs)
    services.cancel_reminder(user=anna, reminder_id=plan().pk)
    caller = Caller(anna)

    def ids(query: str) -> list[int]:
        return [item["id"] for item in caller.get(f"/reminders{query}").body["items"]]

    soonest = [mine[1].pk, mine[2].pk, mine[0].pk]
    assert ids("") == [*soonest, other.pk]
    assert ids("?owner=me") == ids(f"?client={lefevre.pk}") == soonest
    assert ids(f"?owner={boris.pk}") == [other.pk]
    assert len(ids(f"?client={lefevre.pk}&state=cancelled")) == 1
    edge = (now + timedelta(hours=2)).isoformat().replace("+", "%2B")
    assert ids(f"?owner=me&due_before={edge}") == soonest[:1]
    assert ids(f"?owner=me&due_from={edge}") == soonest[1:]
    first = caller.get("/reminders?limit=3").body
    assert [item["id"] for item in first["items"]] == soonest
    rest = caller.get(f"/reminders?limit=3&cursor={first['next']}").body
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([other.pk], None)
    assert caller.get("/reminders?cursor=Zm9v").codes == {"cursor": "cursor"}
    assert caller.get("/reminders?due_from=today").codes == {"due_from": "date_time"}
    assert caller.get("/reminders?state=done").codes == {"client": "required"}


def test_the_list_asks_as_much_for_one_row_as_for_three(anna: User, plan: Plan) -> None:
    counts = []
    for number in (1, 2):
        for _one in range(number):
            plan()
        caller = Caller(anna)
        with CaptureQueriesContext(connection) as asked:
            caller.get("/reminders")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_repeated_post_plans_once(anna: User, lefevre: Client, tomorrow: date) -> None:
    said = {"client": lefevre.pk, "kind": "other", "on_day": tomorrow.isoformat()}
    caller = Caller(anna)
    one, other = (caller.post("/reminders", said, Idempotency_Key="k1") for _ in range(2))
    assert one.body == other.body
    assert Reminder.objects.count() == 1


def test_a_read_token_reads_only(anna: User, plan: Plan) -> None:
    planned, caller = plan(), Caller(anna, ApiToken.Scope.READ)
    assert caller.get(f"/reminders/{planned.pk}").status == 200
    assert_problem(caller.post(f"/reminders/{planned.pk}/cancel"), 403, "read-only-token")


def test_kinds_in_the_language_asked_for(anna: User) -> None:
    kinds = {kind["key"]: kind for kind in Caller(anna).get("/reminder-kinds").body}
    assert kinds["call_back"]["is_contact"] is True
    assert kinds["meeting"]["has_length"] is True
    assert kinds["call_back"]["name"] == "call back"


def test_the_next_step_of_a_client_stays_what_it_is_whichever_side_moves_it(anna: User, lefevre: Client) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(days=2)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=soon)
    caller = Caller(anna)
    [promise] = caller.get(f"/reminders?client={lefevre.pk}").body["items"]
    assert (promise["is_next_step"], promise["assignee"]) == (True, "manager")
    later = (soon + timedelta(days=3)).date().isoformat()
    moved = caller.post(f"/reminders/{promise['id']}/snooze", {"on_day": later, "at_time": "09:00"}).body
    client = caller.get(f"/clients/{lefevre.pk}").body
    assert datetime.fromisoformat(client["next_step_at"]) == datetime.fromisoformat(moved["due_at"])
    assert [item["id"] for item in caller.get("/clients?next_step=none").body["items"]] == []
    caller.post(f"/reminders/{promise['id']}/cancel")
    assert fresh(lefevre).next_step_at is None
    assert [item["id"] for item in caller.get("/clients?next_step=none").body["items"]] == [lefevre.pk]
