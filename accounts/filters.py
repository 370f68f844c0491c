"""What the audit may be filtered by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditEntry, User
from ui.lists import DateBetween, ListFilters, OneOf, Reference, Text
from ui.lists.filters import ME


def _groups() -> Iterable[tuple[str, str | Promise]]:
    return [(group.key, group.label) for group in audit.groups()]


class What(OneOf):
    """Any action of the chosen groups."""

    def condition(self, value: list[str]) -> Q:
        return Q(action__in=[action for group in audit.groups() if group.key in value for action in group.actions])


class About(Text):
    """Lines about something whose name holds a text: a user, a team, a client, a file …"""

    def condition(self, value: Any) -> Q:
        condition = Q(pk__in=[])
        for subject in audit.subjects():
            condition |= subject.named(value)
        return condition


class AuditFilters(ListFilters):
    what = What(_("What"), choices=_groups)
    by = Reference(
        _("Who"),
        field_name="by",
        queryset=lambda: User.objects.order_by("full_name", "pk").only("full_name", "username"),
        first=[(ME, _("me"))],
        none_label=_("nobody signed in"),
    )
    at = DateBetween(_("When"), field_name="at", moments=True)
    about = About(_("About"), field_name="object_id", help_text=_("A part of the name of a user, a client, a list or a file"))

    class Meta:
        model = AuditEntry
        fields: ClassVar[list[str]] = []
