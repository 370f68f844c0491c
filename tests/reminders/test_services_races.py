"""At the same moment: done, put off, handed over and told of. One outcome, and only whoever has it now is told."""

import threading
from collections.abc import Callable
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import people
from clients.errors import Refused, StaleVersion
from clients.models import Client
from reminders import services
from reminders.engine.firing import fire_due_reminders
from reminders.models import Act, Notice, Reminder, State
from sales.periods import company_today
from tests.reminders.conftest import Plan, due_now
from tests.together import at_once

RACES = 100


def run_together(acts: list[Callable[[], Any]]) -> list[str]:
    """Run `acts` at the same moment; return what came of each: "" or the name of the refusal."""
    return [_outcome(one) for one in at_once(*acts)]


def _outcome(came: Any) -> str:
    if isinstance(came, Refused | StaleVersion):
        return type(came).__name__
    return f"wrong: {came!r}" if isinstance(came, Exception) else ""


@pytest.mark.django_db(transaction=True)
def test_a_hundred_races_have_one_outcome_each(anna: User, boris: User, lefevre: Client, plan: Plan) -> None:
    tomorrow = company_today() + timedelta(days=1)
    won = {"complete": 0, "snooze": 0, "reassign": 0}
    for number in range(RACES):
        reminder = due_now(plan(subject=str(number)))
        about: dict[str, Any] = {"user": anna, "reminder_id": reminder.pk, "version": reminder.version}
        came = run_together(
            [
                partial(services.complete_reminder, **about),
                partial(services.snooze_reminder, **about, on_day=tomorrow, at_time=time(10)),
                partial(services.hand_over_reminder, **about, assignee=boris.pk),
                fire_due_reminders,
            ]
        )
        assert not [one for one in came if one.startswith("wrong")], came
        assert came[3] == ""
        assert came[:3].count("") == 1, came
        winner = [*won][came[:3].index("")]
        won[winner] += 1
        fire_due_reminders()  # what was skipped because it was locked
        stands = Reminder.objects.get(pk=reminder.pk)
        told = list(Notice.objects.filter(reminder=reminder, withdrawn_at=None).values_list("recipient", "occurrence"))
        acts = list(stands.acts.exclude(act=Act.PLANNED).values_list("act", flat=True))
        if winner == "complete":
            assert (stands.state, stands.fires_at, told, acts) == (State.DONE, None, [], [Act.DONE])
        elif winner == "snooze":
            assert (stands.state, stands.fires_at, told, acts) == (State.OPEN, stands.due_at, [], [Act.SNOOZED])
        else:
            assert (stands.state, stands.owner, acts) == (State.OPEN, boris, [Act.HANDED_OVER])
            assert told == [(boris.pk, stands.occurrence)]
    assert sum(won.values()) == RACES


@pytest.mark.django_db(transaction=True)
def test_given_away_while_it_was_planned_for_a_holiday_it_goes_once(anna: User, boris: User, clara: User, plan: Plan) -> None:
    tomorrow = company_today() + timedelta(days=1)
    for _number in range(20):
        reminder = plan(timezone.now() + timedelta(days=2))
        came = run_together(
            [
                partial(services.hand_over_reminder, user=anna, reminder_id=reminder.pk, assignee=clara.pk),
                lambda: services.hand_over_reminders(
                    user=anna, owner_id=anna.pk, to_id=boris.pk, first=tomorrow, last=tomorrow + timedelta(days=9)
                ),
            ]
        )
        assert came == ["", ""]
        stands = Reminder.objects.get(pk=reminder.pk)
        acts = list(stands.acts.order_by("id").values_list("act", "facts__owner"))[1:]
        assert stands.owner_id == acts[-1][1]
        # whoever came second gave what was Anna's no more only if that was asked for by the reminder's number
        assert len(acts) == 1 or acts == [(Act.HANDED_OVER, boris.pk), (Act.HANDED_OVER, clara.pk)]


@pytest.mark.django_db(transaction=True)
def test_two_who_cancel_the_same_many_do_not_wait_for_each_other(anna: User, dmitri: User, plan: Plan) -> None:
    for _number in range(10):
        ids = [plan(subject=str(number)).pk for number in range(4)]
        came = run_together(
            [
                partial(services.cancel_each, user=anna, reminder_ids=ids),
                partial(services.cancel_each, user=dmitri, reminder_ids=ids[::-1]),
            ]
        )
        assert came == ["", ""]
        assert not Reminder.objects.open().exists()


@pytest.mark.django_db(transaction=True)
def test_telling_somebody_does_not_wait_for_whoever_lets_them_go(anna: User, admin: User, plan: Plan) -> None:
    """The engine holds the reminder and wants the user to stay; who deactivates holds the user and wants the reminder."""
    due_now(plan())
    came: list[str] = []

    def fire() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            fire_due_reminders()
            came.append("")
        except Exception as wrong:
            came.append(repr(wrong))
        finally:
            connection.close()

    with transaction.atomic():
        people._user_to_manage(admin, anna.pk)
        thread = threading.Thread(target=fire)
        thread.start()
        thread.join(20)
    assert came == [""]
