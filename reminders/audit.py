"""The lines of reminders in the audit, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audit import Group, register
from accounts.models import User
from ui import formats

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def register_audit() -> None:
    """Register what reminders note."""
    handed = {
        "reminders_handed_over": gettext_lazy("Handed reminders over"),
        "reminders_handed_back": gettext_lazy("Gave reminders back"),
    }
    heard = {
        "reminder_settings_changed": gettext_lazy("Changed when heads hear of reminders"),
        "reminders_tried_again": gettext_lazy("Tried again what was not delivered"),
    }
    feeds = {
        "feed_made": gettext_lazy("Made the address of the own calendar feed"),
        "feed_revoked": gettext_lazy("Stopped the own calendar feed"),
    }
    register(Group("reminders", gettext_lazy("Reminders"), handed, _say_handed))
    register(Group("reminders_heard", gettext_lazy("Word of reminders"), heard, _say_heard))
    register(Group("feeds", gettext_lazy("Calendar feeds"), feeds))


def _say_handed(entry: AuditEntry) -> str:
    number = int(entry.details.get("number") or 0)
    said = ngettext("%(number)d reminder", "%(number)d reminders", number) % {"number": number}
    to = User.objects.filter(pk=entry.details.get("to") or 0).first()
    if to is None:
        return said
    words = _("%(what)s to %(name)s, for good") if entry.details.get("for_good") else _("%(what)s to %(name)s, for a time")
    return words % {"what": said, "name": to}


def _say_heard(entry: AuditEntry) -> str:
    from reminders.models import ReminderSettings

    if (number := entry.details.get("number")) is not None:
        return formats.number(number)
    said = []
    for field, old, new in entry.details.get("changes", []):
        label = capfirst(str(getattr(ReminderSettings._meta.get_field(field), "verbose_name", field)))
        said.append(formats.named(label, f"{_plain(old)} → {_plain(new)}"))
    return "; ".join(said)


def _plain(value: object) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)
