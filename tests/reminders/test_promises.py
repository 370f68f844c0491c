"""The next step that stands on a client is a reminder, whoever writes it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from clients import services as registry
from clients.models import Client
from reminders import services
from reminders.models import Reminder, State
from tests.reminders.conftest import PARIS


def the_promise(client: Client) -> Reminder:
    return Reminder.objects.get(client=client, is_promise=True, state="open")


@pytest.fixture
def tomorrow() -> datetime:
    return timezone.now().replace(microsecond=0) + timedelta(days=1)


def plan_step(user: User, client: Client, at: datetime | None, step: str = "Answer on the price list") -> Client:
    return registry.plan_next_step(user=user, client_id=client.pk, next_step=step if at else "", next_step_at=at)


def test_a_next_step_is_a_reminder_of_whoever_is_in_charge(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)

    promise = the_promise(lefevre)
    assert (promise.due_at, promise.subject, promise.owner, promise.follows_manager) == (tomorrow, "Answer on the price list", anna, True)
    assert promise.fires_at == tomorrow


def test_moved_it_is_the_same_reminder_at_another_time(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    first = the_promise(lefevre)

    plan_step(anna, lefevre, tomorrow + timedelta(days=2))

    moved = the_promise(lefevre)
    assert (moved.pk, moved.due_at, moved.occurrence) == (first.pk, tomorrow + timedelta(days=2), first.occurrence + 1)


def test_taken_off_it_is_cancelled(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)

    plan_step(anna, lefevre, None)

    assert list(Reminder.objects.values_list("state", "fires_at")) == [("cancelled", None)]


def test_a_touch_that_plans_anew_keeps_the_old_promise_and_makes_the_next(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    old = the_promise(lefevre)

    touch = registry.log_touch(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=tomorrow)

    old.refresh_from_db()
    assert (old.state, old.touch, old.closed_by) == (State.DONE, touch, anna)
    assert the_promise(lefevre).subject == "Send the offer"


def test_a_touch_without_a_plan_leaves_the_promise(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)

    registry.log_touch(user=anna, client_id=lefevre.pk)

    assert the_promise(lefevre).due_at == tomorrow


def test_a_touch_taken_back_puts_the_promise_back(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    from clients.history import last_change_id

    plan_step(anna, lefevre, tomorrow)
    touch = registry.log_touch(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=tomorrow + timedelta(days=3))

    registry.undo_touch(user=anna, touch_id=touch.pk, event_id=last_change_id(lefevre))

    promise = the_promise(lefevre)
    assert (promise.due_at, promise.subject) == (tomorrow, "Answer on the price list")


def test_done_from_its_reminder_the_client_says_so(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    planned: dict[str, Any] = {"next_step": "Send the offer", "next_step_at": tomorrow + timedelta(days=7), "note": "They agree"}

    done = services.complete_reminder(user=anna, reminder_id=the_promise(lefevre).pk, touch=planned)

    lefevre.refresh_from_db()
    assert (done.reminder.state, done.touch and done.touch.note) == (State.DONE, "They agree")
    assert (lefevre.next_step, lefevre.next_step_at) == ("Send the offer", tomorrow + timedelta(days=7))
    assert the_promise(lefevre).due_at == lefevre.next_step_at


def test_put_off_the_client_says_so(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    later = (tomorrow + timedelta(days=1)).astimezone(PARIS)

    snoozed = services.snooze_reminder(
        user=anna, reminder_id=the_promise(lefevre).pk, on_day=later.date(), at_time=the_promise(lefevre).at_time, reason="ill"
    )

    lefevre.refresh_from_db()
    assert lefevre.next_step_at == snoozed.due_at == the_promise(lefevre).due_at > tomorrow


def test_cancelled_the_client_has_no_next_step(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)

    services.cancel_reminder(user=anna, reminder_id=the_promise(lefevre).pk, because="sold")

    lefevre.refresh_from_db()
    assert (lefevre.next_step, lefevre.next_step_at) == ("", None)


def test_opened_again_it_stands_on_the_client(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    promise = the_promise(lefevre)
    services.cancel_reminder(user=anna, reminder_id=promise.pk)

    services.reopen_reminder(user=anna, reminder_id=promise.pk)

    lefevre.refresh_from_db()
    assert (lefevre.next_step, lefevre.next_step_at) == ("Answer on the price list", tomorrow)
    assert the_promise(lefevre).pk == promise.pk


def test_it_goes_with_the_client_to_another_manager(anna: User, boris: User, dmitri: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)

    registry.hand_over_clients(user=dmitri, client_ids=[lefevre.pk], manager_id=boris.pk)

    assert the_promise(lefevre).owner == boris


def test_it_sleeps_while_its_client_is_archived(anna: User, lefevre: Client, tomorrow: datetime) -> None:
    plan_step(anna, lefevre, tomorrow)
    lefevre.refresh_from_db()

    archived = registry.archive_client(user=anna, client_id=lefevre.pk, version=lefevre.version, reason="closed")
    assert list(Reminder.objects.values_list("state", "fires_at")) == [("asleep", None)]

    registry.restore_client(user=anna, client_id=lefevre.pk, version=archived.version)
    assert the_promise(lefevre).fires_at == tomorrow


def test_what_was_due_long_before_it_was_entered_calls_nobody(anna: User, lefevre: Client) -> None:
    long_ago = timezone.now() - timedelta(days=3)
    Client.objects.filter(pk=lefevre.pk).update(next_step="Call", next_step_at=long_ago)

    assert (the_promise(lefevre).due_at, the_promise(lefevre).fires_at) == (long_ago, None)
