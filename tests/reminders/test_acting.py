"""What one does with a reminder, through the front door: on the card, in the list, before a holiday."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from clients.models import Client, Touch
from clients.services import archive_client, log_touch, plan_next_step
from reminders import services
from reminders.models import Reminder, State
from reminders.services.acts import last_act
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.registry import fresh, register
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db
DAY = (timezone.localdate() + timedelta(days=3)).isoformat()
FORM = {"kind": "call_back", "subject": "Answer on the slots", "on_day": DAY, "at_time": "10:30", "assignee": "manager"}


def url(name: str, *args: Any) -> str:
    return reverse(f"reminders:{name}", args=args)


def toast(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][0]
    return found


# --- planning and changing -----------------------------------------------------------------------


def test_a_reminder_is_planned_on_the_card_and_stands_there_at_once(anna: User, lefevre: Client) -> None:
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM, headers=HTMX)

    reminder = Reminder.objects.get()
    assert (reminder.subject, reminder.owner, reminder.follows_manager, reminder.on_day.isoformat()) == (
        "Answer on the slots",
        anna,
        True,
        DAY,
    )
    assert 'id="reminders"' in answer.content.decode()
    assert "Answer on the slots" in text_of(answer)
    assert as_user(anna).post(toast(answer)["url"]).status_code == 302
    assert Reminder.objects.get().state == State.CANCELLED


def test_it_is_planned_without_script_too(anna: User, lefevre: Client) -> None:
    assert "Plan it" in text_of(as_user(anna).get(url("plan", lefevre.pk)))
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM)
    assert answer.headers["Location"] == lefevre.get_absolute_url()
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"on_day": ""}, "Choose a day."),
        ({"on_day": "2020-01-01"}, "Choose a time that is still to come."),
        ({"on_day": "2099-12-31"}, "within the next 20 years"),
        ({"on_day": "9999-12-31"}, "Write the date like"),
        ({"on_day": "soon"}, "Write the date like"),
        ({"at_time": "25:99"}, "Write a time like 10:30"),
        ({"kind": "' OR 1=1"}, "Choose a kind from the list."),
        ({"assignee": "1 OR 1=1"}, "Choose somebody who works here."),
        ({"contact": "999"}, "Choose a contact of this client."),
        ({"ahead": "other", "ahead_minutes": ""}, "Say how many minutes before."),
        ({"ahead": "other", "ahead_minutes": "NaN"}, "Give a whole number."),
        ({"repeat": "own", "rule": "FREQ=SECONDLY"}, "Write the repeat as RFC 5545 has it"),
        ({"repeat": "own", "rule": ""}, "Write the repeat, or choose one by name."),
        ({"subject": "x" * 301}, "Shorten this"),
    ],
)
def test_what_cannot_be_planned_keeps_what_was_typed(anna: User, lefevre: Client, wrong: dict[str, str], message: str) -> None:
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM | {"note": "Long talk"} | wrong, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Reminder.objects.exists()


def test_monthly_from_the_31st_is_kept_as_the_last_day(anna: User, lefevre: Client) -> None:
    as_user(anna).post(url("plan", lefevre.pk), FORM | {"on_day": "2027-01-31", "repeat": "monthly", "ahead": "1440"}, headers=HTMX)
    reminder = Reminder.objects.get()
    assert reminder.repeats == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"
    assert reminder.notice_minutes == 1440
    assert 'value="monthly" selected' in as_user(anna).get(url("edit", reminder.pk), headers=HTMX).content.decode()


def test_what_another_changed_meanwhile_stands_beside_what_was_typed(anna: User, dmitri: User, plan: Plan) -> None:
    reminder = plan(subject="Call")
    services.change_reminder(user=dmitri, reminder_id=reminder.pk, changes={"subject": "His words"})

    answer = as_user(anna).post(url("edit", reminder.pk), FORM | {"version": 1, "subject": "Her words"}, headers=HTMX)
    shown = text_of(answer)
    assert answer.status_code == 409
    assert "His words" in shown
    assert "Her words" in shown
    assert "Дмитрий Соколов changed this reminder while you wrote" in shown

    again = as_user(anna).post(url("edit", reminder.pk), FORM | {"version": 2, "subject": "Her words"}, headers=HTMX)
    assert again.status_code == 200
    assert Reminder.objects.get().subject == "Her words"


@pytest.mark.parametrize(
    ("zone", "at", "says"),
    [
        ("Asia/Tokyo", "19:20", "there."),
        ("Asia/Tokyo", "09:00", "At the client’s it is 17:00 then."),
        ("Europe/Paris", "03:20", "It is 03:20 there."),
    ],
)
def test_the_form_says_what_time_it_is_at_the_clients(anna: User, zone: str, at: str, says: str) -> None:
    client = register(anna, full_name="Nippon", time_zone=zone)
    answer = as_user(anna).get(url("told_of_time", client.pk), FORM | {"on_day": "2026-12-01", "at_time": at}, headers=HTMX)
    assert says in text_of(answer)


def test_the_zone_is_asked_where_the_assignee_lives_in_another(anna: User, boris: User, lefevre: Client) -> None:
    User.objects.filter(pk=boris.pk).update(time_zone="America/New_York")
    asked: dict[str, Any] = FORM | {"assignee": boris.pk, "on_day": "2026-12-01", "at_time": "15:30", "time_zone": "Europe/Paris"}
    shown = text_of(as_user(anna).get(url("told_of_time", lefevre.pk), asked, headers=HTMX))
    assert "Time zone" in shown
    assert "That is 09:30 for Boris Lind." in shown
    as_user(anna).post(url("plan", lefevre.pk), asked, headers=HTMX)
    assert (Reminder.objects.get().due_at.hour, Reminder.objects.get().time_zone) == (14, "Europe/Paris")


# --- each act, and who may -----------------------------------------------------------------------

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


# --- the panel of the card -----------------------------------------------------------------------


def panel(user: User, client: Client) -> str:
    page = as_user(user).get(client.get_absolute_url()).content.decode()
    return page[page.index('id="reminders"') :].split("</section>")[0]


def test_the_panel_shows_the_promise_among_the_others(anna: User, lefevre: Client, plan: Plan) -> None:
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call on the slots", next_step_at=timezone.now() + timedelta(days=1))
    plan(subject="Invoice 2026-1187", repeats="FREQ=MONTHLY")
    shown = panel(anna, lefevre)
    assert shown.index("Invoice 2026-1187") < shown.index("Call on the slots")
    assert "next step" in shown
    assert "every month" in shown


def test_a_logged_touch_refreshes_the_panel(anna: User, lefevre: Client) -> None:
    form = {"kind": "call", "outcome": "reached", "plan": "week", "next_step": "Send the offer"}
    answer = as_user(anna).post(reverse("clients:touch_log", args=[lefevre.pk]), form, headers=HTMX)
    body = answer.content.decode()
    assert "Send the offer" in body[body.index('id="reminders"') :]


def test_a_reader_sees_it_without_buttons(clara: User, lefevre: Client, plan: Plan) -> None:
    reminder = plan(subject="Invoice")
    shown = panel(clara, lefevre)
    assert "Invoice" in shown
    assert url("done", reminder.pk) not in shown
    assert url("plan", lefevre.pk) not in shown


def test_whoever_has_it_acts_though_the_client_is_anothers(clara: User, lefevre: Client, plan: Plan) -> None:
    mine, theirs = plan(assignee=clara.pk), plan()
    shown = panel(clara, lefevre)
    assert url("done", mine.pk) in shown
    assert url("done", theirs.pk) not in shown


def test_an_archived_client_has_nothing_open(anna: User, lefevre: Client, plan: Plan) -> None:
    reminder = plan(subject="Invoice")
    archive_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, reason="closed")
    assert "Invoice" not in panel(anna, lefevre)
    assert as_user(anna).post(url("done", reminder.pk)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_panel_asks_the_same_whatever_is_promised(anna: User, lefevre: Client, plan: Plan, count: int) -> None:
    for number in range(count):
        plan(subject=str(number))
        services.complete_reminder(user=anna, reminder_id=plan(subject=f"done {number}").pk)
    browser = as_user(anna)
    browser.get(lefevre.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        browser.get(lefevre.get_absolute_url())
    of_panel = [query for query in asked if 'FROM "reminders_' in query["sql"] and 'FROM "accounts_user"' not in query["sql"]]
    assert len(of_panel) == 2  # what the bell shows is read with the user


# --- work finished -------------------------------------------------------------------------------


def test_finished_work_is_told_of_and_asked_about_again(anna: User, lefevre: Client) -> None:
    assert url("finish_work", lefevre.pk) in as_user(anna).get(lefevre.get_absolute_url()).content.decode()
    answer = as_user(anna).post(
        url("finish_work", lefevre.pk), {"again": "yes", "month": "other", "on_day": "2027-03", "kind": "call"}, headers=HTMX
    )
    assert Reminder.objects.get().on_day.isoformat() == "2027-03-01"
    assert "They will work with us again" in Touch.objects.get().note
    as_user(anna).post(toast(answer)["url"])
    assert not Touch.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Say whether they will work with us again."),
        ({"again": "yes", "month": "other"}, "Say when; the month is enough."),
        ({"again": "yes", "month": "other", "on_day": "2027-13"}, ""),
        ({"again": "yes", "month": "other", "on_day": "2020-01"}, "still to come"),
        ({"again": "no"}, "Say why not."),
    ],
)
def test_an_answer_that_is_none_keeps_what_was_typed(anna: User, lefevre: Client, given: dict[str, str], message: str) -> None:
    answer = as_user(anna).post(url("finish_work", lefevre.pk), {"kind": "call", "note": "Long talk"} | given, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Touch.objects.exists()


# --- a holiday -----------------------------------------------------------------------------------


def test_a_holiday_is_counted_given_and_taken_back(anna: User, boris: User, plan: Plan) -> None:
    plan(timezone.now() + timedelta(days=2), subject="Invoice")
    plan(timezone.now() + timedelta(days=40))
    today = timezone.localdate()
    days: dict[str, Any] = {"first": today.isoformat(), "last": (today + timedelta(days=14)).isoformat(), "to": boris.pk}
    browser = as_user(anna)
    assert "1 reminder would go: " in text_of(browser.get(url("hand_over_many"), days, headers=HTMX))
    assert Reminder.objects.filter(owner=boris).count() == 0

    page = text_of(browser.post(url("hand_over_many"), days, follow=True))
    assert "1 reminder handed over to Boris Lind" in page
    assert "Take back" in page
    assert "What you do for others" in text_of(as_user(boris).get(url("hand_over_many")))
    browser.post(url("hand_back"), {"owner": anna.pk, "from": boris.pk})
    assert Reminder.objects.filter(owner=boris).count() == 0


def test_management_gives_anybodys_and_a_manager_only_the_own(anna: User, boris: User, clara: User, dmitri: User, plan: Plan) -> None:
    plan(timezone.now() + timedelta(days=2))
    today = timezone.localdate()
    days: dict[str, Any] = {"first": today.isoformat(), "last": (today + timedelta(days=14)).isoformat(), "to": boris.pk, "owner": anna.pk}
    as_user(clara).post(url("hand_over_many"), days)
    assert Reminder.objects.get().owner == anna
    as_user(dmitri).post(url("hand_over_many"), days)
    assert Reminder.objects.get().owner == boris
    assert as_user(clara).post(url("hand_back"), {"owner": anna.pk}).status_code == 403
    assert as_user(anna).post(url("hand_back") + "?given=nonsense").status_code == 404


# --- the list ------------------------------------------------------------------------------------


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


# --- the list of one's own ---------------------------------------------------------------------


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
