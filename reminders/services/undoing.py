"""Taking back the last thing that one did with a reminder."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError, StaleVersion
from clients.services.acting import acting
from clients.services.preparing import refuse
from reminders.models import Act, Reminder, ReminderAct, State
from reminders.services import acts, timing
from reminders.services.closing import close, reopen_reminder
from reminders.services.inviting import tell_guests
from reminders.services.locking import lock_reminder
from reminders.services.moving import give
from reminders.services.planning import Assignee, write_promise


@acting
def undo_act(
    *, user: User, reminder_id: int, act_id: int | None = None, version: int | None = None, now: datetime | None = None
) -> Reminder:
    """Take back the last thing that was done with a reminder, if `user` did it: planned, put off, moved, handed over, cancelled, done.

    `act_id` or `version` says which one is meant; another that came since is not taken back. Put back on a time that is
    over it stands there as late, and nobody is told of it a second time. Whoever gave a reminder away may take it back,
    though it is another's now. A touch that was logged with it stays.
    Raises `StaleVersion` when more has happened since (or it is nothing that can be taken back), `Refused`, `PermissionDenied`,
    `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, closed_too=True, undoes=act_id)
    last = acts.last_act(reminder)
    if last is None or act_id not in {None, last.pk} or version not in {None, reminder.version}:
        raise StaleVersion(reminder)
    if last.by_id != user.pk or last.facts.get("version") != reminder.version:
        raise StaleVersion(reminder)
    if reminder.client.archived_at is not None:
        refuse([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    match last.act:
        case Act.PLANNED:
            close(reminder, State.CANCELLED, user, now)
            tell_guests(reminder, now)
            acts.note(reminder, Act.CANCELLED, by=user, at=now, undoes=last.pk)
        case Act.DONE | Act.CANCELLED:
            return reopen_reminder(user=user, reminder_id=reminder_id, now=now)
        case Act.SNOOZED | Act.CHANGED if _only_moved(last):
            _put_back(reminder, last, by=user, now=now)
        case Act.HANDED_OVER:
            _give_back(reminder, last, by=user, now=now)
        case _:
            raise StaleVersion(reminder)
    return reminder


def _only_moved(act: ReminderAct) -> bool:
    return "wall" in act.facts and set(act.facts.get("fields", ())) <= {"on_day", "at_time"}


def _put_back(reminder: Reminder, snoozed: ReminderAct, *, by: User, now: datetime) -> None:
    day, at, zone = snoozed.facts["wall"]
    before = reminder.due_at
    timing.put_on(reminder, date.fromisoformat(day), time.fromisoformat(at) if at else None, zone=zone)
    if reminder.due_at <= now:
        timing.arm_told(reminder, now)
    reminder.occurrence += 1
    acts.save(reminder, *timing.TIMING, "occurrence")
    acts.withdraw(reminder, now)
    write_promise(reminder, now)
    acts.note(reminder, Act.CHANGED, by=by, at=now, undoes=snoozed.pk, before=before.isoformat(), due=reminder.due_at.isoformat())
    tell_guests(reminder, now)


def _give_back(reminder: Reminder, given: ReminderAct, *, by: User, now: datetime) -> None:
    had = given.facts
    people = {one.pk: one for one in User.objects.active().filter(pk__in=filter(None, (had["before"], had["before_stood_in_for"])))}
    if had["before_followed"]:
        who = Assignee(reminder.client.manager, follows_manager=True)
    elif had["before"] in people or had["before"] is None:
        who = Assignee(people.get(had["before"]))
    else:
        refuse([FieldError("assignee", "choice", _("Choose somebody who works here."))])
        return
    give(reminder, who, by=by, now=now, stands_in_for=people.get(had["before_stood_in_for"]), act=Act.HANDED_BACK)
