"""The lines of reminders in the audit, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import Group, register
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def _say(entry: AuditEntry) -> str:
    from reminders.models import ReminderSettings

    if (number := entry.details.get("number")) is not None:
        return formats.number(number)
    said = []
    for field, old, new in entry.details.get("changes", []):
        label = capfirst(str(getattr(ReminderSettings._meta.get_field(field), "verbose_name", field)))
        said.append(f"{label}: {_plain(old)} → {_plain(new)}")
    return "; ".join(said)


def _plain(value: object) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def register_audit() -> None:
    """Register what is noted of how people hear of reminders."""
    actions = {
        "reminder_settings_changed": gettext_lazy("Changed when heads hear of reminders"),
        "reminders_tried_again": gettext_lazy("Tried again what was not delivered"),
    }
    register(Group("reminders_heard", gettext_lazy("Word of reminders"), actions, _say))
