"""The lines of reminders in the audit, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audit import Group, register
from accounts.models import User

if TYPE_CHECKING:
    from accounts.models import AuditEntry


def register_audit() -> None:
    """Register what reminders note."""
    actions = {
        "reminders_handed_over": gettext_lazy("Handed reminders over"),
        "reminders_handed_back": gettext_lazy("Gave reminders back"),
    }
    register(Group("reminders", gettext_lazy("Reminders"), actions, _say))


def _say(entry: AuditEntry) -> str:
    number = int(entry.details.get("number") or 0)
    said = ngettext("%(number)d reminder", "%(number)d reminders", number) % {"number": number}
    to = User.objects.filter(pk=entry.details.get("to") or 0).first()
    if to is None:
        return said
    words = _("%(what)s to %(name)s, for good") if entry.details.get("for_good") else _("%(what)s to %(name)s, for a time")
    return words % {"what": said, "name": to}
