"""Reminders of two clients that become one, and are two again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from clients.services import archive_client, plan_next_step
from clients.services.duplicates import merge_clients, undo_merge
from reminders import services
from reminders.models import Notice, Reminder, ReminderKind, ReminderRule
from tests.clients.registry import fresh, register
from tests.reminders.conftest import Plan, due_now


@pytest.fixture
def other(anna: User) -> Client:
    return register(anna, full_name="Lefèvre, Ateliers", manager=anna.pk)


@pytest.fixture
def soon() -> datetime:
    return timezone.now().replace(microsecond=0) + timedelta(days=2)


def promise_of(client: Client) -> Reminder:
    return Reminder.objects.get(client=client, is_promise=True, state__in=["open", "asleep"])


def state_of(*ids: int) -> list[dict[str, object]]:
    names = [field.attname for field in Reminder._meta.concrete_fields if field.attname not in ("version", "updated_at")]
    return list(Reminder.objects.filter(pk__in=ids).order_by("pk").values(*names))


def step(user: User, client: Client, at: datetime, what: str) -> Reminder:
    plan_next_step(user=user, client_id=client.pk, next_step=what, next_step_at=at)
    return promise_of(client)


def test_reminders_go_to_the_survivor_with_what_was_done_and_come_back(anna: User, lefevre: Client, other: Client, plan: Plan) -> None:
    opened, done = plan(client=other, notice_minutes=15), plan(client=other)
    services.complete_reminder(user=anna, reminder_id=done.pk)
    told = due_now(plan(client=other))
    Notice.objects.create(reminder=told, occurrence=1, stage="due", recipient=anna, at=timezone.now())
    before = state_of(opened.pk, done.pk, told.pk)

    merge = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk)

    assert set(lefevre.reminders.values_list("pk", "state")) == {(opened.pk, "open"), (done.pk, "done"), (told.pk, "open")}
    assert Notice.objects.shown_to(anna).count() == 1  # it goes on standing on the bell
    assert Reminder.objects.get(pk=opened.pk).fires_at == opened.fires_at

    undo_merge(user=anna, merge_id=merge.pk)
    assert state_of(opened.pk, done.pk, told.pk) == before


@pytest.mark.parametrize("chosen", ["survivor", "other"])
def test_the_promise_of_the_chosen_next_step_stays_the_other_comes_back_with_the_undo(
    anna: User, lefevre: Client, other: Client, soon: datetime, chosen: str
) -> None:
    mine, theirs = step(anna, lefevre, soon, "Mine"), step(anna, other, soon + timedelta(days=1), "Theirs")
    Reminder.objects.filter(pk=theirs.pk).update(note="Ask for Mme Ngomo")
    before = state_of(mine.pk, theirs.pk)

    merge = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk, choices={"next_step": chosen})

    kept, lost = (mine, theirs) if chosen == "survivor" else (theirs, mine)
    assert promise_of(lefevre).pk == kept.pk
    assert fresh(lefevre).next_step == kept.subject
    lost.refresh_from_db()
    assert (lost.state, lost.closed_because, lost.closed_by) == ("cancelled", "merged", None)

    undo_merge(user=anna, merge_id=merge.pk)
    assert state_of(mine.pk, theirs.pk) == before
    assert Reminder.objects.count() == 2


def test_merges_undone_in_another_order_give_each_its_promise(anna: User, lefevre: Client, other: Client, soon: datetime) -> None:
    third = register(anna, full_name="Third", manager=anna.pk)
    promises = [step(anna, client, soon + timedelta(days=n), f"Step {n}") for n, client in enumerate((lefevre, other, third))]
    before = state_of(*(one.pk for one in promises))
    first = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk, choices={"next_step": "other"})
    second = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=third.pk, choices={"next_step": "other"})
    assert promise_of(lefevre).pk == promises[2].pk

    undo_merge(user=anna, merge_id=first.pk)
    assert promise_of(other).pk == promises[1].pk
    assert promise_of(lefevre).pk == promises[2].pk
    undo_merge(user=anna, merge_id=second.pk)
    assert state_of(*(one.pk for one in promises)) == before


def test_a_promise_put_off_since_leaves_both_with_one(anna: User, lefevre: Client, other: Client, soon: datetime) -> None:
    theirs = step(anna, other, soon, "Theirs")
    merge = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk)
    later = soon + timedelta(days=5)
    services.snooze_reminder(user=anna, reminder_id=theirs.pk, on_day=later.date(), at_time=later.time())
    undo_merge(user=anna, merge_id=merge.pk)
    assert promise_of(other).due_at == fresh(other).next_step_at == soon
    kept = fresh(lefevre)
    assert kept.next_step_at is None or promise_of(lefevre).due_at == kept.next_step_at


def test_what_slept_wakes_with_the_survivor_and_sleeps_again(anna: User, lefevre: Client, other: Client, plan: Plan) -> None:
    planned = plan(client=other)
    archive_client(user=anna, client_id=other.pk, version=fresh(other).version, reason="Twice here")
    before = state_of(planned.pk)
    assert before[0]["state"] == "asleep"

    merge = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk)
    planned.refresh_from_db()
    assert (planned.state, planned.fires_at) == ("open", planned.due_at)

    undo_merge(user=anna, merge_id=merge.pk)
    assert state_of(planned.pk) == before


def test_whoever_is_in_charge_of_the_survivor_acts(anna: User, boris: User, dmitri: User, lefevre: Client, plan: Plan) -> None:
    theirs = register(boris, full_name="Of Boris", manager=boris.pk)
    follows = due_now(plan(user=boris, client=theirs, assignee="manager"))
    Reminder.objects.filter(pk=follows.pk).update(fired_at=timezone.now(), stage="escalation")
    Notice.objects.create(reminder=follows, occurrence=1, stage="due", recipient=boris, at=timezone.now())
    own = plan(user=boris, client=theirs)

    merge = merge_clients(user=dmitri, survivor_id=lefevre.pk, other_id=theirs.pk, choices={"manager": "survivor"})

    follows.refresh_from_db()
    assert (follows.owner, follows.stage, follows.fired_at) == (anna, "due", None)
    assert follows.fires_at is not None  # told already: Anna hears of it at once
    assert not Notice.objects.shown_to(boris).exists()
    own.refresh_from_db()
    assert own.owner == boris

    undo_merge(user=dmitri, merge_id=merge.pk)
    follows.refresh_from_db()
    assert (follows.owner, follows.client) == (boris, theirs)


def test_what_a_rule_made_for_both_stands_once(anna: User, lefevre: Client, other: Client, plan: Plan) -> None:
    rule = ReminderRule.objects.create(name="Facts", source="created", kind=ReminderKind.objects.get(key="other"))
    mine, theirs, another = plan(), plan(client=other, notice_minutes=60), plan(client=other)
    for one, key in ((mine, "2026"), (theirs, "2026"), (another, "2025")):
        Reminder.objects.filter(pk=one.pk).update(rule=rule, rule_key=key)
    before = state_of(mine.pk, theirs.pk, another.pk)

    merge = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=other.pk)

    assert set(lefevre.reminders.open().values_list("pk", flat=True)) == {mine.pk, another.pk}
    theirs.refresh_from_db()
    assert (theirs.client, theirs.state) == (other, "asleep")

    undo_merge(user=anna, merge_id=merge.pk)
    assert state_of(mine.pk, theirs.pk, another.pk) == before
