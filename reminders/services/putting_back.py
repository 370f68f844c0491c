"""Undo of a move."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone

from accounts.models import User
from clients.errors import StaleVersion
from clients.services.acting import acting
from reminders.models import Act, Reminder, ReminderAct
from reminders.services import acts, timing
from reminders.services.inviting import tell_guests
from reminders.services.locking import lock_reminder
from reminders.services.planning import write_promise


@acting
def put_back_reminder(*, user: User, reminder_id: int, version: int, now: datetime | None = None) -> Reminder:
    """Put a reminder back on the time that it had before `user` moved it, where nothing has happened since.

    It may be a time that is over: it stands there as late again, and nobody is told of it a second time.
    Raises `Refused` when it was closed meanwhile, `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    moved = ReminderAct.objects.filter(reminder=reminder).order_by("-at", "-id").first()
    if moved is None or moved.act not in {Act.SNOOZED, Act.CHANGED} or moved.by_id != user.pk or not moved.facts.get("was"):
        raise StaleVersion(reminder)
    day, at, zone = moved.facts["was"]
    timing.put_on(reminder, date.fromisoformat(day), time.fromisoformat(at) if at else None, zone=zone)
    if reminder.due_at <= now:
        reminder.stage, reminder.fires_at, reminder.fired_at = "", None, now
    reminder.occurrence += 1
    acts.save(reminder, *timing.TIMING, "occurrence")
    acts.withdraw(reminder, now)
    write_promise(reminder, now)
    acts.note(reminder, Act.CHANGED, by=user, at=now, fields=["put_back"], due=reminder.due_at.isoformat())
    tell_guests(reminder, now)
    return reminder
