"""Entry criteria, the fields that the administrator adds, and waivers."""

import uuid

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit.triggers import noted
from clients.models.clients import Client
from clients.querysets import CriterionQuerySet, CustomFieldQuerySet, WaiverQuerySet

RENEW_STAMP = """
    INSERT INTO clients_rulesstamp (id, stamp) VALUES (1, gen_random_uuid())
    ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp;
    RETURN NULL;
"""


def renews_stamp() -> pgtrigger.Trigger:
    """Return the trigger that gives the rules a new stamp with every statement that changes them."""
    return pgtrigger.Trigger(
        name="renews_stamp",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=RENEW_STAMP,
    )


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

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "id"]
        triggers = [renews_stamp()]
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
    example = models.CharField(_("for example"), max_length=100, blank=True, help_text=_("shown to whoever has to mend it"))
    at_least = models.DecimalField(_("at least"), max_digits=18, decimal_places=4, null=True, blank=True)
    at_most = models.DecimalField(_("at most"), max_digits=18, decimal_places=4, null=True, blank=True)
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
    version = models.PositiveIntegerField(default=1, editable=False)

    RULE = (
        "fact", "level", "kinds", "roles", "lifecycles", "sources", "industries", "pattern", "example", "at_least", "at_most",
        "max_age_months", "valid_from", "grace_days",
    )  # fmt: skip
    """What the criterion says; the rest is its own story."""

    objects = CriterionQuerySet.as_manager()

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["id"]
        triggers = [
            renews_stamp(),
            pgtrigger.Protect(
                name="published_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state <> 'draft' AND (OLD.fact, OLD.level, OLD.kinds, OLD.roles, OLD.lifecycles, OLD.sources, OLD.industries,"
                    " OLD.pattern, OLD.example, OLD.at_least, OLD.at_most, OLD.max_age_months, OLD.valid_from, OLD.grace_days,"
                    " OLD.replaces_id) IS DISTINCT FROM (NEW.fact, NEW.level, NEW.kinds, NEW.roles, NEW.lifecycles, NEW.sources,"
                    " NEW.industries, NEW.pattern, NEW.example, NEW.at_least, NEW.at_most, NEW.max_age_months, NEW.valid_from,"
                    " NEW.grace_days, NEW.replaces_id)"
                ),
            ),
            pgtrigger.Protect(name="published_kept", operation=pgtrigger.Delete, condition=pgtrigger.Condition("OLD.state <> 'draft'")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="criterion_level_known"),
            models.CheckConstraint(condition=Q(state__in=CriterionState.values), name="criterion_state_known"),
            models.CheckConstraint(condition=Q(state="draft") | Q(valid_from__isnull=False), name="criterion_published_from"),
            models.CheckConstraint(
                condition=Q(at_least=None) | Q(at_most=None) | Q(at_most__gte=models.F("at_least")), name="criterion_range_in_order"
            ),
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
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = WaiverQuerySet.as_manager()

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


class RulesStamp(models.Model):
    """One row, renewed by triggers whenever criteria or custom fields change: processes that keep them in memory look here.

    Random, not counted: a count that a rolled-back transaction took back would come again for other rules.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    stamp = models.UUIDField(default=uuid.uuid4)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rules_stamp_is_one")]

    def __str__(self) -> str:
        return str(self.stamp)


class StandingPass(models.Model):
    """One row: how far the standing of the whole registry has been worked out, and by which criteria of which day."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    basis = models.CharField(max_length=64, blank=True, help_text="digest of the day and the criteria that the pass works by")
    position = models.BigIntegerField(default=0, help_text="clients up to this id are done")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    tally = models.JSONField(default=dict, help_text="criterion id -> [clients it asks, clients that fall short]")
    tally_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="standing_pass_is_one")]

    def __str__(self) -> str:
        return f"{self.done} / {self.total}"


class RuleAction(models.TextChoices):
    DRAFTED = "drafted", _("drafted")
    CHANGED = "changed", _("changed")
    DISCARDED = "discarded", _("discarded the draft")
    PUBLISHED = "published", _("put in force")
    TAKEN_BACK = "taken_back", _("took back")
    RETIRED = "retired", _("retired")
    RESTORED = "restored", _("brought back")
    ADDED = "added", _("added")
    MERGED = "merged", _("merged")
    MARKED = "marked", _("marked again")


class RuleChange(models.Model):
    """One line of the history of rules: who changed what when. Criteria, custom fields, reference lists, target profile."""

    Action = RuleAction

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=12, choices=RuleAction)
    kind = models.CharField(max_length=20, help_text="criterion, custom_field, source, industry, line_of_business, target_profile")
    object_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=200, help_text="what it was called, or the key of a criterion's fact")
    changes = models.JSONField(default=list, help_text="[[field, old, new], …] as kept")

    class Meta:
        verbose_name = _("change of rules")
        default_permissions = ()
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["kind", "object_id", "-id"], name="rule_change_of_object")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            noted(
                "noted", action="'rule_' || NEW.action", about="rulechange", by="NEW.by_id", details="jsonb_build_object('kind', NEW.kind)"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.name}"


class ValueMove(models.Model):
    """Clients on their way from one value to another: entries of a reference list merged, a choice of a custom field renamed.

    Done in the background by batches; the row is what remains to be done, so nothing is lost with the broker.
    """

    field = models.CharField(max_length=60, help_text="source, industry, line_of_business, or custom.<key>")
    old = models.CharField(max_length=100, help_text="id of the entry, or the choice")
    new = models.CharField(max_length=100, blank=True, help_text="empty: the value is taken away")
    name = models.CharField(max_length=200, help_text="what the old value was called")
    moved = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["id"]
        indexes = [models.Index("id", condition=Q(finished_at=None), name="value_move_unfinished")]

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"
