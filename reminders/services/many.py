"""The same act on many reminders at once: what one may not change, or was closed meanwhile, is left and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User, zone_named
from clients.errors import Refused, StaleVersion
from clients.models import Client
from clients.services.acting import acting
from reminders.models import Reminder, ReminderAct
from reminders.services.closing import cancel_reminder
from reminders.services.moving import hand_over_reminder, snooze_reminder
from reminders.services.timing import check_day
from reminders.services.undoing import undo_act
from reminders.wall_time import moved_to_wall


@dataclass
class ManyOutcome:
    """What became of many: the act on each that was changed (id of the reminder -> id of the act), and how many were left, by why."""

    acts: dict[int, int] = field(default_factory=dict)
    not_editable: int = 0
    closed: int = 0
    refused: int = 0


@acting
def snooze_each(
    *, user: User, reminder_ids: Sequence[int], on_day: date, at_time: time | None = None, reason: str = "", now: datetime | None = None
) -> ManyOutcome:
    """Put each off to a day: at `at_time` on the wall of `user`, or, without it, at its own time of the day."""
    now = now or timezone.now()

    def one(reminder: Reminder) -> Reminder:
        check_day(on_day)
        day, at = on_day, reminder.at_time
        if at_time is not None:
            day, at = moved_to_wall(on_day, at_time, zone_named(user.time_zone), zone_named(reminder.time_zone))
        return snooze_reminder(user=user, reminder_id=reminder.pk, on_day=day, at_time=at, reason=reason, now=now)

    return _each(reminder_ids, one)


@acting
def hand_over_each(*, user: User, reminder_ids: Sequence[int], assignee: str | int, now: datetime | None = None) -> ManyOutcome:
    """Give each to somebody for good: a user (by id), or "manager", whoever is in charge of its client."""
    now = now or timezone.now()
    return _each(reminder_ids, lambda one: hand_over_reminder(user=user, reminder_id=one.pk, assignee=assignee, now=now))


@acting
def cancel_each(*, user: User, reminder_ids: Sequence[int], because: str = "", now: datetime | None = None) -> ManyOutcome:
    """Cancel each; of a repeat only this time."""
    now = now or timezone.now()
    return _each(reminder_ids, lambda one: cancel_reminder(user=user, reminder_id=one.pk, because=because, now=now))


@acting
def undo_each(*, user: User, act_ids: Mapping[int, int], now: datetime | None = None) -> ManyOutcome:
    """Take back the acts of `act_ids` (id of a reminder -> id of the act) with which nothing happened since."""
    now = now or timezone.now()
    return _each(list(act_ids), lambda one: undo_act(user=user, reminder_id=one.pk, act_id=act_ids[one.pk], now=now))


def _each(reminder_ids: Sequence[int], act: Callable[[Reminder], Reminder]) -> ManyOutcome:
    """Run `act` on each, each in its own savepoint. All clients are locked first, in the order of their numbers: two who
    change many at once would otherwise wait for each other."""
    reminders = list(Reminder.objects.filter(pk__in=reminder_ids).order_by("client_id", "pk"))
    clients = {one.client_id for one in reminders}
    list(Client.objects.filter(pk__in=clients).order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk"))
    outcome = ManyOutcome()
    for reminder in reminders:
        try:
            with transaction.atomic():
                before = ReminderAct.objects.filter(reminder=reminder).order_by("-at", "-id").values_list("pk", flat=True).first()
                act(reminder)
                after = ReminderAct.objects.filter(reminder=reminder).order_by("-at", "-id").values_list("pk", flat=True).first()
        except (PermissionDenied, Reminder.DoesNotExist):
            outcome.not_editable += 1
        except StaleVersion:
            outcome.closed += 1
        except Refused as refusal:
            if any(error.code == "closed" for error in refusal.errors):
                outcome.closed += 1
            else:
                outcome.refused += 1
        else:
            if after is not None and after != before:
                outcome.acts[reminder.pk] = after
    return outcome
