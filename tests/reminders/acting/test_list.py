"""The list of reminders, and what is done to many."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from clients.models import Client
from clients.services import log_touch
from reminders import services
from reminders.models import Reminder, State
from tests.clients.browsing import HTMX, as_user
from tests.clients.registry import register
from tests.reminders.acting.conftest import DAY
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db


def names(answer: Any) -> list[str]:
    return [record.subject for record in answer.context["list"].records]


@pytest.fixture
def listed(anna: User, boris: User, clara: User, plan: Plan) -> None:
    due_now(plan(subject="late"), timedelta(days=2))
    plan(timezone.now() + timedelta(days=3), subject="boris", kind="meeting", assignee=boris.pk)
    plan(timezone.now() + timedelta(days=30), subject="far", client=register(anna, full_name="Aardvark"))
    services.cancel_reminder(user=anna, reminder_id=plan(subject="cancelled").pk)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?view=all", ["late", "boris", "far"]),
        ("?sort=-due", ["far", "boris", "late"]),
        ("?sort=client", ["far", "late", "boris"]),
        ("?owner=me", ["late", "far"]),
        ("?owner=none", []),
        ("?team=me", ["late", "boris", "far"]),
        ("?due=late", ["late"]),
        ("?due=week", ["boris"]),
        ("?state=cancelled", ["cancelled"]),
        ("?state=cancelled&state=open", None),
        ("?rule=none", ["late", "boris", "far"]),
    ],
)
def test_the_list_shows_what_is_asked(anna: User, listed: None, query: str, expected: list[str] | None) -> None:
    answer = as_user(anna).get(f"/reminders/{query}")
    assert answer.context["list"].notices == []
    if expected is None:
        assert len(names(answer)) == 4
    else:
        assert names(answer) == expected
        assert answer.context["list"].count.number == len(expected)


def test_a_manager_opens_the_list_on_the_own_ones_and_whoever_looks_after_others_on_everybodys(
    anna: User, boris: User, dmitri: User, admin: User, plan: Plan
) -> None:
    plan(subject="mine")
    plan(subject="theirs", assignee=boris.pk)
    answer = as_user(anna).get("/reminders/")
    assert (answer.status_code, answer["Location"]) == (302, "/reminders/?view=mine&owner=me")

    page = as_user(anna).get(answer["Location"])
    assert names(page) == ["mine"]
    assert [(tab.name, tab.current, tab.changed) for tab in page.context["list"].tabs] == [
        ("All open", False, False),
        ("Mine", True, False),
    ]
    for user in (dmitri, admin):
        assert len(names(as_user(user).get("/reminders/"))) == 2
    assert len(names(as_user(anna).get("/reminders/?view=all"))) == 2


def test_a_view_of_ones_own_choice_opens_before_the_shipped_one(anna: User, plan: Plan) -> None:
    plan()
    browser = as_user(anna)
    browser.post("/reminders/list/views/save/", {"name": "Late", "default": "on", "state": "due=late"}, headers=HTMX)
    assert browser.get("/reminders/")["Location"].endswith("&due=late")


def test_a_view_that_is_narrowed_is_marked_as_changed_and_counted_as_it_is(anna: User, plan: Plan) -> None:
    plan()
    page = as_user(anna).get("/reminders/?view=mine&owner=me&due=late")
    assert [tab.changed for tab in page.context["list"].tabs] == [False, True]
    assert "view-count-mine" in as_user(anna).get("/reminders/list/counts/").content.decode()


def test_on_a_phone_the_owner_stands_where_not_all_are_ones_own(anna: User, plan: Plan) -> None:
    plan()
    heads = {
        query: as_user(anna).get(f"/reminders/?{query}").context["list"].heads for query in ("view=all", "view=mine&owner=me", "owner=me")
    }
    assert [next(head.css for head in each if head.name == "owner") for each in heads.values()] == ["owner", "desk", "desk"]


def test_what_can_be_done_with_a_row_stands_beside_it_for_those_who_may(anna: User, clara: User, plan: Plan) -> None:
    call, task = plan(kind="call_back", subject="a call"), plan(subject="a task")
    closed = plan(subject="closed")
    services.cancel_reminder(user=anna, reminder_id=closed.pk, version=closed.version)

    mine = as_user(anna).get("/reminders/?view=all&state=open&state=cancelled").content.decode()
    assert f'href="/today/?open={call.pk}"' in mine
    assert f'hx-post="/reminders/{task.pk}/done/"' in mine
    assert f'hx-get="/reminders/{call.pk}/put-off/"' in mine
    assert f"/reminders/{closed.pk}/" not in mine
    menu = as_user(anna).get(f"/reminders/{task.pk}/acts/").content.decode()
    assert [act in menu for act in ("/hand-over/", "/edit/", "/cancel/")] == [True, True, True]

    theirs = as_user(clara).get("/reminders/?view=all").content.decode()
    assert f"/reminders/{task.pk}/" not in theirs
    assert as_user(clara).get(f"/reminders/{task.pk}/acts/").status_code == 403


def test_the_head_of_a_team_acts_on_its_rows(anna: User, boris: User, plan: Plan) -> None:
    reminder = plan()
    Team.objects.filter(members=anna).update(head=boris)
    Client.objects.update(manager=None)
    assert f'hx-get="/reminders/{reminder.pk}/edit/"' in as_user(boris).get("/reminders/?view=all").content.decode()


def test_sorted_by_client_it_goes_on_where_a_page_ended(anna: User, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from reminders.views.acting.list import REMINDERS

    monkeypatch.setattr(REMINDERS, "size", 2)
    for number in range(3):
        client = register(anna, full_name=f"Client {number}")
        for subject in ("a", "b"):
            plan(subject=f"{number}{subject}", client=client)
    for sort in ("client", "-client"):
        seen, at = [], f"/reminders/?sort={sort}"
        while at:
            answer = as_user(anna).get(at)
            seen += names(answer)
            at = answer.context["list"].next_url
        assert sorted(seen) == ["0a", "0b", "1a", "1b", "2a", "2b"]
        assert [one[0] for one in seen] == sorted((one[0] for one in seen), reverse=sort == "-client")


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_for_one_row_and_for_three(anna: User, plan: Plan, count: int) -> None:
    for number in range(count):
        plan(subject=str(number), client=register(anna, {"full_name": "Somebody"}, full_name=f"Client {number}"))
    browser = as_user(anna)
    browser.get("/clients/new/")
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get("/reminders/?columns=client,what,due,owner,state,contact,place,repeats,rule,note,closed")
    assert len(answer.context["list"].records) == count
    assert len(asked) <= 15


def test_eve_has_no_list(eve: User) -> None:
    assert as_user(eve).get("/reminders/").status_code == 403


@pytest.mark.parametrize(
    ("action", "given", "changed"),
    [
        ("put-off", {"on_day": DAY}, {"on_day": DAY}),
        ("hand-over", {"assignee": "boris"}, {"owner": "boris"}),
        ("cancel", {"because": "sold"}, {"state": "cancelled"}),
    ],
)
def test_many_are_changed_and_changed_back(
    anna: User, boris: User, clara: User, plan: Plan, action: str, given: dict[str, Any], changed: dict[str, Any]
) -> None:
    foreign = plan(user=clara, client=register(clara))
    mine = [plan(), plan()]
    given = {name: str(boris.pk) if value == "boris" else value for name, value in given.items()}
    browser = as_user(anna)
    chosen = {"id": [one.pk for one in mine] + [foreign.pk], "state": ""}
    assert browser.post(f"/reminders/list/do/{action}/", chosen, headers=HTMX).status_code in {200, 422}
    browser.post(f"/reminders/list/do/{action}/", chosen | given | {"go": "1"}, headers=HTMX)
    name, value = next(iter(changed.items()))
    wanted = boris.pk if value == "boris" else value
    got = {str(getattr(one, f"{name}_id" if name == "owner" else name)) for one in Reminder.objects.filter(pk__in=[one.pk for one in mine])}
    assert got == {str(wanted)}
    foreign.refresh_from_db()
    assert foreign.version == 1

    from ui.models import ListWork

    browser.post(f"/reminders/list/work/{ListWork.objects.get().pk}/undo/")
    for one in mine:
        before = (one.state, one.owner_id, one.due_at)
        one.refresh_from_db()
        assert (one.state, one.owner_id, one.due_at) == before


def test_a_touch_of_somebody_else_closes_no_others(anna: User, lefevre: Client, plan: Plan) -> None:
    plan(kind="call_back")
    log_touch(user=anna, client_id=lefevre.pk)
    assert Reminder.objects.get().state == State.OPEN
