"""Leave not to meet a criterion for a while: with a reason, with an end, by those who may."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError
from clients.models import Client, Waiver
from clients.services.acting import acting
from clients.services.preparing import read_text, refuse
from clients.services.registration import evaluate_again, lock_client
from clients.services.rules import Rules

LONGEST = timedelta(days=2 * 366)


@acting
def grant_waiver(*, user: User, client_id: int, fact: str, reason: str, until: date | str, now: datetime | None = None) -> Waiver:
    """Excuse a client from the criteria on `fact` through the day `until`; an earlier waiver on that fact ends.

    Raises `Refused`, `Client.DoesNotExist`, `PermissionDenied` unless `user` holds clients.grant_waiver.
    """
    if not user.has_perm("clients.grant_waiver"):
        raise PermissionDenied
    client = lock_client(user=user, client_id=client_id)
    rules = Rules.load(now)
    said = read_text("reason", reason, 300)
    errors = [] if said else [FieldError("reason", "required", _("Say why this client need not meet it."))]
    if not rules.criteria.asking(fact):
        errors.append(FieldError("fact", "choice", _("No criterion in force asks for this.")))
    day: date | None = None
    try:
        day = validation.day(until)
        if day is None or not rules.today <= day <= rules.today + LONGEST:
            errors.append(FieldError("until", "range", _("Choose the last day, from today to two years ahead.")))
    except validation.BadValue as bad:
        errors.append(FieldError("until", bad.code, bad.message))
    refuse(errors)
    assert day is not None  # else it was refused
    client.waivers.filter(fact=fact, ended_at=None).update(ended_at=rules.now, ended_by=user)
    waiver = Waiver.objects.create(client=client, fact=fact, reason=said, until=day, granted_by=user)
    evaluate_again(client, rules)
    return waiver


@acting
def end_waiver(*, user: User, waiver_id: int, now: datetime | None = None) -> Waiver:
    """Let the criteria ask again before the waiver's day has come. Raises as `grant_waiver` does, and `Waiver.DoesNotExist`."""
    if not user.has_perm("clients.grant_waiver"):
        raise PermissionDenied
    seen = Waiver.objects.filter(client__in=Client.objects.visible_to(user)).get(pk=waiver_id)
    client = lock_client(user=user, client_id=seen.client_id)
    waiver = Waiver.objects.get(pk=waiver_id)
    rules = Rules.load(now)
    if waiver.ended_at is None:
        waiver.ended_at, waiver.ended_by = rules.now, user
        waiver.save(update_fields=["ended_at", "ended_by"])
        evaluate_again(client, rules)
    return waiver


@acting
def resume_waiver(*, user: User, waiver_id: int, now: datetime | None = None) -> Waiver:
    """Undo the early end of a waiver. Raises `Refused` if another stands in its place or its day has passed."""
    if not user.has_perm("clients.grant_waiver"):
        raise PermissionDenied
    seen = Waiver.objects.filter(client__in=Client.objects.visible_to(user)).get(pk=waiver_id)
    client = lock_client(user=user, client_id=seen.client_id)
    waiver = Waiver.objects.get(pk=waiver_id)
    rules = Rules.load(now)
    other = client.waivers.filter(fact=waiver.fact, ended_at=None).exclude(pk=waiver.pk)
    if waiver.until < rules.today or other.exists():
        refuse([FieldError("until", "past", _("This waiver has had its time; grant a new one."))])
    waiver.ended_at, waiver.ended_by = None, None
    waiver.save(update_fields=["ended_at", "ended_by"])
    evaluate_again(client, rules)
    return waiver
