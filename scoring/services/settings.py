"""What management sets for analysis: from which margin on a client is an angel, below what profit a demon, when a case is measured."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, User
from accounts.services.audit import note
from clients import validation
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.validation import BadValue
from sales.services.preparing import MONEY, Clean, read, required
from sales.services.settings import may_set_ledger
from sales.values import percent
from scoring.models import ProfitSettings

CHANGED = "profit_settings_changed"
"""The action of the line in the audit; its details hold `changes`: field, old and new value."""
_JUDGES = {"angel_margin", "demon_below"}
"""What verdicts hang on: a change makes every report old."""


def _months(value: object) -> int | None:
    wrong = BadValue("number", _("Give a number of months from 1 to 24."))
    try:
        number = validation.whole_number(value, most=24)
    except BadValue:
        raise wrong from None
    if number == 0:
        raise wrong
    return number


CLEAN: dict[str, Clean] = {"angel_margin": percent, "demon_below": MONEY, "case_months": _months}


@acting
def change_profit_settings(*, user: User, values: Mapping[str, Any]) -> tuple[ProfitSettings, AuditEntry | None]:
    """Set what `values` names: `angel_margin` (% of revenue, 0 to 100), `demon_below` (money, for a period), `case_months` (1 to 24).

    Reports are worked out anew when the first two change; months hold for cases that are acted on from now. Return the
    settings, and the line of the audit that says what changed, None where nothing did. Raises `Refused`, `PermissionDenied`.
    """
    may_set_ledger(user)
    kept, errors = read(values, CLEAN)
    refuse(required(kept, errors, *(name for name in CLEAN if name in values)) + errors)
    return _set(user, kept)


@acting
def undo_profit_settings(*, user: User, entry_id: int) -> list[str]:
    """Put back what the line `entry_id` of the audit tells of, but for what was changed again since; return the fields put back.

    Raises `AuditEntry.DoesNotExist`, `PermissionDenied`.
    """
    may_set_ledger(user)
    entry = AuditEntry.objects.get(pk=entry_id, action=CHANGED)
    settings = ProfitSettings.objects.select_for_update().get(pk=1)
    before: dict[str, Any] = {}
    for name, old, new in entry.details["changes"]:
        if getattr(settings, name) == CLEAN[name](new):
            before[name] = CLEAN[name](old)
    _set(user, before)
    return list(before)


def _set(user: User, kept: dict[str, Any]) -> tuple[ProfitSettings, AuditEntry | None]:
    ProfitSettings.objects.get_or_create(pk=1)
    settings = ProfitSettings.objects.select_for_update().get(pk=1)
    changes = [(name, getattr(settings, name), value) for name, value in kept.items() if getattr(settings, name) != value]
    if not changes:
        return settings, None
    for name, _old, value in changes:
        setattr(settings, name, value)
    names = [name for name, _old, _new in changes]
    if _JUDGES.intersection(names):
        settings.revision += 1
        names.append("revision")
    settings.save(update_fields=names)
    return settings, note(CHANGED, by=user, changes=[[name, _plain(old), _plain(new)] for name, old, new in changes])


def _plain(value: Decimal | int) -> str | int:
    """As JSON keeps it; no cent is lost."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value
