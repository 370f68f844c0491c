"""Noting what was done with a reminder, and taking back what was said of how it stood before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from clients.waking import wake_soon
from reminders.models import Act, Notice, Reminder, ReminderAct


def note(reminder: Reminder, act: Act, *, by: User | None, at: datetime, **facts: Any) -> ReminderAct:
    """Write one line of what was done; it names the version that the reminder had then, so that an undo knows what came after."""
    return ReminderAct.objects.create(reminder=reminder, act=act, by=by, at=at, facts={**facts, "version": reminder.version})


def last_act(reminder: Reminder) -> ReminderAct | None:
    """Return what was done with `reminder` last."""
    return reminder.acts.select_related("by").order_by("-at", "-id").first()


def wall_of(reminder: Reminder) -> list[str | None]:
    """Return when `reminder` is, as acts keep it to be put back: day, time (none for "that day"), time zone."""
    return [reminder.on_day.isoformat(), reminder.at_time.isoformat() if reminder.at_time is not None else None, reminder.time_zone]


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
