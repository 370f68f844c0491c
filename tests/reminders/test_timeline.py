"""What was done with reminders stands in the timeline of the client, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients import timeline
from clients.history import Cursor, Entry, read_page, shown_ranks
from clients.models import Client
from clients.services import log_touch, plan_next_step
from clients.services.duplicates import merge_clients
from reminders import services
from reminders.engine.firing import fire_due_reminders
from reminders.models import Reminder
from tests.api import Caller
from tests.clients.browsing import as_user, text_of
from tests.clients.registry import register
from tests.plans import plan_of
from tests.reminders.conftest import Plan, due_now


def told(client: Client, show: str = "reminders") -> list[Entry]:
    return list(read_page(client, ranks=shown_ranks()[show], limit=50).entries)


def words(entry: Entry) -> str:
    changes = [f"{', '.join(one.before)} → {', '.join(one.after)}" if one.before else ", ".join(one.after) for one in entry.changes]
    return " | ".join([entry.title, *changes])


def test_who_did_what_with_a_reminder_and_why(anna: User, boris: User, dmitri: User, lefevre: Client, plan: Plan) -> None:
    planned = plan(subject="Ask for the figures")
    tomorrow = timezone.localtime() + timedelta(days=1)
    pk = planned.pk
    services.snooze_reminder(user=anna, reminder_id=pk, on_day=tomorrow.date(), at_time=tomorrow.time(), reason="in a meeting")
    services.hand_over_reminder(user=anna, reminder_id=pk, assignee=boris.pk)
    services.cancel_reminder(user=dmitri, reminder_id=pk, because="not wanted")
    services.reopen_reminder(user=dmitri, reminder_id=pk)
    services.complete_reminder(user=dmitri, reminder_id=pk)

    said = [(entry.who, words(entry)) for entry in told(lefevre)]

    assert [who for who, _said in said] == ["Дмитрий Соколов"] * 3 + ["Anna Petrova"] * 3
    assert said[0][1] == "Done: Ask for the figures"
    assert said[1][1] == "Reminder opened again: Ask for the figures"
    assert said[2][1] == "Reminder cancelled: Ask for the figures | not wanted"
    assert said[3][1] == "Reminder handed over: Ask for the figures | Anna Petrova → Boris Lind"
    assert said[4][1].startswith("Put off: Ask for the figures | ")
    assert said[4][1].endswith(" | in a meeting")
    assert said[5][1].startswith("Reminder planned: Ask for the figures | ")


def test_what_nobody_acted_on_names_the_head(anna: User, dmitri: User, lefevre: Client, plan: Plan) -> None:
    due_now(plan())
    fire_due_reminders()
    fire_due_reminders(now=timezone.now() + timedelta(days=9))
    [first, *_rest] = told(lefevre)
    assert (words(first), first.who, first.tone) == ("Not acted on in time: Other | passed on to Дмитрий Соколов", "", "bad")


def test_a_reminder_that_a_touch_closed_is_told_by_the_touch(anna: User, lefevre: Client, plan: Plan) -> None:
    call = plan(kind="call_back", subject="Call")
    services.complete_reminder(user=anna, reminder_id=call.pk, touch={"note": "Said yes", "no_next_step_because": "all bought"})
    assert [entry.title for entry in told(lefevre)] == ["Reminder planned: Call"]
    assert told(lefevre, "everything")[0].is_touch


def test_a_promise_that_is_put_off_is_told_once(anna: User, lefevre: Client) -> None:
    soon = timezone.now() + timedelta(days=1)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=soon)
    promise = Reminder.objects.get()
    later = timezone.localtime() + timedelta(days=4)
    services.snooze_reminder(user=anna, reminder_id=promise.pk, on_day=later.date(), at_time=later.time())
    titles = [entry.title for entry in told(lefevre, "everything")]
    assert titles[0] == "Put off: Send the offer"
    assert len(titles) == 3, "put off, planned at first, registered: the change of the client's columns is not told besides"


def test_acts_go_along_with_a_merge(anna: User, lefevre: Client, plan: Plan) -> None:
    other = register(anna, full_name="Other", manager=anna.pk)
    plan(client=other, subject="Theirs")
    merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk)
    assert [entry.title for entry in told(lefevre)] == ["Reminder planned: Theirs"]
    assert told(other) == []


def test_pages_hold_each_entry_once(anna: User, lefevre: Client, plan: Plan) -> None:
    now = timezone.now()
    for number in range(7):
        one = plan(subject=f"Plan {number}")
        log_touch(user=anna, client_id=lefevre.pk, note=f"Touch {number}")
        if number % 2:
            services.cancel_reminder(user=anna, reminder_id=one.pk, now=now)  # several of one moment
    everything = [(entry.rank, entry.id) for entry in told(lefevre, "everything")]
    paged: list[tuple[int, int]] = []
    before: Cursor | None = None
    while True:
        page = read_page(lefevre, limit=3, before=before)
        paged += [(entry.rank, entry.id) for entry in page.entries]
        if page.older is None:
            break
        before = Cursor.read(str(page.older))
    assert paged == everything
    assert len(paged) == len(set(paged)) == 18


def test_it_costs_no_further_query(anna: User, lefevre: Client, plan: Plan) -> None:
    counts = []
    for number in (1, 3):
        for _one in range(number):
            services.hand_over_reminder(user=anna, reminder_id=plan().pk, assignee="manager")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            read_page(lefevre, limit=50)
        counts.append(len(asked))
    assert counts == [1, 1]


def test_a_page_reads_by_indexes(anna: User, lefevre: Client, plan: Plan) -> None:
    plan()
    sql, arguments = timeline.timeline_query(lefevre.pk, anna)
    arguments |= {"ranks": list(shown_ranks()["everything"]), "limit": 21, "at": timezone.now(), "rank": 99, "id": 2**62}
    lines = plan_of(sql, arguments)
    assert "Seq Scan on reminders_" not in lines
    assert "reminder_of_client_closed" in lines
    assert "reminder_act_of" in lines


@pytest.mark.parametrize("show", ["everything", "reminders"])
def test_the_card_shows_them_and_may_be_narrowed_to_them(anna: User, lefevre: Client, plan: Plan, show: str) -> None:
    plan(subject="<script>alert(1)</script>")
    browser = as_user(anna)
    answer = browser.get(f"/clients/{lefevre.pk}/timeline/?show={show}", headers={"HX-Request": "true"})
    assert "Reminder planned: <script>alert(1)</script>" in text_of(answer)
    assert b"<script>alert" not in answer.content
    assert ("Registered" in text_of(answer)) is (show == "everything")


def test_the_api_tells_of_them(anna: User, lefevre: Client, plan: Plan) -> None:
    plan(subject="Ask")
    [item] = Caller(anna).get(f"/clients/{lefevre.pk}/history?show=reminders").body["items"]
    assert (item["what"], item["title"], item["user"]["id"]) == ("reminder", "Reminder planned: Ask", anna.pk)


def test_ranks_of_the_registry_are_its_own() -> None:
    source = timeline.sources()[0]
    with pytest.raises(ValueError, match="own"):
        timeline.register(timeline.TimelineSource(**{**source.__dict__, "rank": 8}))
