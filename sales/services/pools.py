"""Cost pools: shared money of a month and what it is spread by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.audit import note
from clients import validation
from clients.errors import FieldError, StaleVersion
from clients.models import Client
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.validation import BadValue
from sales import values
from sales.models import CostPool, Driver, PoolWeight
from sales.periods import first_of_month
from sales.querysets import weights_of
from sales.services.closed import closed_errors, keeping, refuse_closed
from sales.services.following import follow
from sales.services.preparing import MONEY, Clean, changed_values, line, read, required
from sales.services.restoring import event_of_removal

MOST_WEIGHTS = 10_000


def _month(value: object) -> date | None:
    if isinstance(value, str) and len(value.strip()) == 7:
        value = f"{value.strip()}-01"  # as a month field of a form has it
    day = validation.day(value)
    return first_of_month(day) if day else None


CLEAN: dict[str, Clean] = {
    "name": line(100),
    "month": _month,
    "amount": MONEY,
    "driver": lambda value: validation.choice(value, dict(Driver.choices)) if value else None,
    "note": line(300),
}


@acting
def set_pool(
    *,
    user: User,
    data: Mapping[str, Any],
    pool_id: int | None = None,
    version: int | None = None,
    weights: Mapping[int, object] | None = None,
) -> CostPool:
    """Add a pool, or change the pool `pool_id` that was read at `version`; what is not named stays.

    `weights` (client → weight) replace all that stand there; they are for the driver "by hand" alone.
    Raises `Refused` (`closed` at `month`), `StaleVersion`, `PermissionDenied`, `CostPool.DoesNotExist`.
    """
    pool = lock_pool(user=user, pool_id=pool_id, version=version) if pool_id is not None else CostPool(created_by=user)
    if pool_id is None and not (user.is_active and user.has_perm("sales.add_costpool")):
        raise PermissionDenied
    kept, errors = read(data, CLEAN)
    if kept.get("driver", "") is None:
        del kept["driver"]
    empty = {name: None for name in ("name", "month", "amount") if name in kept and kept[name] in (None, "")}
    named = {"name": pool.name or None, "month": pool.month, "amount": pool.amount} | kept | empty
    errors += required(named, errors, "name", "month", "amount")
    if (kept.get("amount") or 0) < 0:
        errors.append(FieldError("amount", "money", _("What is spread over clients is zero or more.")))
    before = pool.month
    changed = changed_values(pool, kept)
    for name, value in changed.items():
        setattr(pool, name, value)
    wanted, wrong = _read_weights(user, weights, pool.driver)
    errors += wrong
    differ = wanted is not None and wanted != (weights_of(pool.weights.all()) if pool.pk else {})
    if changed.keys() & {"month", "amount", "driver", "name"} or differ:
        errors += closed_errors(before, pool.month, field="month")
    if not errors and {"name", "month"} & changed.keys():
        twins = CostPool.objects.filter(month=pool.month, name__iexact=pool.name).exclude(pk=pool.pk)
        errors += [FieldError("name", "taken", _("The month has a pool of this name already."))] if twins.exists() else []
    refuse(errors)
    with keeping("month"):
        if pool.pk is None:
            pool.save()
        elif changed or differ:
            pool.version += 1
            pool.save(update_fields=[*changed, "version", "updated_at"])
        if differ:
            pool.weights.all().delete()
            PoolWeight.objects.bulk_create(PoolWeight(pool=pool, client_id=client, weight=one) for client, one in (wanted or {}).items())
    if pool_id is None or changed or differ:
        note("pool_set", by=user, about=pool, month=pool.month.isoformat())
    follow()
    return pool


@acting
def remove_pool(*, user: User, pool_id: int, version: int | None = None) -> int:
    """Remove a pool with its weights; returns the id of the event by which `restore_pool` puts it back.

    Raises `Refused` for a closed period, `StaleVersion`, `PermissionDenied`, `CostPool.DoesNotExist`.
    """
    pool = lock_pool(user=user, pool_id=pool_id, version=version)
    if not user.has_perm("sales.delete_costpool"):
        raise PermissionDenied
    refuse_closed(pool.month, field="month")
    note("pool_removed", by=user, about=pool, month=pool.month.isoformat())
    with keeping("month"):
        pool.delete()
    follow()
    return event_of_removal("CostPoolEvent", pool_id)


@acting
def copy_pools(*, user: User, month: date) -> list[CostPool]:
    """Give `month` the pools of the month before, weights included, except those whose name it has; return the new ones.

    Raises `Refused` for a closed period or where there is nothing to copy, `PermissionDenied`.
    """
    if not (user.is_active and user.has_perm("sales.add_costpool")):
        raise PermissionDenied
    month = first_of_month(month)
    refuse_closed(month, field="month")
    there = {name.casefold() for name in CostPool.objects.filter(month=month).values_list("name", flat=True)}
    earlier = CostPool.objects.filter(month=month - relativedelta(months=1)).prefetch_related("weights").order_by("pk")
    chosen = [pool for pool in earlier if pool.name.casefold() not in there]
    if not chosen:
        refuse([FieldError("month", "nothing", _("The month before has no pool that this one lacks."))])
    made: list[CostPool] = []
    with keeping("month"):
        for pool in chosen:
            copy = CostPool(name=pool.name, month=month, amount=pool.amount, driver=pool.driver, note=pool.note, created_by=user)
            copy.save()
            PoolWeight.objects.bulk_create(PoolWeight(pool=copy, client_id=one.client_id, weight=one.weight) for one in pool.weights.all())
            made.append(copy)
    note("pools_copied", by=user, month=month.isoformat())
    follow()
    return made


def lock_pool(*, user: User, pool_id: int, version: int | None = None) -> CostPool:
    """Return the pool locked for a change by `user`. Raises as `lock_document` does."""
    if not CostPool.objects.visible_to(user).filter(pk=pool_id).exists():
        raise CostPool.DoesNotExist
    if not CostPool.objects.editable_by(user).filter(pk=pool_id).exists():
        raise PermissionDenied
    pool = CostPool.objects.select_for_update(of=("self",)).get(pk=pool_id)
    if version is not None and pool.version != version:
        raise StaleVersion(pool)
    return pool


def _read_weights(user: User, given: Mapping[int, object] | None, driver: str) -> tuple[dict[int, Decimal] | None, list[FieldError]]:
    """Return the weights by client, those above zero; None where they stay as they are."""
    if driver != Driver.BY_HAND:
        if given:
            return None, [FieldError("weights", "driver", _("Weights are for pools that are spread by hand."))]
        return {}, []
    if given is None:
        return None, []
    if len(given) > MOST_WEIGHTS:
        return None, [FieldError("weights", "too_many", _("Give at most %(most)s weights.") % {"most": MOST_WEIGHTS})]
    kept: dict[int, Decimal] = {}
    errors: list[FieldError] = []
    for client_id, one in given.items():
        try:
            if number := values.weight(one):
                kept[client_id] = number
        except BadValue as bad:
            errors.append(FieldError(f"weights.{client_id}", bad.code, bad.message))
    errors += [
        FieldError(f"weights.{client_id}", "choice", _("Choose a client of the registry."))
        for client_id in sorted(kept.keys() - _known(user, kept))
    ]
    return kept, errors


def _known(user: User, client_ids: Iterable[int]) -> set[int]:
    found = Client.objects.visible_to(user).filter(pk__in=client_ids, merged_into=None, erased_at=None).order_by("pk")
    return set(found.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
