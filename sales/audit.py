"""The lines of the ledger in the audit, in words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import Group, Subject, register
from sales.models import CostCategory, CostPool, LedgerSettings
from sales.models.costs import SHIPPED
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def register_audit() -> None:
    """Register what the ledger notes."""
    periods = {
        "period_closed": gettext_lazy("Closed a period of the ledger"),
        "period_opened": gettext_lazy("Opened a period of the ledger"),
    }
    settings = {"ledger_settings_changed": gettext_lazy("Changed the settings of the ledger")}
    lists = {
        "cost_category_added": gettext_lazy("Added a cost category"),
        "cost_category_changed": gettext_lazy("Changed a cost category"),
        "cost_category_retired": gettext_lazy("Retired a cost category"),
        "cost_category_offered": gettext_lazy("Offered a cost category again"),
        "pool_set": gettext_lazy("Set a cost pool"),
        "pool_removed": gettext_lazy("Removed a cost pool"),
        "pool_restored": gettext_lazy("Put a cost pool back"),
        "pools_copied": gettext_lazy("Copied the cost pools of a month"),
    }
    register(Group("periods", gettext_lazy("Closed periods"), periods, _say_period))
    register(Group("ledger_settings", gettext_lazy("Settings of the ledger"), settings, _say_settings))
    register(Group("ledger_lists", gettext_lazy("Cost categories and pools"), lists, _say_pool))
    register(
        Subject("costcategory", gettext_lazy("cost category"), CostCategory.objects.all, "name", note="key", show=_category),
        Subject("costpool", gettext_lazy("cost pool"), CostPool.objects.all, "name"),
    )


def _say_period(entry: AuditEntry) -> str:
    before, after = (_day(entry.details.get(name)) for name in ("before", "after"))
    return f"{capfirst(_('closed before'))}: {before} → {after}"


def _day(value: object) -> str:
    return formats.on_day(date.fromisoformat(value)) if isinstance(value, str) else _("nothing closed")


def _say_settings(entry: AuditEntry) -> str:
    said = []
    for field, old, new in entry.details.get("changes", []):
        label = capfirst(str(getattr(LedgerSettings._meta.get_field(field), "verbose_name", field)))
        said.append(f"{label}: {_plain(old)} → {_plain(new)}")
    return "; ".join(said)


def _plain(value: object) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def _say_pool(entry: AuditEntry) -> str:
    """Return the month of pools. What they cost is a number of profit, which the audit tells nobody."""
    month = entry.details.get("month")
    return formats.month(date.fromisoformat(month)) if isinstance(month, str) else ""


def _category(name: str) -> str:
    return capfirst(str(SHIPPED[name][0])) if name in SHIPPED else name
