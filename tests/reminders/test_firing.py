"""What is due is told of once, to whoever has to act, and one bad row stands in nobody's way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import User
from clients.models import Client
from reminders import services
from reminders.engine import firing
from reminders.engine.clock import database_now
from reminders.engine.firing import fire_due_reminders
from reminders.models import Delivery, Notice, Reminder, ReminderPreferences
from tests.plans import plan_of
from tests.reminders.conftest import PARIS, Plan, due_now


def told_to(reminder: Reminder) -> list[str]:
    """Return who has word of it on the bell, in the order in which they heard."""
    return list(Notice.objects.filter(reminder=reminder, withdrawn_at=None).order_by("pk").values_list("recipient__username", flat=True))


def test_what_is_due_is_told_of_once_however_often_it_is_looked_for(anna: User, plan: Plan) -> None:
    reminder = due_now(plan())

    assert [fire_due_reminders().told for _tick in range(3)] == [1, 0, 0]

    assert told_to(reminder) == ["anna"]


def test_before_its_time_nobody_hears(anna: User, plan: Plan) -> None:
    reminder = plan(datetime.now(PARIS) + timedelta(minutes=5))

    assert fire_due_reminders().told == 0
    assert fire_due_reminders(now=reminder.due_at - timedelta(microseconds=1)).told == 0
    assert fire_due_reminders(now=reminder.due_at).told == 1


def test_word_in_advance_comes_first_and_then_the_reminder(anna: User, plan: Plan) -> None:
    reminder = plan(datetime.now(PARIS) + timedelta(hours=2), notice_minutes=60)

    for minutes in (61, 60, 1, 0):
        fire_due_reminders(now=reminder.due_at - timedelta(minutes=minutes))

    assert list(Notice.objects.order_by("pk").values_list("stage", "at")) == [
        ("notice", reminder.due_at - timedelta(minutes=60)),
        ("due", reminder.due_at),
    ]


def test_after_hours_of_silence_it_is_told_of_as_late(anna: User, plan: Plan) -> None:
    due_now(plan(), ago=timedelta(hours=6))
    due_now(plan(), ago=timedelta(minutes=5))

    fire_due_reminders()

    assert list(Notice.objects.order_by("reminder").values_list("late", flat=True)) == [True, False]


def test_nobody_in_charge_means_that_management_hears(anna: User, dmitri: User, plan: Plan) -> None:
    reminder = due_now(plan())
    Reminder.objects.filter(pk=reminder.pk).update(owner=None)

    fire_due_reminders()

    assert told_to(reminder) == ["dmitri"]


def test_without_management_the_administrator_hears_of_what_is_nobodys(anna: User, admin: User, plan: Plan) -> None:
    """Or nobody would: the word would be taken for told."""
    reminder = due_now(plan())
    Reminder.objects.filter(pk=reminder.pk).update(owner=None)

    fire_due_reminders()

    assert told_to(reminder) == ["admin"]


def test_who_gets_it_back_hears_of_it_again(anna: User, boris: User, plan: Plan) -> None:
    reminder = due_now(plan())
    fire_due_reminders()

    for assignee in (boris, anna):
        services.hand_over_reminder(user=anna if assignee == boris else boris, reminder_id=reminder.pk, assignee=assignee.pk)
        fire_due_reminders()
        assert told_to(reminder) == [assignee.username]


def test_the_next_in_charge_of_the_client_hears_and_the_first_again_when_it_comes_back(
    anna: User, boris: User, lefevre: Client, plan: Plan
) -> None:
    reminder = due_now(plan(assignee="manager"))
    fire_due_reminders()

    for manager in (boris, anna):
        Client.objects.filter(pk=lefevre.pk).update(manager=manager)
        fire_due_reminders()
        assert told_to(reminder) == [manager.username]


def test_a_row_that_cannot_be_told_of_is_set_aside_and_the_others_go(anna: User, boris: User, plan: Plan) -> None:
    bad, good = due_now(plan(assignee=boris.pk)), due_now(plan())
    ReminderPreferences.objects.create(user=boris, mail_by_kind=["of no use"])

    fired = fire_due_reminders()

    assert (fired.told, fired.set_aside) == (1, 1)
    assert told_to(good) == ["anna"]
    bad.refresh_from_db()
    assert (bad.fires_at, bad.problem) == (None, "could not be told of")


def test_a_database_that_fails_says_nothing_of_a_row(anna: User, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    reminder = due_now(plan())

    def full(*given: Any) -> None:
        raise OperationalError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(firing, "_write", full)
        with pytest.raises(OperationalError):
            fire_due_reminders()

    assert fire_due_reminders().told == 1
    assert told_to(reminder) == ["anna"]


def test_a_tick_reads_people_only_when_there_is_something_to_tell(anna: User, plan: Plan, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        fire_due_reminders()


def test_the_claim_goes_by_its_index(anna: User, plan: Plan) -> None:
    told = plan_of(firing._CLAIM, [database_now(), 500])

    assert "reminder_to_fire" in told
    assert "Sort" not in told


@pytest.mark.parametrize("rows", [1, 3])
def test_telling_takes_as_many_queries_for_three_as_for_one(anna: User, plan: Plan, rows: int, django_assert_max_num_queries: Any) -> None:
    ReminderPreferences.objects.create(user=anna, mail="at_once")
    for _row in range(rows):
        due_now(plan())

    with django_assert_max_num_queries(20):
        fire_due_reminders()

    assert Delivery.objects.count() == rows
