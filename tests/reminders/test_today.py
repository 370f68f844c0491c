"""Today: whom to call, in which order, and what one click does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.models import Client, Touch
from clients.services import change_client, plan_next_step
from reminders import today
from reminders.models import Reminder
from reminders.services import complete_reminder
from reminders.today import Clock
from tests.clients.registry import PHONE, fresh, register
from tests.reminders.conftest import PARIS, Plan, due_now

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, 34, tzinfo=PARIS)
"""A Tuesday."""


@pytest.fixture
def desk(anna: User) -> Browser:
    signed_in = Browser()
    signed_in.force_login(anna)
    return signed_in


def at(reminder: Reminder, moment: datetime, *, day_only: bool = False) -> Reminder:
    """Let `reminder` be due at `moment`, whenever that is."""
    here = moment.astimezone(PARIS)
    when: dict[str, Any] = {"due_at": moment, "on_day": here.date(), "at_time": None if day_only else here.time()}
    Reminder.objects.filter(pk=reminder.pk).update(**when, fires_at=None, stage="")
    reminder.refresh_from_db()
    return reminder


# --- the figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "day_only", "group"),
    [
        (datetime(2026, 11, 22, 9, tzinfo=PARIS), False, "late"),
        (datetime(2026, 11, 24, 10, 23, tzinfo=PARIS), False, "late"),
        (datetime(2026, 11, 24, 10, 30, tzinfo=PARIS), False, "now"),
        (datetime(2026, 11, 24, 11, 3, tzinfo=PARIS), False, "now"),
        (datetime(2026, 11, 24, 11, 4, tzinfo=PARIS), False, "today"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=PARIS), False, "today"),
        (datetime(2026, 11, 23, 9, tzinfo=PARIS), True, "late"),
        (datetime(2026, 11, 24, 9, tzinfo=PARIS), True, "today"),
        (datetime(2026, 11, 25, 0, 0, tzinfo=PARIS), False, "week"),
        (datetime(2026, 11, 30, 23, 59, tzinfo=PARIS), False, "week"),
        (datetime(2026, 12, 1, 0, 0, tzinfo=PARIS), False, "later"),
    ],
)
def test_each_reminder_stands_under_one_heading_whoever_counts(
    anna: User, plan: Plan, moment: datetime, day_only: bool, group: str
) -> None:
    reminder = at(plan(), moment, day_only=day_only)
    clock = Clock.of(anna, NOW)

    counts = today.count_day(anna, clock)
    rows = today.read_rows(anna, clock, today.GROUPS)

    assert clock.group_of(reminder) == group
    assert {one: counts.of(one) for one in today.GROUPS if counts.of(one)} == {group: 1}
    assert [(row.reminder.pk, row.group) for row in rows] == [(reminder.pk, group)]
    assert [one for one in today.GROUPS if Reminder.objects.filter(clock.condition(one)).exists()] == [group]


def test_the_day_counts_what_was_done_today_and_what_is_left(anna: User, boris: User, plan: Plan) -> None:
    for reminder in (plan(), plan(), plan(user=boris, client=register(boris, manager=boris.pk))):
        complete_reminder(user=reminder.owner or anna, reminder_id=reminder.pk)
    due_now(plan(), timedelta(hours=3))

    counts = today.count_day(anna, Clock.of(anna))

    assert (counts.done, counts.waiting, counts.whole_day, counts.share) == (2, 1, 3, 66)


def test_the_navigation_counts_what_waits_today(anna: User, boris: User, plan: Plan) -> None:
    assert today.count_for_navigation(anna) is None
    due_now(plan())
    at(plan(), timezone.now() + timedelta(days=3))

    assert (today.count_for_navigation(anna), today.count_for_navigation(boris)) == (1, None)


# --- the page ------------------------------------------------------------------------------------


def test_the_page_shows_ones_own_and_nothing_of_others(desk: Browser, boris: User, plan: Plan, lefevre: Client) -> None:
    due_now(plan(subject="Answer on the price list"), timedelta(hours=3))
    due_now(plan(user=boris, client=register(boris, full_name="Boris's own", manager=boris.pk)))

    html = desk.get("/today/").content.decode()

    assert "Answer on the price list" in html
    assert "tel:+33199001742" in html
    assert "3 h late" in html
    assert "Boris&#x27;s own" not in html


def test_who_has_no_role_sees_no_page(eve: User, client: Browser) -> None:
    client.force_login(eve)
    assert client.get("/today/").status_code == 403


@pytest.mark.parametrize("who", ["dmitri", "admin"])
def test_management_has_a_page_of_its_own(who: str, request: pytest.FixtureRequest, client: Browser, plan: Plan) -> None:
    due_now(plan(subject="Of Anna"))
    client.force_login(request.getfixturevalue(who))

    answer = client.get("/today/")

    assert answer.status_code == 200
    assert "Of Anna" not in answer.content.decode()


def test_a_script_in_a_name_stays_text(desk: Browser, anna: User, plan: Plan) -> None:
    evil = register(anna, full_name="<script>alert(1)</script>", manager=anna.pk)
    due_now(plan(client=evil, subject="<img src=x onerror=alert(1)>", note="<b>bold</b>"))

    html = desk.get("/today/").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>bold" not in html


@pytest.mark.parametrize(
    "query", ["view=nothing", "show=99999999999", "show=-1", "at=c", "at=99999999999999999999", "at=%00", "view=late&show=100"]
)
def test_an_address_that_makes_no_sense_shows_the_page(desk: Browser, plan: Plan, query: str) -> None:
    due_now(plan())
    assert desk.get(f"/today/?{query}").status_code == 200


def queries_of(desk: Browser, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("view", ["all", "late", "quiet", "no_step"])
def test_the_page_asks_as_much_for_three_rows_as_for_one(desk: Browser, anna: User, plan: Plan, view: str) -> None:
    def add(number: int) -> None:
        made = register(
            anna, {"full_name": f"Person {number}", "phones": PHONE}, full_name=f"Client {number}", manager=anna.pk, lifecycle="current"
        )
        Client.objects.filter(pk=made.pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
        for offset in (timedelta(hours=5), timedelta(seconds=1), -timedelta(days=2)):
            due_now(plan(client=made, kind="call_back"), offset)

    add(1)
    desk.get("/today/")  # what is kept for a minute
    for_one = queries_of(desk, f"/today/?view={view}")
    add(2)
    add(3)

    assert queries_of(desk, f"/today/?view={view}") == for_one
    assert queries_of(desk, "/today/") <= 20


def test_a_group_of_hundreds_shows_fifty_and_offers_the_rest(desk: Browser, plan: Plan) -> None:
    one = due_now(plan(), timedelta(days=3))
    copies = [
        Reminder(**{f.attname: getattr(one, f.attname) for f in Reminder._meta.concrete_fields if f.name not in ("id", "uid")})
        for _ in range(69)
    ]
    Reminder.objects.bulk_create(copies)

    first = desk.get("/today/").content.decode()
    more = desk.get("/today/?view=late&show=100").content.decode()

    assert (first.count("data-key-of-row"), "view=late&amp;show=100" in first) == (50, True)
    assert (more.count("data-key-of-row"), "Show 50 more" in more) == (70, False)


def test_nothing_due_says_what_to_do_instead(desk: Browser, anna: User) -> None:
    Client.objects.filter(pk=register(anna, full_name="Silent", lifecycle="current").pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))

    html = desk.get("/today/").content.decode()

    assert "Nothing is due" in html
    assert "1 client of yours has gone quiet; call it now." in html
    assert "Silent" in html


def test_the_lists_beside_the_queue_agree_with_the_list_of_clients(desk: Browser, anna: User, boris: User) -> None:
    for number in range(3):
        made = register(anna, full_name=f"Quiet {number}", lifecycle="current")
        Client.objects.filter(pk=made.pk).update(created_at=datetime(2024, 1, 1, tzinfo=UTC))
    register(anna, full_name="New", lifecycle="current")
    planned = register(anna, full_name="Planned", lifecycle="current")
    plan_next_step(user=anna, client_id=planned.pk, next_step="Call", next_step_at=timezone.now() + timedelta(days=3))
    register(boris, full_name="Another's", manager=boris.pk, lifecycle="current")

    for view, own, query in (
        ("quiet", today.quiet_clients(anna), "manager=me&quiet=yes"),
        ("no_step", today.without_next_step(anna), "manager=me&lifecycle=current&next_step=none"),
    ):
        page = desk.get(f"/today/?view={view}").content.decode()
        listed = desk.get(f"/clients/?{query}").content.decode()
        assert query.replace("&", "&amp;") in page
        for one in Client.objects.all():
            assert (one in own) == (f"/clients/{one.pk}/" in listed) == (f'id="row-c{one.pk}"' in page), (view, one.full_name)


# --- closing a call ------------------------------------------------------------------------------

NEXT_WEEK = {"outcome": "reached", "kind": "call", "note": "Wants Thursday slots", "plan": "week", "next_step": "Confirm the slot"}


def close(desk: Browser, reminder: Reminder, **given: Any) -> Any:
    return desk.post(f"/today/{reminder.pk}/done/", NEXT_WEEK | {"version": reminder.version} | given, headers={"HX-Request": "true"})


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


# --- nobody answered -----------------------------------------------------------------------------


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


# --- undo ----------------------------------------------------------------------------------------


def undo_address(answer: Any) -> str:
    import json

    return str(json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][-1]["url"])


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


# --- putting off ---------------------------------------------------------------------------------


def test_a_row_is_put_off_with_one_click_and_put_back(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"), timedelta(days=2))
    due = reminder.due_at

    answer = desk.post(f"/today/{reminder.pk}/put-off/", {"to": "tomorrow"}, headers={"HX-Request": "true"})
    reminder.refresh_from_db()
    assert reminder.due_at > timezone.now()
    assert reminder.fires_at == reminder.due_at

    desk.post(undo_address(answer))
    reminder.refresh_from_db()
    assert (reminder.due_at, reminder.on_day, reminder.state) == (due, due.astimezone(PARIS).date(), "open")


def test_putting_off_moves_the_promise_on_the_card_and_back(desk: Browser, anna: User, lefevre: Client) -> None:
    was = timezone.now().replace(microsecond=0) + timedelta(minutes=5)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=was)
    promise = Reminder.objects.get()

    answer = desk.post(f"/today/{promise.pk}/put-off/", {"to": "week"}, headers={"HX-Request": "true"})
    promise.refresh_from_db()
    assert fresh(lefevre).next_step_at == promise.due_at > was

    desk.post(undo_address(answer))
    assert (fresh(lefevre).next_step_at, Reminder.objects.get().due_at) == (was, was)


def test_a_time_that_was_not_offered_puts_nothing_off(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    desk.post(f"/today/{reminder.pk}/put-off/", {"to": "never"})
    before = reminder.due_at
    reminder.refresh_from_db()
    assert reminder.due_at == before


def test_looking_at_the_times_changes_nothing(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = desk.get(f"/today/{reminder.pk}/put-off/", headers=headers)
        assert "Next week" in answer.content.decode()
    before = reminder.version
    reminder.refresh_from_db()
    assert reminder.version == before


# --- asking while one talks ----------------------------------------------------------------------


@pytest.fixture
def asks_for_mail(lefevre: Client, anna: User) -> Client:
    from clients.models import Criterion
    from clients.services import add_contact

    add_contact(user=anna, client_id=lefevre.pk, data={"full_name": "Mme Ngomo", "is_main": True})
    for fact in ("main_contact_email", "city"):
        Criterion.objects.create(fact=fact, level="required", state="published", valid_from="2020-01-01")
    return fresh(lefevre)


def test_what_was_learned_goes_to_the_card(desk: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back"))
    pane = desk.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Ask while you talk" in pane
    assert 'type="email" name="ask_main_contact_email"' in pane

    close(desk, reminder, ask_main_contact_email="ngomo@lefevre.example", ask_city="Besançon")

    assert (asks_for_mail.contacts.get().emails, fresh(asks_for_mail).city) == (["ngomo@lefevre.example"], "Besançon")


def test_an_answer_that_is_none_keeps_all_and_says_where(desk: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back"))

    answer = close(desk, reminder, ask_main_contact_email="no at sign", ask_city="Besançon")

    reminder.refresh_from_db()
    assert (answer.status_code, reminder.state, Touch.objects.count(), fresh(asks_for_mail).city) == (422, "open", 0, "")
    html = answer.content.decode()
    assert "no at sign" in html
    assert "Wants Thursday slots" in html


def test_a_fact_that_another_filled_in_meanwhile_stays(desk: Browser, plan: Plan, asks_for_mail: Client, dmitri: User) -> None:
    reminder = due_now(plan(kind="call_back"))
    change_client(user=dmitri, client_id=asks_for_mail.pk, version=fresh(asks_for_mail).version, changes={"city": "Dole"})

    answer = close(desk, reminder, ask_city="Besançon")

    assert (answer.status_code, fresh(asks_for_mail).city) == (422, "Dole")
    assert "filled in meanwhile" in answer.content.decode()


def test_only_who_may_change_the_client_is_asked(boris: User, client: Browser, plan: Plan, asks_for_mail: Client) -> None:
    reminder = due_now(plan(kind="call_back", assignee=boris.pk))
    client.force_login(boris)
    pane = client.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "How did it go?" in pane
    assert "Ask while you talk" not in pane

    answer = close(client, reminder, ask_city="Besançon")
    assert (answer.status_code, fresh(asks_for_mail).city) == (403, "")
    assert close(client, reminder).status_code == 200


def test_a_client_that_went_quiet_is_called_from_here(desk: Browser, lefevre: Client) -> None:
    pane = desk.get(f"/today/clients/{lefevre.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert f"/today/clients/{lefevre.pk}/log/" in pane

    answer = desk.post(f"/today/clients/{lefevre.pk}/log/", NEXT_WEEK | {"view": "quiet"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert fresh(lefevre).next_step == "Confirm the slot"
    desk.post(undo_address(answer))
    assert (fresh(lefevre).next_step_at, Touch.objects.count()) == (None, 0)


# --- the night over there ------------------------------------------------------------------------


def test_the_pane_warns_when_it_is_night_there(desk: Browser, anna: User, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    far = register(anna, full_name="Chatham Fish", time_zone="Pacific/Chatham", phones=["+6433050000"])
    reminder = due_now(plan(client=far, kind="call_back"))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 24, 13, 35, tzinfo=UTC))
    assert "It is 03:20 there." in desk.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize(("answer", "phones", "emails"), [("01 99 00 17 42", [PHONE], []), ("a@b.example", [], ["a@b.example"])])
def test_a_phone_or_an_e_mail_may_be_either(
    desk: Browser, anna: User, plan: Plan, answer: str, phones: list[str], emails: list[str]
) -> None:
    bare = register(anna, full_name="Bare")
    close(desk, due_now(plan(client=bare, kind="call_back")), ask_phone_or_email=answer)
    assert (fresh(bare).phones, fresh(bare).emails) == (phones, emails)
