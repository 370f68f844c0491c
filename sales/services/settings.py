"""What management sets for the ledger: closed periods, when a client is former, who sees profit; and the cost categories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.audit import note
from clients import validation
from clients.errors import FieldError
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.validation import BadValue
from sales.models import CostCategory, LedgerSettings
from sales.periods import company_today
from sales.services.closed import keeping
from sales.services.preparing import DAY, Clean, line, read


def _months(value: object) -> int | None:
    number = validation.whole_number(value, most=120)
    if number is not None and number < 1:
        raise BadValue("number", _("Give a number of months from 1 to 120."))
    return number


CLEAN: dict[str, Clean] = {
    "locked_before": DAY,
    "former_after_months": _months,
    "managers_see_profit": validation.yes_or_no,
}


@acting
def change_ledger_settings(*, user: User, values: Mapping[str, Any], now: datetime | None = None) -> LedgerSettings:
    """Set what `values` names: `locked_before` (None opens everything), `former_after_months`, `managers_see_profit`.

    A line of the audit says what changed. Raises `Refused`, `PermissionDenied`.
    """
    may_set_ledger(user)
    kept, errors = read(values, CLEAN)
    if "former_after_months" in kept and kept["former_after_months"] is None:
        errors.append(FieldError("former_after_months", "required", _("Give a value for this field.")))
    locked: date | None = kept.get("locked_before")
    if locked is not None and locked > company_today(now):
        errors.append(FieldError("locked_before", "future", _("A period can be closed when it is over; choose today or a day before.")))
    refuse(errors)
    LedgerSettings.objects.get_or_create(pk=1)
    settings = LedgerSettings.objects.select_for_update().get(pk=1)
    changes = [[name, getattr(settings, name), value] for name, value in kept.items() if getattr(settings, name) != value]
    for name, _old, value in changes:
        setattr(settings, name, value)
    if not changes:
        return settings
    settings.save(update_fields=[name for name, _old, _new in changes])
    for name, old, new in changes:
        if name == "locked_before":
            action = "period_closed" if new is not None and (old is None or new > old) else "period_opened"
            note(action, by=user, before=old.isoformat() if old else None, after=new.isoformat() if new else None)
    if others := [change for change in changes if change[0] != "locked_before"]:
        note("ledger_settings_changed", by=user, changes=others)
    return settings


@acting
def add_cost_category(*, user: User, name: object, wins_clients: object = False) -> CostCategory:
    """Add a category of costs. Raises `Refused`, `PermissionDenied`."""
    may_set_ledger(user)
    kept = _read_category(name, wins_clients)
    category = CostCategory(**kept)
    _refuse_twin(category)
    with keeping("name"):
        category.save()
    note("cost_category_added", by=user, about=category)
    return category


@acting
def change_cost_category(*, user: User, category_id: int, name: object, wins_clients: object) -> CostCategory:
    """Rename a category, or say whether it wins clients; costs keep it. A shipped one that is named as shipped, or by an
    empty name, goes on being named in the reader's language. Raises `Refused`, `PermissionDenied`, `CostCategory.DoesNotExist`."""
    may_set_ledger(user)
    category = CostCategory.objects.select_for_update().get(pk=category_id)
    kept = _read_category(name, wins_clients, may_be_empty=bool(category.key))
    if category.key and not category.name and str(category).casefold() == kept["name"].casefold():
        kept["name"] = ""
    changed = [field for field, value in kept.items() if getattr(category, field) != value]
    for field in changed:
        setattr(category, field, kept[field])
    if changed:
        _refuse_twin(category)
        with keeping("name"):
            category.save(update_fields=changed)
        note("cost_category_changed", by=user, about=category)
    return category


@acting
def retire_cost_category(*, user: User, category_id: int, retired: bool = True) -> CostCategory:
    """Offer a category no longer (or again). Costs that have it keep it. Raises `PermissionDenied`, `CostCategory.DoesNotExist`."""
    may_set_ledger(user)
    category = CostCategory.objects.select_for_update().get(pk=category_id)
    if category.retired != retired:
        category.retired = retired
        category.save(update_fields=["retired"])
        note("cost_category_retired" if retired else "cost_category_offered", by=user, about=category)
    return category


def may_set_ledger(user: User) -> None:
    """Raise `PermissionDenied` unless `user` may close periods and set categories."""
    if not (user.is_active and user.has_perm("sales.set_ledger")):
        raise PermissionDenied


def _read_category(name: object, wins_clients: object, *, may_be_empty: bool = False) -> dict[str, Any]:
    kept, errors = read({"name": name, "wins_clients": wins_clients}, {"name": line(100), "wins_clients": validation.yes_or_no})
    if not (kept.get("name") or errors or may_be_empty):
        errors.append(FieldError("name", "required", _("Give it a name.")))
    refuse(errors)
    return kept


def _refuse_twin(category: CostCategory) -> None:
    """Names as readers see them are told apart, those of shipped categories too."""
    others = CostCategory.objects.exclude(pk=category.pk)
    if any(str(other).casefold() == str(category).casefold() for other in others):
        refuse([FieldError("name", "taken", _("There is a category of this name already."))])
