"""The lines of analysis in the audit, in words."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from accounts.audit import Group, register
from accounts.models import Company
from scoring.models import ProfitSettings
from scoring.services.settings import CHANGED
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def register_audit() -> None:
    """Register what analysis notes."""
    changed = {CHANGED: gettext_lazy("Changed what makes an angel or a demon")}
    register(Group("profit_settings", gettext_lazy("Angels and demons"), changed, _say))


def _say(entry: AuditEntry) -> str:
    said = []
    for field, old, new in entry.details.get("changes", []):
        label = capfirst(str(getattr(ProfitSettings._meta.get_field(field), "verbose_name", field)))
        said.append(f"{label}: {_words(field, old)} → {_words(field, new)}")
    return "; ".join(said)


def _words(field: str, value: str | int) -> str:
    if field == "angel_margin":
        return formats.exact_percent(Decimal(value))
    return formats.money(Decimal(value), Company.current().currency, 2) if field == "demon_below" else str(value)
