"""Putting reminders off, and handing them over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.audit import note
from clients.errors import FieldError
from clients.models import Client
from clients.services.acting import acting
from clients.services.preparing import read_text, refuse
from reminders.engine.clock import database_now
from reminders.models import Act, Reminder, ReminderAct, Stage
from reminders.querysets import ReminderQuerySet
from reminders.services import acts, timing
from reminders.services.inviting import tell_guests
from reminders.services.locking import lock_reminder
from reminders.services.planning import Assignee, read_assignee, write_promise


@acting
def snooze_reminder(
    *,
    user: User,
    reminder_id: int,
    on_day: date,
    at_time: time | None,
    version: int | None = None,
    reason: str = "",
    now: datetime | None = None,
) -> Reminder:
    """Put a reminder off to another time, with a reason; it is told of anew then. `occurrence` rises by one.

    Raises `Refused` (also when it was closed meanwhile), `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    said = read_text("reason", reason, 300)
    before, wall = reminder.due_at, acts.wall_of(reminder)
    timing.put_on(reminder, on_day, at_time, zone=reminder.time_zone)
    refuse(timing.when_errors(on_day, at_time, reminder.due_at, now))
    reminder.occurrence += 1
    acts.save(reminder, *timing.TIMING, "occurrence")
    acts.withdraw(reminder, now)
    write_promise(reminder, now)
    acts.note(reminder, Act.SNOOZED, by=user, at=now, before=before.isoformat(), due=reminder.due_at.isoformat(), wall=wall, reason=said)
    tell_guests(reminder, now)
    return reminder


@acting
def hand_over_reminder(
    *, user: User, reminder_id: int, assignee: str | int, version: int | None = None, now: datetime | None = None
) -> Reminder:
    """Give one reminder to somebody else for good. Who had been told is told no more; who has it now hears of it.

    Raises `Refused` (also when it was closed meanwhile), `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    errors: list[FieldError] = []
    who = read_assignee(assignee, reminder.client, errors)
    refuse(errors)
    give(reminder, who, by=user, now=now)
    return reminder


def give(
    reminder: Reminder, who: Assignee, *, by: User, now: datetime, stands_in_for: User | None = None, act: Act = Act.HANDED_OVER
) -> None:
    """Let somebody else act on a reminder whose locks the caller holds; whoever had it before is told no more."""
    before = reminder.owner_id
    if (before, reminder.follows_manager) == (who.user.pk if who.user else None, who.follows_manager):
        return
    had = {"before": before, "before_followed": reminder.follows_manager, "before_stood_in_for": reminder.stands_in_for_id}
    told = reminder.fired_at is not None
    reminder.owner, reminder.follows_manager, reminder.stands_in_for = who.user, who.follows_manager, stands_in_for
    if reminder.at_time is None:
        timing.put_on(reminder, reminder.on_day, None)
    if told:  # due already: whoever has it now hears of it at once, also somebody who had it (and was told) before
        timing.arm(reminder)
        reminder.stage, reminder.fires_at = Stage.DUE, database_now()
        reminder.occurrence += 1
    acts.save(reminder, "owner", "follows_manager", "stands_in_for", "occurrence", *timing.TIMING)
    if before != reminder.owner_id:
        acts.withdraw(reminder, now)
    write_promise(reminder, now)
    acts.note(reminder, act, by=by, at=now, owner=reminder.owner_id, **had)
    tell_guests(reminder, now)


@acting
def hand_over_reminders(
    *, user: User, owner_id: int, to_id: int, first: date, last: date, for_good: bool = False, now: datetime | None = None
) -> int:
    """Give all open reminders of `owner_id` that are due from `first` to `last` to a colleague; return how many.

    For a holiday they stay the owner's, and `hand_back_reminders` gives back what is still open. A manager may give away
    the own; management anybody's. Raises `Refused`, `PermissionDenied`.
    """
    now = now or timezone.now()
    if owner_id != user.pk and not user.has_perm("reminders.change_any_reminder"):
        raise PermissionDenied
    errors: list[FieldError] = []
    colleague = User.objects.able_to_hold_clients().filter(pk=to_id).exclude(pk=owner_id).first()
    owner = User.objects.filter(pk=owner_id).first()
    if owner is None:
        errors.append(FieldError("owner", "choice", _("Choose somebody who works here.")))
    if colleague is None:
        errors.append(FieldError("to", "choice", _("Choose a colleague who works here.")))
    if last < first:
        errors.append(FieldError("last", "order", _("The last day comes after the first.")))
    refuse(errors)
    assert colleague is not None  # refused otherwise
    assert owner is not None  # likewise
    moved = 0
    for reminder in _locked(handed_over_between(owner, first, last)):
        give(reminder, Assignee(colleague), by=user, now=now, stands_in_for=_whose(reminder, None if for_good else owner, colleague))
        moved += 1
    if moved:
        note("reminders_handed_over", by=user, about=owner, to=colleague.pk, number=moved, for_good=for_good)
    return moved


