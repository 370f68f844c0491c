"""Planning reminders, and changing what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, check_time_zone
from clients import validation
from clients.errors import FieldError
from clients.models import Client, Contact
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.services.registration import lock_client
from reminders.models import Act, Reminder, ReminderKind
from reminders.recurrence import read_repeat
from reminders.services import acts, timing
from reminders.services.inviting import tell_guests
from reminders.services.locking import lock_reminder

MANAGER = "manager"
"""As an assignee: whoever is in charge of the client at the time."""


@dataclass(frozen=True)
class Assignee:
    """Who acts: one person, or whoever is in charge of the client."""

    user: User | None
    follows_manager: bool = False


@acting
def plan_reminder(
    *,
    user: User,
    client_id: int,
    kind: str,
    on_day: date,
    at_time: time | None = None,
    time_zone: str = "",
    assignee: str | int | None = None,
    contact_id: int | None = None,
    subject: str = "",
    note: str = "",
    place: str = "",
    minutes: int | None = None,
    notice_minutes: int | None = None,
    repeats: str = "",
    invites: bool = False,
    of_touch: int | None = None,
    now: datetime | None = None,
) -> Reminder:
    """Promise to do something for a client at a time on the wall of `time_zone` (the assignee's, without it).

    `assignee` is the id of a user, "manager" (whoever is in charge of the client at the time), or None for `user`.
    Without `at_time` it is for that day: due when the assignee's working day begins. `of_touch` is the id of the touch in
    which it was promised.
    Raises `Refused` with one error per field, `PermissionDenied`, `Client.DoesNotExist`.
    """
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id, for_touch=True)
    values, errors = _read(
        client,
        {
            "kind": kind,
            "contact_id": contact_id,
            "subject": subject,
            "note": note,
            "place": place,
            "minutes": minutes,
            "notice_minutes": notice_minutes,
            "repeats": repeats,
            "invites": invites,
        },
    )
    who = read_assignee(assignee if assignee is not None else user.pk, client, errors)
    zone = _read_zone(time_zone, errors)
    refuse(errors)
    reminder = Reminder(client=client, owner=who.user, follows_manager=who.follows_manager, created_by=user, **values)
    timing.put_on(reminder, on_day, at_time, zone=zone)
    refuse(timing.when_errors(on_day, at_time, reminder.due_at, now))
    reminder.save()
    if reminder.repeats:
        reminder.series = reminder
        reminder.save(update_fields=["series"])
    promised_in = {"touch": of_touch} if of_touch else {}
    acts.note(reminder, Act.PLANNED, by=user, at=now, due=reminder.due_at.isoformat(), **promised_in)
    tell_guests(reminder, now)
    acts.tell_at_once(reminder)
    return reminder


@acting
def change_reminder(
    *, user: User, reminder_id: int, version: int | None = None, changes: Mapping[str, Any], now: datetime | None = None
) -> Reminder:
    """Change what a reminder says, for whom it is or when it is due, as it was read at `version`.

    `changes` may hold what `plan_reminder` takes. Of the next step that stands on a client, subject, time and note may change here.
    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `Reminder.DoesNotExist`.
    """
    now = now or timezone.now()
    reminder = lock_reminder(user=user, reminder_id=reminder_id, version=version)
    known = {*_READ, "kind", "contact_id", "on_day", "at_time", "time_zone", "assignee"}
    errors = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in changes if name not in known]
    values, wrong = _read(reminder.client, {name: value for name, value in changes.items() if name in {*_READ, "kind", "contact_id"}})
    errors += wrong
    who = read_assignee(changes["assignee"], reminder.client, errors) if "assignee" in changes else None
    zone = _read_zone(str(changes.get("time_zone") or ""), errors)
    refuse(errors)
    wall = acts.wall_of(reminder)
    changed = {name: value for name, value in values.items() if getattr(reminder, name) != value}
    for name, value in changed.items():
        setattr(reminder, name, value)
    names = set(changed)
    if who is not None and (who.user, who.follows_manager) != (reminder.owner, reminder.follows_manager):
        reminder.owner, reminder.follows_manager, reminder.stands_in_for = who.user, who.follows_manager, None
        names |= {"owner", "follows_manager", "stands_in_for"}
    day, at = changes.get("on_day", reminder.on_day), changes.get("at_time", reminder.at_time)
    moved = (day, at, zone or reminder.time_zone) != (reminder.on_day, reminder.at_time, reminder.time_zone)
    if moved or "notice_minutes" in names or "owner" in names:
        before = reminder.due_at
        timing.put_on(reminder, day, at, zone=zone or reminder.time_zone)
        if reminder.due_at != before:
            refuse(timing.when_errors(day, at, reminder.due_at, now))
        reminder.occurrence += 1
        names |= {*timing.TIMING, "occurrence"}
        acts.withdraw(reminder, now)
    if "repeats" in changes and reminder.repeats and {"repeats", "on_day"} & {*changed, *(["on_day"] if moved else [])}:
        reminder.series = reminder  # from here on it repeats by this day and this rule
        names.add("series")
    if not names:
        return reminder
    acts.save(reminder, *names)
    write_promise(reminder, now)
    acts.note(
        reminder,
        Act.CHANGED,
        by=user,
        at=now,
        fields=sorted(names & {*_READ, "kind", "owner", "on_day", "at_time"}),
        due=reminder.due_at.isoformat(),
        wall=wall,
    )
    tell_guests(reminder, now)
    return reminder


def write_promise(reminder: Reminder, now: datetime) -> None:
    """Let the client say the same as its promise, which was just saved: the trigger that follows finds nothing to change."""
    from clients.services.registration import evaluate_again
    from clients.services.rules import Rules
    from clients.services.touches import save_without_version

    client = reminder.client
    if not reminder.is_promise or (client.next_step, client.next_step_at) == (reminder.subject, reminder.due_at):
        return
    save_without_version(client, {"next_step": reminder.subject, "next_step_at": reminder.due_at})
    evaluate_again(client, Rules.load(now))


def read_assignee(given: object, client: Client, errors: list[FieldError]) -> Assignee:
    """Return who is meant; adds an error where it is nobody who could act."""
    if given == MANAGER:
        return Assignee(client.manager, follows_manager=True)
    pk = given if type(given) is int and 0 < given < 2**63 else 0
    found = User.objects.able_to_hold_clients().filter(pk=pk).first()
    if found is None:
        errors.append(FieldError("assignee", "choice", _("Choose somebody who works here.")))
    return Assignee(found)


def _read_zone(text: str, errors: list[FieldError]) -> str | None:
    try:
        if text:
            check_time_zone(text)
    except ValidationError as bad:
        errors.append(FieldError("time_zone", "time_zone", bad.messages[0]))
    return text or None


_READ: dict[str, Callable[[object], Any]] = {
    "subject": lambda value: validation.text(value, limit=300),
    "note": lambda value: validation.text(value, limit=20_000, lines=True),
    "place": lambda value: validation.text(value, limit=300),
    "minutes": lambda value: validation.whole_number(value, most=1440),
    "notice_minutes": lambda value: validation.whole_number(value, most=60 * 24 * 60),
    "repeats": lambda value: str(value or ""),
    "invites": bool,
}


def _read(client: Client, given: Mapping[str, object]) -> tuple[dict[str, Any], list[FieldError]]:
    """Return the values as they are kept, and all that is wrong with them."""
    from clients.errors import Refused

    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in given.items():
        try:
            if name == "kind":
                values["kind"] = _read_kind(value)
            elif name == "contact_id":
                values["contact"] = _read_contact(client, value)
            else:
                values[name] = _READ[name](value)
                if name == "repeats":
                    values[name] = read_repeat(values[name])
        except validation.BadValue as bad:
            errors.append(FieldError(name, bad.code, bad.message))
        except Refused as refusal:
            errors += refusal.errors
    return values, errors


def _read_kind(key: object) -> ReminderKind:
    found = ReminderKind.objects.filter(key=validation.plain(str(key))[:40], retired=False).first()
    if found is None:
        refuse([FieldError("kind", "choice", _("Choose a kind from the list."))])
    assert found is not None  # refused otherwise
    return found


def _read_contact(client: Client, pk: object) -> Contact | None:
    if pk is None:
        return None
    found = Contact.objects.filter(pk=pk if type(pk) is int and 0 < pk < 2**63 else 0, client=client).first()
    if found is None:
        refuse([FieldError("contact", "choice", _("Choose a contact of this client."))])
    return found
