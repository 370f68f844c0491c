"""Touches: what was said, and what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError
from clients.models import Client, Contact, Touch, TouchKind, TouchOutcome
from clients.services.preparing import refuse
from clients.services.registration import evaluate_again, lock_client
from clients.services.rules import Rules


@transaction.atomic
def log_touch(
    *,
    user: User,
    client_id: int,
    kind: str = TouchKind.CALL,
    outcome: str = TouchOutcome.REACHED,
    note: str = "",
    contact_id: int | None = None,
    minutes: int | None = None,
    facts_confirmed: bool = False,
    next_step: str = "",
    next_step_at: datetime | None = None,
    no_next_step_because: str = "",
    at: datetime | None = None,
    now: datetime | None = None,
) -> Touch:
    """Log one contact with a client, confirm its facts and set or close its next step, in one step.

    A touch does not raise the client's version: nobody's open form grows stale by a call.
    Raises `Refused`, `PermissionDenied`, `Client.DoesNotExist`.
    """
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id)
    fields: dict[str, Any] = {
        "kind": _choice(kind, TouchKind),
        "outcome": _choice(outcome, TouchOutcome),
        "note": _text(note, 20_000, lines=True),
        "minutes": _minutes(minutes),
        "next_step": _text(next_step, 300),
        "no_next_step_because": _text(no_next_step_because, 300),
    }
    refuse(
        [
            *(FieldError(name, bad.code, bad.message) for name, bad in fields.items() if isinstance(bad, validation.BadValue)),
            *_when_errors(at=at, next_step_at=next_step_at, because=no_next_step_because, next_step=next_step, now=now),
            *_contact_errors(client, contact_id),
        ]
    )
    touch = Touch.objects.create(
        client=client, user=user, contact_id=contact_id, facts_confirmed=facts_confirmed, next_step_at=next_step_at, at=at or now, **fields
    )
    changed: dict[str, Any] = {"last_touch_at": max(touch.at, client.last_touch_at or touch.at)}
    if facts_confirmed:
        changed |= {"facts_confirmed_at": max(touch.at, client.facts_confirmed_at or touch.at), "facts_confirmed_by": user}
    if next_step_at is not None or fields["no_next_step_because"]:
        changed |= {"next_step": fields["next_step"], "next_step_at": next_step_at}
    _save(client, changed)
    evaluate_again(client, Rules.load(now))
    return touch


@transaction.atomic
def plan_next_step(*, user: User, client_id: int, next_step: str, next_step_at: datetime | None, now: datetime | None = None) -> Client:
    """Set, move or (with no time) clear the next call or meeting of a client."""
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id)
    refuse(_when_errors(at=None, next_step_at=next_step_at, because="", next_step=next_step, now=now))
    _save(client, {"next_step": validation.text(next_step, limit=300), "next_step_at": next_step_at})
    evaluate_again(client, Rules.load(now))
    return client


def _save(client: Client, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(client, name, value)
    client.save(update_fields=[*changed, "updated_at"])


def _choice(value: object, choices: Any) -> str | validation.BadValue:
    try:
        return validation.choice(value, dict(choices.choices))
    except validation.BadValue as bad:
        return bad


def _text(value: object, limit: int, *, lines: bool = False) -> str | validation.BadValue:
    try:
        return validation.text(value, limit=limit, lines=lines)
    except validation.BadValue as bad:
        return bad


def _minutes(value: object) -> int | validation.BadValue | None:
    try:
        return validation.whole_number(value, most=1440)
    except validation.BadValue as bad:
        return bad


def _when_errors(*, at: datetime | None, next_step_at: datetime | None, because: str, next_step: str, now: datetime) -> list[FieldError]:
    errors = []
    if at is not None and (at > now or at.year < 1990):
        errors.append(FieldError("at", "future", _("A touch has happened already; choose a time in the past, or plan a next step.")))
    if next_step_at is not None and (next_step_at < now or next_step_at.year > now.year + 20):
        errors.append(FieldError("next_step_at", "past", _("Choose a time that is still to come.")))
    if next_step_at is not None and because:
        errors.append(FieldError("no_next_step_because", "both", _("Either plan a next step or say why there is none.")))
    if next_step.strip() and next_step_at is None:
        errors.append(FieldError("next_step_at", "required", _("Say when the next step is due.")))
    return errors


def _contact_errors(client: Client, contact_id: int | None) -> list[FieldError]:
    if contact_id is None or Contact.objects.filter(pk=contact_id, client=client).exists():
        return []
    return [FieldError("contact", "choice", _("Choose a contact of this client."))]
