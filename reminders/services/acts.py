"""Noting what was done with a reminder, and taking back what was said of how it stood before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from clients.waking import wake_soon
from reminders.models import Act, Notice, Reminder, ReminderAct


def note(reminder: Reminder, act: Act, *, by: User | None, at: datetime, **facts: Any) -> ReminderAct:
    """Write one line of what was done."""
    return ReminderAct.objects.create(reminder=reminder, act=act, by=by, at=at, facts=facts)


def withdraw(reminder: Reminder, now: datetime) -> None:
    """Take the notices off the bells: they tell of something that is so no more. What waits to leave is dropped when its turn comes."""
    Notice.objects.filter(reminder=reminder, withdrawn_at=None).update(withdrawn_at=now)


def save(reminder: Reminder, *names: str) -> None:
    """Save what changed, as the next version."""
    reminder.version += 1
    reminder.save(update_fields=[*names, "version", "updated_at"])
    tell_at_once(reminder)


def tell_at_once(reminder: Reminder) -> None:
    """Wake the engine after the commit where somebody has to hear of `reminder` now: the next tick may be ten seconds away."""
    from reminders.tasks import fire

    if reminder.fires_at is not None and reminder.fires_at <= timezone.now():
        wake_soon(fire, at_once=True)
