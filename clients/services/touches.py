"""Touches: what was said, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients import touching, validation
from clients.errors import FieldError
from clients.models import Client, Contact, Touch, TouchKind, TouchOutcome
from clients.services.acting import acting
from clients.services.confirming import confirm_all
from clients.services.preparing import read_text, refuse
from clients.services.registration import evaluate_again, lock_client
from clients.services.rules import Rules


@acting
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
    shown_at: datetime | None = None,
    now: datetime | None = None,
) -> Touch:
    """Log one contact with a client, confirm its facts and set or close its next step, in one step.

    Confirmed is what stood on the card that was drawn at `shown_at` (as of the touch, without it).
    A touch does not raise the client's version: nobody's open form grows stale by a call.
    Raises `Refused`, `PermissionDenied`, `Client.DoesNotExist`.
    """
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id, for_touch=True)
    when = _when_errors(at=at, next_step_at=next_step_at, because=no_next_step_because, next_step=next_step, now=now)
    fields = _read(
        [*when, *_contact_errors(client, contact_id)],
        kind=kind,
        outcome=outcome,
        note=note,
        minutes=minutes,
        next_step=next_step,
        no_next_step_because=no_next_step_because,
    )
    touch = Touch.objects.create(
        client=client, user=user, contact_id=contact_id, facts_confirmed=facts_confirmed, next_step_at=next_step_at, at=at or now, **fields
    )
    changed: dict[str, Any] = {"last_touch_at": max(touch.at, client.last_touch_at or touch.at)}
    if facts_confirmed:
        confirm_all(client, user, at=touch.at, shown_at=shown_at, touch=touch)
    if next_step_at is not None or fields["no_next_step_because"]:
        changed |= {"next_step": fields["next_step"], "next_step_at": next_step_at}
    touching.tell_logged([touch])
    save_without_version(client, changed)
    evaluate_again(client, Rules.load(now))
    return touch


@acting
def plan_next_step(*, user: User, client_id: int, next_step: str, next_step_at: datetime | None, now: datetime | None = None) -> Client:
    """Set, move or (with no time) clear the next call or meeting of a client."""
    now = now or timezone.now()
    client = lock_client(user=user, client_id=client_id)
    step = read_text("next_step", next_step, 300)
    refuse(_when_errors(at=None, next_step_at=next_step_at, because="", next_step=step, now=now))
    save_without_version(client, {"next_step": step, "next_step_at": next_step_at})
    evaluate_again(client, Rules.load(now))
    return client


@acting
def correct_touch(*, user: User, touch_id: int, changes: Mapping[str, Any], now: datetime | None = None) -> Touch:
    """Put right a touch of one's own on the day (in the user's time zone) on which it was logged; history keeps what stood there.

    `changes` may hold kind, outcome, note and minutes: when it was and what came of it (the next step, the facts
    confirmed) is the client's story by now. Raises `Refused`, `PermissionDenied`, `Touch.DoesNotExist`.
    """
    now = now or timezone.now()
    seen = Touch.objects.filter(client__in=Client.objects.visible_to(user)).get(pk=touch_id)
    client = lock_client(user=user, client_id=seen.client_id, for_touch=True)
    touch = Touch.objects.get(pk=touch_id)
    touch.client = client
    if not may_correct(touch, user, now):
        raise PermissionDenied
    refuse(FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in changes if name not in CORRECTABLE)
    given = {name: changes.get(name, getattr(touch, name)) for name in CORRECTABLE}
    values = _read(kind=given["kind"], outcome=given["outcome"], note=given["note"], minutes=given["minutes"])
    changed = {name: value for name, value in values.items() if getattr(touch, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(touch, name, value)
        touch.save(update_fields=list(changed))
    return touch


CORRECTABLE = ("kind", "outcome", "note", "minutes")


def may_correct(touch: Touch, user: User, now: datetime) -> bool:
    """Return whether `touch` is `user`'s own and was logged today, by the user's clock."""
    zone = zone_named(user.time_zone)
    return touch.user_id == user.pk and touch.created_at.astimezone(zone).date() == now.astimezone(zone).date()


@acting
def write_touches(*, user: User, touches: Sequence[Touch]) -> list[Touch]:
    """The bulk form of `log_touch`, for imports and the like: writes touches of `user` and brings their clients up to date.

    Values come as `read_touch` gives them; who may write them is the caller's to ask.
    """
    written = Touch.objects.bulk_create(touches, batch_size=1000)
    touching.tell_logged(written)
    with connection.cursor() as cursor:
        cursor.execute(_BRING_UP_TO_DATE, [list({touch.client_id for touch in written})])
    return written


_BRING_UP_TO_DATE = """
-- What `log_touch` writes on the client, for many at once: the last touch, the last confirmation of facts, and what the
-- latest touch that planned a next step (or said why there is none) left. Index: touch_timeline.
UPDATE clients_client AS c
SET last_touch_at = t.last_touch_at,
    facts_confirmed_at = GREATEST(c.facts_confirmed_at, t.confirmed_at),
    facts_confirmed_by_id = CASE WHEN t.confirmed_at >= COALESCE(c.facts_confirmed_at, t.confirmed_at) THEN t.confirmed_by
                                 ELSE c.facts_confirmed_by_id END,
    fact_dates = CASE WHEN c.fact_dates = '{}' OR t.confirmed_at IS NULL THEN c.fact_dates ELSE (
      SELECT COALESCE(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(c.fact_dates) AS e
      WHERE (e.value ->> 0)::timestamptz > GREATEST(t.confirmed_at, c.facts_confirmed_at)) END,
    next_step = CASE WHEN t.planned THEN t.next_step ELSE c.next_step END,
    next_step_at = CASE WHEN t.planned THEN t.next_step_at ELSE c.next_step_at END,
    updated_at = clock_timestamp()
FROM (
  SELECT client_id, max(at) AS last_touch_at, max(at) FILTER (WHERE facts_confirmed) AS confirmed_at,
    (array_agg(user_id ORDER BY at DESC, id DESC) FILTER (WHERE facts_confirmed))[1] AS confirmed_by,
    bool_or(plans) AS planned,
    (array_agg(next_step ORDER BY at DESC, id DESC) FILTER (WHERE plans))[1] AS next_step,
    (array_agg(next_step_at ORDER BY at DESC, id DESC) FILTER (WHERE plans))[1] AS next_step_at
  FROM (SELECT *, next_step_at IS NOT NULL OR no_next_step_because <> '' AS plans FROM clients_touch WHERE client_id = ANY(%s)) AS touches
  GROUP BY client_id
) AS t
WHERE c.id = t.client_id
"""


def save_without_version(client: Client, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        setattr(client, name, value)
    client.save(update_fields=[*changed, "updated_at"])


_READ: dict[str, Callable[[object], Any]] = {
    "kind": lambda value: validation.choice(value, dict(TouchKind.choices)),
    "outcome": lambda value: validation.choice(value, dict(TouchOutcome.choices)),
    "note": lambda value: validation.text(value, limit=20_000, lines=True),
    "minutes": lambda value: validation.whole_number(value, most=1440),
    "next_step": lambda value: validation.text(value, limit=300),
    "no_next_step_because": lambda value: validation.text(value, limit=300),
}


def read_touch(**given: object) -> dict[str, Any]:
    """Return what was given of a touch as it is kept; raises `Refused`."""
    return _read(**given)


def _read(errors: Iterable[FieldError] = (), /, **given: object) -> dict[str, Any]:
    """Return the values as they are kept; raises `Refused` with all that is wrong, `errors` included."""
    values: dict[str, Any] = {}
    found = list(errors)
    for name, value in given.items():
        try:
            values[name] = _READ[name](value)
        except validation.BadValue as bad:
            found.append(FieldError(name, bad.code, bad.message))
    refuse(found)
    return values


def _when_errors(
    *, at: datetime | None, next_step_at: datetime | None, because: object, next_step: object, now: datetime
) -> list[FieldError]:
    errors = []
    if at is not None and (at > now or at.year < 1990):
        errors.append(FieldError("at", "future", _("A touch has happened already; choose a time in the past, or plan a next step.")))
    if next_step_at is not None and (next_step_at < now or next_step_at.year > now.year + 20):
        errors.append(FieldError("next_step_at", "past", _("Choose a time that is still to come.")))
    if next_step_at is not None and because:
        errors.append(FieldError("no_next_step_because", "both", _("Either plan a next step or say why there is none.")))
    if str(next_step or "").strip() and next_step_at is None:
        errors.append(FieldError("next_step_at", "required", _("Say when the next step is due.")))
    return errors


def _contact_errors(client: Client, contact_id: int | None) -> list[FieldError]:
    if contact_id is None or Contact.objects.filter(pk=contact_id, client=client).exists():
        return []
    return [FieldError("contact", "choice", _("Choose a contact of this client."))]
