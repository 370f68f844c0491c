"""The reminders that a case makes: for its deadline, for the day on which it is measured, and of what came out."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from clients.models import Client
from reminders import services as reminders
from reminders.models import Act, Reminder, State
from reminders.models.kinds import OTHER
from reminders.services import acts, timing
from reminders.services.closing import close
from reminders.services.inviting import tell_guests
from reminders.services.moving import give
from reminders.services.planning import Assignee
from sales.periods import company_today
from scoring.models import CaseReminder, TurnaroundCase

What = CaseReminder.What


def follow_deadline(case: TurnaroundCase, *, user: User, now: datetime) -> None:
    """Let the owner's reminder of the deadline stand where the case says: moved, handed over, or ended once one acts."""
    day = case.deadline if case.is_open and case.acted_on is None else None
    _keep(case, What.DEADLINE, case.owner, day, user=user, now=now, done=case.acted_on is not None)


def follow_measuring(case: TurnaroundCase, *, user: User, now: datetime) -> None:
    """The same of the day on which the case is measured again."""
    day = case.measure_on if case.is_open and case.measured_at is None else None
    _keep(case, What.MEASURE, case.owner, day, user=user, now=now, done=case.measured_at is not None)


def end_all(case: TurnaroundCase, *, user: User, now: datetime) -> None:
    """End what reminders of the case still wait."""
    for one in _waiting(case, *What.values):
        _end(one, State.DONE, user=user, now=now)


def tell_result(case: TurnaroundCase, *, now: datetime) -> None:
    """Tell the owner and management today what measuring found: each by a reminder of their own, in their language.

    Management is whoever opened the case; where that was a manager, everybody in management.
    """
    for one in _waiting(case, What.MEASURE):  # its day has come: the word of the result takes its place
        _end(one, State.DONE, user=one.owner, now=now)
    if case.client.archived_at is not None:
        return
    people = {case.owner, case.opened_by}
    if not any(one is not None and one.is_active and one.has_perm("scoring.change_any_turnaroundcase") for one in people):
        people |= set(User.objects.able_to_hold_clients().filter(groups__name="Management"))
    for person in sorted((one for one in people if one is not None), key=lambda one: one.pk):
        if not Client.objects.touchable_by(person).filter(pk=case.client_id).exists():
            continue  # has left, or has nothing to do with the client any more
        with translation.override(person.language):
            subject = _("Turnaround case {number} was measured again: {result}").format(number=case.pk, result=case.get_result_display())
        _plan(case, What.RESULT, person, company_today(now), subject, user=person, now=now)


def _keep(case: TurnaroundCase, what: str, owner: User | None, day: date | None, *, user: User, now: datetime, done: bool) -> None:
    waiting = _waiting(case, what)
    if day is None or owner is None:
        for one in waiting:
            _end(one, State.DONE if done else State.CANCELLED, user=user, now=now)
        return
    if waiting:
        _move(waiting[0], day, owner, user=user, now=now)
    elif day >= company_today(now):
        with translation.override(owner.language):
            words = _("Turnaround case {number}: its deadline") if what == What.DEADLINE else _("Turnaround case {number}: measured again")
            subject = words.format(number=case.pk)
        _plan(case, what, owner, day, subject, user=user, now=now)


def _plan(case: TurnaroundCase, what: str, owner: User, day: date, subject: str, *, user: User, now: datetime) -> None:
    made = reminders.plan_reminder(user=user, client_id=case.client_id, kind=OTHER, on_day=day, assignee=owner.pk, subject=subject, now=now)
    CaseReminder.objects.create(case=case, reminder=made, what=what)


def _waiting(case: TurnaroundCase, *what: str) -> list[Reminder]:
    """Return the open reminders of a case, locked: also those that only their owner could change by hand. They follow the case,
    and whoever may work on that one moves and ends them."""
    made = CaseReminder.objects.filter(case=case, what__in=what).values("reminder")
    rows = Reminder.objects.open().filter(pk__in=made).select_related("client", "owner", "kind").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _end(reminder: Reminder, state: State, *, user: User | None, now: datetime) -> None:
    close(reminder, state, user, now)
    acts.note(reminder, Act.DONE if state == State.DONE else Act.CANCELLED, by=user, at=now)
    tell_guests(reminder, now)


def _move(reminder: Reminder, day: date, owner: User, *, user: User, now: datetime) -> None:
    give(reminder, Assignee(owner), by=user, now=now)
    if reminder.on_day == day:
        return
    wall = acts.wall_of(reminder)
    timing.put_on(reminder, day, reminder.at_time, zone=reminder.time_zone)
    reminder.occurrence += 1
    acts.save(reminder, *timing.TIMING, "occurrence")
    acts.withdraw(reminder, now)
    acts.note(reminder, Act.CHANGED, by=user, at=now, fields=["on_day"], due=reminder.due_at.isoformat(), wall=wall)
    tell_guests(reminder, now)
