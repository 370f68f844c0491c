"""Complaints: logged by whoever is in charge of the client, resolved, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User, zone_named
from clients import validation
from clients.errors import FieldError, StaleVersion
from clients.models import Client
from clients.services.acting import acting
from clients.services.preparing import refuse
from sales.models import Complaint, Fault, Severity
from sales.periods import company_today
from sales.querysets import may_see_profit_of
from sales.services.closed import closed_errors, keeping, refuse_closed
from sales.services.following import follow
from sales.services.preparing import (
    DAY,
    MONEY,
    Clean,
    Values,
    changed_values,
    day_errors,
    find_client,
    find_document,
    lines,
    may_write_for,
    read,
    reference,
    required,
)
from sales.services.restoring import event_of_removal

_SEVERITIES: dict[str, str | Promise] = {one.name.lower(): one.label for one in Severity}


def severity(value: object) -> int | None:
    """Return the severity given by its number, its name or its label; empty is None."""
    if value is None or value == "":
        return None
    if isinstance(value, int | str) and not isinstance(value, bool) and str(value) in {str(number) for number in Severity.values}:
        return int(value)
    return int(Severity[validation.choice(value, _SEVERITIES).upper()])


def _fault(value: object) -> str | None:
    return None if value is None or value == "" else validation.choice(value, dict(Fault.choices))


CLEAN: dict[str, Clean] = {
    "client": reference,
    "day": DAY,
    "severity": severity,
    "fault": _fault,
    "what": lines(20_000),
    "cost": MONEY,
    "document": reference,
    "resolved_on": DAY,
    "resolution": lines(20_000),
}
_REFERENCES = ("client", "document")
_FIGURES = frozenset({"day", "cost", "severity", "fault"})
_DEFAULTED = ("severity", "fault", "cost")


@acting
def log_complaint(*, user: User, data: Mapping[str, Any], now: datetime | None = None) -> Complaint:
    """Log that a client complained; today, where no day is given. Raises `Refused`, `Merged`, `PermissionDenied`."""
    if not (user.is_active and user.has_perm("sales.add_complaint")):
        raise PermissionDenied
    today = company_today(now)
    kept, errors = _read({"day": today} | dict(data))
    client, wrong = find_client(user, kept.get("client_id"))
    if client is not None:
        may_write_for(user, client)
    kept = {name: value for name, value in kept.items() if not (value is None and name in _DEFAULTED)}
    errors += wrong
    errors += required({"client": kept.get("client_id"), "day": kept.get("day")}, errors, "client", "day")
    complaint = Complaint(created_by=user, **kept)
    errors += _checked(user, complaint, kept, today)
    refuse([*errors, *closed_errors(kept.get("day"))])
    with keeping():
        complaint.save()
    follow([complaint.client_id])
    return complaint


@acting
def change_complaint(*, user: User, complaint_id: int, version: int, changes: Mapping[str, Any], now: datetime | None = None) -> Complaint:
    """Change a complaint that was read at `version`; what is not named stays. `resolved_on` empty opens it again.

    Raises `Refused`, `StaleVersion`, `Merged`, `PermissionDenied`, `Complaint.DoesNotExist`.
    """
    complaint = lock_complaint(user=user, complaint_id=complaint_id, version=version)
    kept, errors = _read(changes)
    client, wrong = find_client(user, kept.get("client_id", complaint.client_id))
    if client is not None:
        may_write_for(user, client)
    errors += wrong
    for name in ("client_id", "day", "severity", "fault"):
        if name in kept and kept[name] is None:
            errors.append(FieldError(name.removesuffix("_id"), "required", _("Give a value for this field.")))
            del kept[name]
    before, old_client = complaint.day, complaint.client_id
    if "cost" in kept and not all(may_see_profit_of(user, one) for one in {old_client, kept.get("client_id", old_client)}):
        # asked before it is compared: a guess would be told by whether it changes anything
        errors += [_forbidden_cost()] if kept.pop("cost") is not None else []
    if "cost" in kept and kept["cost"] is None:
        kept["cost"] = 0
    changed = changed_values(complaint, kept)
    for name, value in changed.items():
        setattr(complaint, name, value)
    errors += _checked(user, complaint, changed, company_today(now))
    if _FIGURES & changed.keys():
        errors += closed_errors(before, complaint.day)
    refuse(errors)
    if changed:
        complaint.version = version + 1
        with keeping():
            complaint.save(update_fields=[*changed, "version", "updated_at"])
        follow([old_client, complaint.client_id])
    return complaint


@acting
def resolve_complaint(
    *, user: User, complaint_id: int, version: int, resolution: object = None, resolved_on: object = None, now: datetime | None = None
) -> Complaint:
    """Note that a complaint is resolved, how (None: as it stands written), and on which day (today where none is given).

    Raises as `change_complaint` does.
    """
    changes: dict[str, Any] = {"resolved_on": resolved_on or company_today(now)}
    if resolution is not None:
        changes["resolution"] = resolution
    return change_complaint(user=user, complaint_id=complaint_id, version=version, changes=changes, now=now)


@acting
def remove_complaint(*, user: User, complaint_id: int, version: int | None = None, now: datetime | None = None) -> int:
    """Remove a complaint; returns the id of the event by which `restore_complaint` puts it back.

    By right, or one's own on the day on which it was logged. Raises `Refused` for a closed period, `StaleVersion`,
    `PermissionDenied`, `Complaint.DoesNotExist`.
    """
    complaint = lock_complaint(user=user, complaint_id=complaint_id, version=version)
    if not may_remove_complaint(complaint, user, now or timezone.now()):
        raise PermissionDenied
    refuse_closed(complaint.day)
    client_id = complaint.client_id
    with keeping():
        complaint.delete()
    follow([client_id])
    return event_of_removal("ComplaintEvent", complaint_id)


def may_remove_complaint(complaint: Complaint, user: User, now: datetime) -> bool:
    """Whether `user` may remove a complaint: by right, or one of one's own on the day on which it was logged."""
    if user.has_perm("sales.delete_complaint"):
        return True
    zone = zone_named(user.time_zone)
    return complaint.created_by_id == user.pk and complaint.created_at.astimezone(zone).date() == now.astimezone(zone).date()