def _whose(reminder: Reminder, lender: User | None, colleague: User) -> User | None:
    """Return whose a reminder stays while `colleague` does it: what is lent on stays the first owner's, who gets it back."""
    whose = reminder.stands_in_for or lender
    return None if whose == colleague else whose


def handed_over_between(owner: User, first: date, last: date) -> ReminderQuerySet:
    """Return what a holiday of `owner` from `first` to `last` (both included) concerns: the open reminders of these days."""
    # a day of whatever zone lies within these moments: the range of the index reminder_of_owner, which knows no days
    around = (datetime.combine(first, time(), UTC) - timedelta(days=1), datetime.combine(last, time(), UTC) + timedelta(days=3))
    return Reminder.objects.open().owned_by(owner).filter(on_day__range=(first, last), due_at__range=around)


@acting
def hand_back_reminders(
    *, user: User, owner_id: int, from_id: int | None = None, given_at: datetime | None = None, now: datetime | None = None
) -> int:
    """Give back to `owner_id` what others do for that person and is still open; return how many.

    `from_id` says which colleague gives back, `given_at` which hand-over is undone (the moment of its acts). What
    belonged to whoever is in charge of the client goes to whoever is now. Raises `PermissionDenied`.
    """
    now = now or timezone.now()
    if owner_id != user.pk and not user.has_perm("reminders.change_any_reminder"):
        raise PermissionDenied
    owner = User.objects.get(pk=owner_id)
    wanted = done_for(owner)
    if from_id is not None:
        wanted = wanted.filter(owner=from_id)
    if given_at is not None:
        wanted = wanted.filter(Exists(ReminderAct.objects.filter(reminder=OuterRef("pk"), act=Act.HANDED_OVER, at=given_at)))
    back = 0
    reminders = list(_locked(wanted))
    followed = _followed_before(reminders)
    for reminder in reminders:
        who = Assignee(reminder.client.manager, follows_manager=True) if reminder.pk in followed else Assignee(owner)
        give(reminder, who, by=user, now=now, act=Act.HANDED_BACK)
        back += 1
    if back:
        note("reminders_handed_back", by=user, about=owner, number=back)
    return back


def done_for(owner: User) -> ReminderQuerySet:
    """Return what others do for `owner` now. Index: reminder_stands_in."""
    return Reminder.objects.open().filter(stands_in_for=owner)


def _followed_before(reminders: Iterable[Reminder]) -> set[int]:
    """Return which of them belonged to whoever is in charge of the client before they were handed over, and perhaps on."""
    given = ReminderAct.objects.filter(reminder__in=[one.pk for one in reminders], act=Act.HANDED_OVER).order_by("at", "id")
    lent = [act for act in given if act.facts.get("before_stood_in_for") is None]
    latest = {act.reminder_id: act.facts.get("before_followed", False) for act in lent}
    return {pk for pk, followed in latest.items() if followed}


def _locked(wanted: ReminderQuerySet) -> Iterable[Reminder]:
    """Lock clients, then reminders, in the order of their numbers; what meanwhile is wanted no more (closed, another's) is left out."""
    found = list(wanted.values_list("pk", "client_id"))
    clients = {
        one.pk: one
        for one in Client.objects.filter(pk__in={client for _pk, client in found})
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    }
    locked = wanted.filter(pk__in=[pk for pk, _client in found]).select_related("owner", "kind").order_by("pk")
    for reminder in locked.select_for_update(of=("self",)):
        if reminder.client_id in clients:
            reminder.client = clients[reminder.client_id]
            yield reminder
