"""What a reminder is for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

SHIPPED: dict[str, tuple[str | Promise, str, bool, bool]] = {
    # key: name, icon, is a contact with the client, has a length
    "call_back": (_("call back"), "phone", True, False),
    "meeting": (_("meeting"), "users", True, True),
    "contract_renewal": (_("contract renewal"), "file-text", True, False),
    "equipment_replacement": (_("equipment replacement"), "tool", True, False),
    "recurring_payment": (_("recurring payment"), "repeat", False, False),
    "after_first_purchase": (_("call after first purchase"), "phone", True, False),
    "how_are_things": (_("“how are things” call"), "message", True, False),
    "birthday": (_("birthday"), "cake", True, False),
    "confirm_facts": (_("confirm facts"), "list-check", True, False),
    "work_again": (_("work with them again"), "refresh", True, False),
    "other": (_("other"), "bell", False, False),
}
"""The kinds that every installation has; the administrator adds more, and retires those that nobody uses."""

CALL_BACK, MEETING, OTHER, WORK_AGAIN, HOW_ARE_THINGS = "call_back", "meeting", "other", "work_again", "how_are_things"


class ReminderKind(models.Model):
    """A kind of reminder. One that is a contact with the client is closed by logging it, with what comes next."""

    key = models.SlugField(max_length=40, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60, blank=True, help_text=_("empty: as shipped, in the language of whoever reads it"))
    icon = models.CharField(max_length=40, default="bell", editable=False)
    is_contact = models.BooleanField(_("a contact with the client"), default=True, help_text=_("closed by logging it, with a next step"))
    has_length = models.BooleanField(
        _("has a length"), default=False, help_text=_("stands in the calendar from … until …, may be sent as an invitation")
    )
    position = models.PositiveSmallIntegerField(default=100)
    retired = models.BooleanField(_("no longer offered"), default=False)

    class Meta:
        verbose_name = _("kind of reminder")
        verbose_name_plural = _("kinds of reminders")
        default_permissions = ()
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(name="") | Q(key__in=list(SHIPPED)), name="reminder_kind_has_name")]

    def __str__(self) -> str:
        return capfirst(self.label)

    @property
    def label(self) -> str:
        """The name as it stands within a sentence."""
        if self.name:
            return self.name
        return str(SHIPPED[self.key][0]) if self.key in SHIPPED else self.key