def lock_complaint(*, user: User, complaint_id: int, version: int | None = None) -> Complaint:
    """Return the complaint locked for a change by `user`, its client's row first. Raises as `lock_document` does."""
    seen = Complaint.objects.visible_to(user).only("client_id").get(pk=complaint_id)
    list(Client.objects.filter(pk=seen.client_id).select_for_update(no_key=True).values_list("pk"))
    complaint = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint_id)
    if not Complaint.objects.editable_by(user).filter(pk=complaint_id).exists():
        raise PermissionDenied
    if version is not None and complaint.version != version:
        raise StaleVersion(complaint)
    return complaint


def _read(data: Mapping[str, Any]) -> tuple[Values, list[FieldError]]:
    kept, errors = read(data, CLEAN)
    return {f"{name}_id" if name in _REFERENCES else name: value for name, value in kept.items()}, errors


def _forbidden_cost() -> FieldError:
    return FieldError("cost", "forbidden", _("Only whoever may see costs can enter them."))


def _checked(user: User, complaint: Complaint, kept: Values, today: Any) -> list[FieldError]:
    """Return what is wrong with a complaint of which `kept` is new."""
    errors = [*day_errors(kept.get("day"), today), *day_errors(kept.get("resolved_on"), today, field="resolved_on")]
    if complaint.resolved_on and complaint.day and complaint.resolved_on < complaint.day and {"day", "resolved_on"} & kept.keys():
        errors.append(FieldError("resolved_on", "order", _("It was resolved before it was made; mend one of the dates.")))
    if kept.get("cost") is not None:
        if not may_see_profit_of(user, complaint.client_id):
            errors.append(_forbidden_cost())
        elif kept["cost"] < 0:
            errors.append(FieldError("cost", "money", _("What a complaint costs is zero or more.")))
    if complaint.document_id and complaint.client_id and {"document_id", "client_id"} & kept.keys():
        errors += find_document(user, complaint.document_id, complaint.client_id)
    return errors
