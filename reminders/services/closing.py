"""Closing reminders: done, with the touch that tells of it and what comes next, or cancelled; and opening them again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients.errors import FieldError, StaleVersion
from clients.models import Touch
from clients.services import log_touch
from clients.services.acting import acting
from clients.services.preparing import read_text, refuse
from clients.services.touches import save_without_version
from reminders.models import Act, Delivery, Invitation, Notice, Reminder, State
from reminders.recurrence import next_day
from reminders.services import acts, timing
from reminders.services.inviting import tell_guests
from reminders.services.locking import lock_reminder
from reminders.wall_time import on_the_wall

CLOSING = ("state", "fires_at", "closed_at", "closed_by", "closed_because", "touch")


@dataclass(frozen=True)
class Completed:
    """A reminder that was done: the touch that was logged for it, and the next one of its repeat."""

    reminder: Reminder
    touch: Touch | None
    following: Reminder | None


@acting
def complete_reminder(
    *,
    user: User,
    reminder_id: int,
    version: int | None = None,
    touch: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Completed:
    """Note that a reminder is done. `touch` is what `log_touch` takes, without user and client.

    A reminder whose kind is a contact with the client needs it, and it has to say what comes next: a next step, an
    explicit "none, because", or the one that is planned for later. What repeats is planned anew.
    Raises `Refused` (also when it was closed meanwhile), `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    if touch is None and reminder.kind.is_contact:
        refuse([FieldError("outcome", "required", _("Log how it went, and what comes next."))])
    logged = None
    if touch is not None:
        refuse(_nothing_next(reminder, touch, now))
        if reminder.is_promise:
            close(reminder, State.DONE, user, now)  # before the touch writes the next promise in its place
        logged = log_touch(user=user, client_id=reminder.client_id, **({"contact_id": reminder.contact_id} | touch), now=now)
        reminder.client.refresh_from_db()
    if reminder.is_open:
        close(reminder, State.DONE, user, now)
    if logged is not None:
        Reminder.objects.filter(pk=reminder.pk).update(touch=logged)
        reminder.touch = logged
    elif reminder.is_promise:
        save_without_version(reminder.client, {"next_step": "", "next_step_at": None})
        _evaluate(reminder, now)
    acts.note(reminder, Act.DONE, by=user, at=now, **({"touch": logged.pk} if logged else {}))
    return Completed(reminder, logged, plan_following(reminder, user, now))


def _nothing_next(reminder: Reminder, touch: dict[str, Any], now: datetime) -> list[FieldError]:
    """A call is not over before it is clear what comes next."""
    if not reminder.kind.is_contact or touch.get("next_step_at") is not None or str(touch.get("no_next_step_because") or "").strip():
        return []
    planned = reminder.client.next_step_at
    if planned is not None and planned > now and not reminder.is_promise:
        return []
    return [FieldError("next_step_at", "required", _("Say what comes next and when, or why nothing does."))]


@acting
def cancel_reminder(
    *, user: User, reminder_id: int, version: int | None = None, because: str = "", whole_series: bool = False, now: datetime | None = None
) -> Reminder:
    """Take a reminder off without doing it. Of a repeat only this time is skipped, unless the `whole_series` ends.

    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    reminder.closed_because = read_text("because", because, 300)
    close(reminder, State.CANCELLED, user, now)
    if reminder.is_promise:
        save_without_version(reminder.client, {"next_step": "", "next_step_at": None})
        _evaluate(reminder, now)
    acts.note(reminder, Act.CANCELLED, by=user, at=now, because=reminder.closed_because, series=whole_series)
    tell_guests(reminder, now)
    if not whole_series:
        plan_following(reminder, user, now)
    return reminder


@acting
def reopen_reminder(*, user: User, reminder_id: int, version: int | None = None, now: datetime | None = None) -> Reminder:
    """Open a reminder again that was closed by mistake (Undo). The next of its repeat, where nobody touched it, goes.

    A touch that was logged with it stays: `undo_touch` takes that back, and opens the reminder with it.
    Raises `Refused` when the client has another next step by now, `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version, closed_too=True)
    if reminder.is_open:
        return reminder
    if reminder.client.archived_at is not None:
        refuse([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    if reminder.is_promise and reminder.client.next_step_at is not None:
        refuse([FieldError("reminder", "promised", _("Another next step is planned by now."))])
    take_off_following(reminder, now)
    open_again(reminder, by=user, now=now)
    return reminder


def take_off_following(reminder: Reminder, now: datetime) -> None:
    """Take off the next of a repeat, which was planned when `reminder` was closed. Raises `StaleVersion` where somebody touched it."""
    if reminder.series_id is None:
        return
    others = Reminder.objects.open().filter(series=reminder.series_id).exclude(pk=reminder.pk)
    following = others.select_for_update(of=("self",)).first()
    if following is None:
        return
    if following.version > 1 or following.fired_at is not None:
        raise StaleVersion(following)
    take_away(following, now)


def take_away(reminder: Reminder, now: datetime) -> None:
    """Have a reminder gone as if it had not been planned: one that the system made, and nobody has done anything with.

    Past Django's collector, which would ask for the right to take acts away; an untouched reminder has none.
    """
    reminder.state = State.CANCELLED  # whoever was invited to it hears that it is off
    tell_guests(reminder, now)
    Invitation.objects.filter(reminder=reminder).delete()
    Notice.objects.filter(reminder=reminder).delete()
    Delivery.objects.filter(reminder=reminder).delete()
    Invitation.objects.filter(reminder=reminder).delete()
    row = Reminder.objects.filter(pk=reminder.pk)
    row._raw_delete(row.db)


def open_again(reminder: Reminder, *, by: User | None, now: datetime) -> None:
    """Open a closed reminder whose locks the caller holds. What is due already rings no more: it is being looked at."""
    reminder.state, reminder.closed_at, reminder.closed_by, reminder.closed_because, reminder.touch = State.OPEN, None, None, "", None
    reminder.occurrence += 1
    if reminder.due_at <= now:
        timing.arm_told(reminder, now)
    else:
        timing.arm(reminder)
    acts.save(reminder, *CLOSING, *timing.TIMING, "occurrence")
    acts.note(reminder, Act.REOPENED, by=by, at=now)
    tell_guests(reminder, now)
    if reminder.is_promise and reminder.client.next_step_at != reminder.due_at:
        save_without_version(reminder.client, {"next_step": reminder.subject, "next_step_at": reminder.due_at})
        _evaluate(reminder, now)


def close(reminder: Reminder, state: State, user: User | None, now: datetime) -> None:
    """Close a reminder whose locks the caller holds; nobody hears of it any more."""
    reminder.state, reminder.fires_at = state, None
    reminder.closed_at, reminder.closed_by = now, user
    acts.save(reminder, *CLOSING)
    acts.withdraw(reminder, now)


def plan_following(reminder: Reminder, user: User | None, now: datetime) -> Reminder | None:
    """Plan the next time of a repeat: the first that is still to come; return it, or None where the repeat is over."""
    if not reminder.repeats or reminder.series_id is None:
        return None
    first = Reminder.objects.filter(pk=reminder.series_id).values_list("on_day", flat=True).get()
    today = on_the_wall(now, zone_named(reminder.time_zone))[0]
    day = next_day(reminder.repeats, first=min(first, reminder.on_day), at=reminder.at_time, after=max(reminder.on_day, today))
    if day is None or Reminder.objects.open().filter(series=reminder.series_id).exists():
        return None
    copied = ("client", "contact", "kind", "subject", "note", "owner", "follows_manager", "minutes", "notice_minutes", "repeats", "series")
    following = Reminder(created_by=user, **{name: getattr(reminder, name) for name in (*copied, "place", "invites", "stands_in_for")})
    timing.put_on(following, day, reminder.at_time, zone=reminder.time_zone)
    following.save()
    tell_guests(following, now)
    return following


def _evaluate(reminder: Reminder, now: datetime) -> None:
    from clients.services.registration import evaluate_again
    from clients.services.rules import Rules

    evaluate_again(reminder.client, Rules.load(now))
