"""Entry criteria, the fields that the administrator adds, and waivers."""

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client


class CustomFieldKind(models.TextChoices):
    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    BOOLEAN = "boolean", _("yes or no")
    CHOICE = "choice", _("choice from a list")


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), append_only=True)
class CustomField(models.Model):
    """A field that the administrator adds. Values live in `Client.custom[key]`; numbers as JSON numbers, dates as ISO text."""

    Kind = CustomFieldKind

    key = models.SlugField(
        _("key"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*\Z")],
        help_text=_("lower-case letters, digits and _; used by import and API, never changes"),
    )
    label = models.CharField(_("label"), max_length=100)
    kind = models.CharField(_("type"), max_length=10, choices=CustomFieldKind, default=CustomFieldKind.TEXT)
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("choices"))
    help_text = models.CharField(_("hint"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired = models.BooleanField(_("retired"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=[]), name="custom_field_choice_has_choices")]

    def __str__(self) -> str:
        return self.label


class Level(models.TextChoices):
    REQUIRED = "required", _("required")
    RECOMMENDED = "recommended", _("recommended")


class CriterionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("in force")
    RETIRED = "retired", _("no longer in force")


class Criterion(models.Model):
    """One version of a rule on what a record must hold. A published version never changes: a new one replaces it.

    `fact` names what is asked (`clients.criteria.facts` lists them: a built-in field, "custom.<key>", or something
    about contacts). The audience lists are conditions that all must hold; an empty list asks nothing.
    """

    fact = models.CharField(_("field"), max_length=60)
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.REQUIRED)
    # for whom
    kinds = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("kinds"))
    roles = ArrayField(models.CharField(max_length=10), default=list, blank=True, verbose_name=_("roles"), help_text="customer, supplier")
    lifecycles = ArrayField(models.CharField(max_length=10), default=list, blank=True, verbose_name=_("lifecycles"))
    sources = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("sources"))
    industries = ArrayField(models.BigIntegerField(), default=list, blank=True, verbose_name=_("industries"))
    # what is asked beyond "not empty"
    pattern = models.CharField(_("must look like"), max_length=200, blank=True, help_text=_("a regular expression"))
    max_age_months = models.PositiveSmallIntegerField(_("no older than, months"), null=True, blank=True)
    # from when
    valid_from = models.DateField(_("in force from"), null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(_("days to mend"), default=30)
    state = models.CharField(max_length=10, choices=CriterionState, default=CriterionState.DRAFT)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)
    retired_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="criterion_level_known"),
            models.CheckConstraint(condition=Q(state__in=CriterionState.values), name="criterion_state_known"),
            models.CheckConstraint(condition=~Q(state="published") | Q(valid_from__isnull=False), name="criterion_published_from"),
        ]

    def __str__(self) -> str:
        return f"{self.fact} ({self.level})"


class Waiver(models.Model):
    """Leave for one client not to meet the criteria on one fact, with a reason and an end."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="waivers")
    fact = models.CharField(max_length=60)
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("until"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
            models.UniqueConstraint("client", "fact", condition=Q(ended_at=None), name="waiver_once"),
        ]
        permissions = [("grant_waiver", "Can waive a criterion for a client")]

    def __str__(self) -> str:
        return f"{self.fact} until {self.until}"
