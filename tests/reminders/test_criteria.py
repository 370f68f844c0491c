"""The registry's criterion "next step" and its filter say the same as the promises, whoever moved them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from clients.criteria import refresh_standing
from clients.models import Client
from clients.services import plan_next_step
from clients.services.criteria import draft_criterion, publish_criterion
from reminders import services
from reminders.models import Reminder, ReminderKind
from tests.clients.browsing import as_user, text_of

Act = Callable[[User, Reminder], object]


def put_off(user: User, promise: Reminder) -> object:
    later = timezone.localtime() + timedelta(days=5)
    return services.snooze_reminder(user=user, reminder_id=promise.pk, on_day=later.date(), at_time=later.time())


def cancel(user: User, promise: Reminder) -> object:
    return services.cancel_reminder(user=user, reminder_id=promise.pk)


def do(user: User, promise: Reminder) -> object:
    return services.complete_reminder(user=user, reminder_id=promise.pk, touch={"no_next_step_because": "bought"})


def do_without_a_touch(user: User, promise: Reminder) -> object:
    Reminder.objects.filter(pk=promise.pk).update(kind=ReminderKind.objects.get(key="other"))
    return services.complete_reminder(user=user, reminder_id=promise.pk)


def cancel_and_open_again(user: User, promise: Reminder) -> object:
    cancel(user, promise)
    return services.reopen_reminder(user=user, reminder_id=promise.pk)


@pytest.mark.parametrize("act", [put_off, cancel, do, do_without_a_touch, cancel_and_open_again])
def test_what_is_kept_of_the_criteria_is_what_they_say_anew(anna: User, lefevre: Client, act: Act) -> None:
    admin = User.objects.create_user("rules", "rules@kestrel.example", None, full_name="Rules")
    admin.set_role(Role.ADMINISTRATOR)
    draft = draft_criterion(user=admin, values={"fact": "next_step", "level": "recommended"})
    publish_criterion(user=admin, criterion_id=draft.pk, version=draft.version)
    soon = timezone.now() + timedelta(days=1)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Send the offer", next_step_at=soon)

    act(anna, Reminder.objects.get())

    lefevre.refresh_from_db()
    kept = (lefevre.standing.completeness, lefevre.standing.short_of)
    refresh_standing([lefevre.pk])
    lefevre.standing.refresh_from_db()
    assert (lefevre.standing.completeness, lefevre.standing.short_of) == kept
    promised = Reminder.objects.open().filter(is_promise=True).exists()
    assert (lefevre.next_step_at is not None) is promised
    listed = text_of(as_user(anna).get("/clients/?next_step=none"))
    assert ("Ateliers Lefèvre" in listed) is not promised
