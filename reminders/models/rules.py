"""Rules: reminders that dates make by themselves."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from reminders.models.kinds import ReminderKind


class ReminderRule(models.Model):
    """A date of the client (`source`), an offset, for whom, what to do, who does it.

    `filters` is a query of the list of clients (name → values); empty: every client that is not archived.
    """

    class Unit(models.TextChoices):
        DAYS = "days", _("days")
        WORKING_DAYS = "working_days", _("working days")

    class Assignee(models.TextChoices):
        MANAGER = "manager", _("the client's manager")
        USER = "user", _("one person")

    name = models.CharField(_("name"), max_length=120, blank=True, help_text="empty: as shipped, in the language of whoever reads it")
    source = models.CharField(_("date"), max_length=60, help_text="key of a date source (reminders.sources)")
    offset = models.SmallIntegerField(_("offset"), default=0, validators=[MinValueValidator(-730), MaxValueValidator(730)])
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.DAYS)
    filters = models.JSONField(_("for whom"), default=dict, blank=True)
    kind = models.ForeignKey(ReminderKind, models.PROTECT, related_name="rules", verbose_name=_("kind"))
    subject = models.CharField(_("why"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    assignee = models.CharField(_("who acts"), max_length=10, choices=Assignee, default=Assignee.MANAGER)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person"))
    notice_minutes = models.PositiveIntegerField(_("word in advance, minutes"), null=True, blank=True)
    shipped = models.SlugField(max_length=40, blank=True, editable=False, help_text="key of a rule that came with Seraph")
    active = models.BooleanField(_("on"), default=False)
    active_since = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    last_run_at = models.DateTimeField(null=True, editable=False)
    last_made = models.PositiveIntegerField(default=0, editable=False, help_text="on the company's day of last_run_at")
    problem = models.CharField(
        max_length=300, blank=True, editable=False, help_text="why the last run made nothing (reminders.rules.words)"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("rule of reminders")
        verbose_name_plural = _("rules of reminders")
        default_permissions = ()
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(assignee="manager") | Q(user__isnull=False), name="reminder_rule_has_person"),
            models.CheckConstraint(condition=Q(active=False) | Q(active_since__isnull=False), name="reminder_rule_on_since"),
            models.UniqueConstraint("shipped", condition=~Q(shipped=""), name="reminder_rule_shipped_once"),
            models.CheckConstraint(condition=~Q(name="") | ~Q(shipped=""), name="reminder_rule_has_name"),
        ]

    def __str__(self) -> str:
        return capfirst(self.label)

    @property
    def label(self) -> str:
        """The name as it stands within a sentence."""
        from reminders.shipped import RULES

        shipped = RULES.get(self.shipped)
        return self.name or (str(shipped.label) if shipped else self.shipped)
