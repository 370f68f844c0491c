"""Costs of clients: numbers of profit, entered by management."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError, StaleVersion
from clients.models import Client, Source
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.services.rules import ReferenceList, reference_list
from clients.validation import BadValue
from sales import values
from sales.models import Cost, CostCategory
from sales.models.costs import SHIPPED
from sales.periods import company_today
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
    line,
    may_write_for,
    read,
    reference,
    required,
    set_currency,
)
from sales.services.restoring import event_of_removal
from ui import formats


def category(value: object) -> int | None:
    """Return the id of a category given by id, by name in the language in force, or by the key of a shipped one."""
    rows = list(CostCategory.objects.all())
    if isinstance(value, str) and value in SHIPPED:
        return next((row.pk for row in rows if row.key == value), None)
    offered = frozenset(row.pk for row in rows if not row.retired)
    return ReferenceList({row.pk: str(row) for row in rows}, offered=offered).resolve(getattr(value, "pk", value))


CLEAN: dict[str, Clean] = {
    "client": reference,
    "category": category,
    "day": DAY,
    "currency": values.currency,
    "rate": values.rate,
    "amount": MONEY,
    "hours": values.hours,
    "hourly_rate": MONEY,
    "number": line(64),
    "document": reference,
    "source": lambda value: reference_list(Source).resolve(value),
    "note": line(300),
}
_REFERENCES = ("client", "category", "document", "source")
_FIGURES = frozenset({"day", "amount", "currency", "rate", "category_id", "source_id"})


@acting
def enter_cost(*, user: User, data: Mapping[str, Any], now: datetime | None = None) -> Cost:
    """Enter money spent on a client, on the campaign of a source, or on nobody in particular.

    `hours` × `hourly_rate` is the amount where none is given. Raises `Refused`, `Merged`, `PermissionDenied`.
    """
    if not (user.is_active and user.has_perm("sales.add_cost")):
        raise PermissionDenied
    kept, errors = _read(data)
    client, wrong = find_client(user, kept.get("client_id"))
    if not wrong:
        may_write_for(user, client)
    errors += [*wrong, *set_currency(kept, errors), *_by_the_hour(kept)]
    errors += required(_named(kept), errors, "category", "day", "amount")
    errors += [*_checked(user, kept, kept.get("client_id"), now), *closed_errors(kept.get("day"))]
    cost = Cost(created_by=user, **kept)
    refuse([*errors, *_taken(cost)])
    with keeping():
        cost.save()
    cost.refresh_from_db()
    follow([cost.client_id])
    return cost


@acting
def change_cost(*, user: User, cost_id: int, version: int, changes: Mapping[str, Any], now: datetime | None = None) -> Cost:
    """Change a cost that was read at `version`; what is not named stays.

    Raises `Refused`, `StaleVersion`, `Merged`, `PermissionDenied`, `Cost.DoesNotExist`.
    """
    cost = lock_cost(user=user, cost_id=cost_id, version=version)
    kept, errors = _read(changes)
    client, wrong = find_client(user, kept.get("client_id", cost.client_id))
    if not wrong:
        may_write_for(user, client)
    errors += [*wrong, *set_currency(kept, errors, {"currency": cost.currency, "rate": cost.rate}), *_by_the_hour(kept, cost)]
    named = _named(kept)
    errors += required(named, errors, *(name for name in ("category", "day", "amount") if name in named))
    changed = changed_values(cost, kept)
    before, old_client = cost.day, cost.client_id
    for name, value in changed.items():
        setattr(cost, name, value)
    errors += _checked(user, changed, cost.client_id, now)
    if "client_id" in changed and "document_id" not in changed and cost.document_id is not None:
        errors += find_document(user, cost.document_id, cost.client_id)
    if _FIGURES & changed.keys():
        errors += closed_errors(before, cost.day)
    refuse([*errors, *(_taken(cost) if "number" in changed else [])])
    if changed:
        cost.version = version + 1
        with keeping():
            cost.save(update_fields=[*changed, "version", "updated_at"])
        cost.refresh_from_db()
        follow([old_client, cost.client_id])
    return cost


@acting
def remove_cost(*, user: User, cost_id: int, version: int | None = None) -> int:
    """Remove a cost; returns the id of the event by which `restore_cost` puts it back.

    Raises `Refused` for a closed period, `StaleVersion`, `PermissionDenied`, `Cost.DoesNotExist`.
    """
    cost = lock_cost(user=user, cost_id=cost_id, version=version)
    if not user.has_perm("sales.delete_cost"):
        raise PermissionDenied
    refuse_closed(cost.day)
    client_id = cost.client_id
    with keeping():
        cost.delete()
    follow([client_id])
    return event_of_removal("CostEvent", cost_id)


def lock_cost(*, user: User, cost_id: int, version: int | None = None) -> Cost:
    """Return the cost locked for a change by `user`, its client's row first. Raises as `lock_document` does."""
    seen = Cost.objects.visible_to(user).only("client_id").get(pk=cost_id)
    list(Client.objects.filter(pk=seen.client_id or 0).select_for_update(no_key=True).values_list("pk"))
    cost = Cost.objects.select_for_update(of=("self",)).get(pk=cost_id)
    if not Cost.objects.editable_by(user).filter(pk=cost_id).exists():
        raise PermissionDenied
    if version is not None and cost.version != version:
        raise StaleVersion(cost)
    return cost


def _read(data: Mapping[str, Any]) -> tuple[Values, list[FieldError]]:
    kept, errors = read(data, CLEAN)
    return {f"{name}_id" if name in _REFERENCES else name: value for name, value in kept.items()}, errors


def _named(kept: Values) -> Values:
    return {name.removesuffix("_id"): value for name, value in kept.items()}


def _by_the_hour(kept: Values, before: Cost | None = None) -> list[FieldError]:
    """Work out the amount of hours at a rate; where both are given, they have to agree."""
    hourly: Decimal | None = kept.pop("hourly_rate", None)
    if hourly is None:
        return []
    worked = kept.get("hours", before.hours if before else None)
    if worked is None:
        return [FieldError("hours", "required", _("Say how many hours it was."))]
    try:
        amount = values.to_the_cent(worked * hourly)
    except BadValue as bad:
        return [FieldError("amount", bad.code, bad.message)]
    given = kept.get("amount")
    if given is not None and given != amount and (before is None or given != before.amount):
        message = _("%(hours)s hours at this rate are %(amount)s; change one of the three.")
        return [FieldError("amount", "hours", message % {"hours": formats.number(worked, 2), "amount": formats.number(amount, 2)})]
    kept["amount"] = amount
    return []


def _checked(user: User, kept: Values, client_id: int | None, now: datetime | None) -> list[FieldError]:
    errors = day_errors(kept.get("day"), company_today(now), ahead=True)
    if kept.get("document_id"):
        errors += find_document(user, kept["document_id"], client_id)
    return errors


def _taken(cost: Cost) -> list[FieldError]:
    if not cost.number or not Cost.objects.filter(number=cost.number).exclude(pk=cost.pk).exists():
        return []
    return [FieldError("number", "taken", _("Another cost has this number already."))]
