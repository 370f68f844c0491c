"""What comes of a call, in one step: the facts that were learned, the touch, and the reminder that it closes or moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients.criteria import Record, criteria_in_force, evaluate
from clients.errors import FieldError, Refused
from clients.history import last_change_id
from clients.models import Client, Touch
from clients.services import add_contact, change_client, change_contact, log_touch
from clients.services.acting import acting
from clients.services.registration import lock_client
from clients.services.undoing import undo_touch
from reminders.asking import EITHER, Asked, Place, asked_for
from reminders.models import Act, Reminder
from reminders.models.kinds import CALL_BACK
from reminders.services import acts
from reminders.services.closing import complete_reminder
from reminders.services.locking import lock_reminder
from reminders.services.moving import snooze_reminder
from reminders.services.planning import MANAGER, plan_reminder
from reminders.services.undoing import undo_act
from reminders.wall_time import on_the_wall


@dataclass(frozen=True)
class Closed:
    """A call that is over: its touch, the change of the client's next step that it made (0: none), and what is planned."""

    touch: Touch
    event_id: int
    next_at: datetime | None
    tries_again: bool


@acting
def close_call(
    *,
    user: User,
    client_id: int,
    touch: dict[str, Any],
    reminder_id: int | None = None,
    version: int | None = None,
    answers: Mapping[str, Any] | None = None,
    again_at: datetime | None = None,
    now: datetime | None = None,
) -> Closed:
    """Note what came of a call: `answers` (fact → what was typed) go to the card, `touch` (as `log_touch` takes it) is logged,
    and the reminder, if the call was for one, is done; or, with `again_at`, moved to then with all that it says.

    All or nothing. Raises as `complete_reminder` and `log_touch` do; `Refused` names an answer by "ask_<fact>".
    """
    now = now or timezone.now()
    if answers:
        write_answers(user=user, client_id=client_id, answers=answers, now=now)
    before = last_change_id(Client(pk=client_id))
    if again_at is not None and reminder_id is not None:
        reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
        logged = _try_again(user, reminder, touch, again_at, now)
    elif reminder_id is not None:
        done = complete_reminder(user=user, reminder_id=reminder_id, version=version, touch=touch, now=now)
        assert done.touch is not None  # it was given one
        logged = done.touch
    else:
        planned = touch if again_at is None else touch | {"next_step_at": again_at, "no_next_step_because": ""}
        logged = log_touch(user=user, client_id=client_id, **planned, now=now)
    after = last_change_id(Client(pk=client_id))
    made = after if after != before and (logged.next_step_at or logged.no_next_step_because) else 0
    return Closed(logged, made, again_at or logged.next_step_at, again_at is not None)


def _try_again(user: User, reminder: Reminder, touch: dict[str, Any], at: datetime, now: datetime) -> Touch:
    """Log the call and move its (locked) reminder: what it is for, its note and its contact stay."""
    plain = {name: value for name, value in touch.items() if name not in {"next_step", "next_step_at", "no_next_step_because"}}
    logged = log_touch(user=user, client_id=reminder.client_id, **({"contact_id": reminder.contact_id} | plain), now=now)
    reminder.refresh_from_db()
    day, time = on_the_wall(at, zone_named(reminder.time_zone))
    if reminder.is_open:
        snooze_reminder(user=user, reminder_id=reminder.pk, on_day=day, at_time=time, reason=str(_("no answer")), now=now)
    else:  # a touch answers what a rule made of silence; the promise to try again is a new one
        plan_reminder(
            user=user,
            client_id=reminder.client_id,
            kind=CALL_BACK if reminder.kind.retired else reminder.kind.key,
            on_day=day,
            at_time=time,
            time_zone=reminder.time_zone,
            assignee=MANAGER if reminder.follows_manager else reminder.owner_id,
            contact_id=reminder.contact_id,
            subject=reminder.subject,
            note=reminder.note,
            now=now,
        )
    return logged


@acting
def write_answers(*, user: User, client_id: int, answers: Mapping[str, Any], now: datetime | None = None) -> None:
    """Write what was learned in a call to the card. What somebody else has filled in meanwhile is not written over.

    Raises `Refused` with one error per answer ("ask_<fact>"), `PermissionDenied`, `Client.DoesNotExist`.
    """
    client = lock_client(user=user, client_id=client_id)
    contacts = list(client.contacts.all())
    criteria = criteria_in_force()
    lacks = {
        one.fact: one
        for one in asked_for(evaluate(Record.of(client, contacts), criteria, as_of=criteria.as_of), contacts, client.kind, most=99)
    }
    errors: list[FieldError] = []
    for fact, answer in answers.items():
        asked = lacks.get(fact)
        if asked is None:
            errors.append(FieldError(f"ask_{fact}"[:60], "known", _("This was filled in meanwhile; look at the card.")))
            continue
        try:
            _write(user, client_id, asked, answer, now)
        except Refused as refusal:
            errors += _renamed(asked, refusal.errors)
    if errors:
        raise Refused(errors)


def _write(user: User, client_id: int, asked: Asked, answer: Any, now: datetime | None) -> None:
    client = Client.objects.get(pk=client_id)
    if asked.place is Place.PERSON:
        add_contact(user=user, client_id=client_id, data={"full_name": answer, asked.mark: True}, now=now)
    elif asked.place is Place.CONTACT:
        contact = client.contacts.get(pk=asked.contact_id or 0)
        changes: dict[str, Any] = {asked.field: [*getattr(contact, asked.field), answer]}
        change_contact(user=user, contact_id=contact.pk, version=contact.version, changes=changes, now=now)
    else:
        field = "emails" if asked.fact == EITHER and "@" in str(answer) else asked.field
        value = [*getattr(client, field), answer] if asked.place is Place.LIST else answer
        own = field.removeprefix("custom.")
        changes = {"custom": {own: value}} if field.startswith("custom.") else {field: value}
        change_client(user=user, client_id=client_id, version=client.version, changes=changes, now=now)


def _renamed(asked: Asked, errors: Iterable[FieldError]) -> list[FieldError]:
    return [FieldError(asked.name, error.code, error.message) for error in errors]


@acting
def take_back_call(
    *, user: User, client_id: int, touch_id: int, event_id: int, reminder_id: int | None = None, now: datetime | None = None
) -> None:
    """Undo `close_call` but for the facts that were learned: the touch goes, the reminder stands as it stood.

    Raises `StaleVersion` when more has happened since, `PermissionDenied`, `Touch.DoesNotExist`.
    """
    now = now or timezone.now()
    lock_client(user=user, client_id=client_id, for_touch=True)
    undo_touch(user=user, touch_id=touch_id, event_id=event_id, now=now)
    reminder = Reminder.objects.open().filter(pk=reminder_id, client=client_id).first() if reminder_id else None
    last = acts.last_act(reminder) if reminder is not None else None
    if reminder is not None and last is not None and last.act == Act.SNOOZED:
        undo_act(user=user, reminder_id=reminder.pk, act_id=last.pk, now=now)
