"""Reference lists that the administrator keeps: sources, industries, lines of business, the target profile."""

from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _


class Reference(models.Model):
    """One entry of a reference list. Entries in use are retired, not deleted."""

    name = models.CharField(_("name"), max_length=200)
    retired = models.BooleanField(_("retired"), default=False, help_text=_("no longer offered; clients that have it keep it"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged", help_text="what stands for it since"
    )

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Source(Reference):
    """Where a client came from: sought on purpose (targeted) or by itself (spontaneous)."""

    targeted = models.BooleanField(_("targeted"), default=False)

    class Meta(Reference.Meta):
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        constraints = [models.UniqueConstraint(Lower("name"), name="source_name_once")]


class Industry(Reference):
    """What a client does."""

    class Meta(Reference.Meta):
        verbose_name = _("industry")
        verbose_name_plural = _("industries")
        constraints = [models.UniqueConstraint(Lower("name"), name="industry_name_once")]


class LineOfBusiness(Reference):
    """What a client buys from us."""

    class Meta(Reference.Meta):
        verbose_name = _("line of business")
        verbose_name_plural = _("lines of business")
        constraints = [models.UniqueConstraint(Lower("name"), name="line_of_business_name_once")]


class TargetProfile(models.Model):
    """Whom the company seeks. A new client that meets every condition set here is inside the profile."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    kinds = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("kinds"))
    industries = models.ManyToManyField(Industry, blank=True, verbose_name=_("industries"))
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True, verbose_name=_("countries"))
    regions = ArrayField(models.CharField(max_length=100), default=list, blank=True, verbose_name=_("regions"))
    min_employees = models.PositiveIntegerField(_("employees, at least"), null=True, blank=True)
    max_employees = models.PositiveIntegerField(_("employees, at most"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    # the marks of the registry follow in the background
    revision = models.PositiveIntegerField(default=0, editable=False)
    marked_revision = models.PositiveIntegerField(default=0, editable=False)
    marked_upto = models.BigIntegerField(default=0, editable=False, help_text="clients up to this id are marked by `revision`")

    class Meta:
        verbose_name = _("target profile")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="target_profile_is_one")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def asks_nothing(self) -> bool:
        """No condition is set: every client would be inside, so none is marked."""
        conditions = (self.kinds, self.countries, self.regions, self.min_employees is not None, self.max_employees is not None)
        return not any(conditions) and not self.industry_ids

    @cached_property
    def industry_ids(self) -> frozenset[int]:
        """The industries of the profile (prefetched ones are used)."""
        return frozenset(industry.pk for industry in self.industries.all())

    @cached_property
    def lower_regions(self) -> frozenset[str]:
        """The regions of the profile, whatever their case."""
        return frozenset(name.lower() for name in self.regions)

    def matches(self, values: Mapping[str, Any]) -> bool | None:
        """Return whether a client with `values` (by attribute, references as `…_id`) is inside; None if nothing is asked.

        A fact that is not known is not inside: the condition can't be met.
        """
        if self.asks_nothing:
            return None
        employees = values.get("employees")
        return (
            (not self.kinds or values.get("kind") in self.kinds)
            and (not self.industry_ids or values.get("industry_id") in self.industry_ids)
            and (not self.countries or values.get("country") in self.countries)
            and (not self.regions or (values.get("region") or "").lower() in self.lower_regions)
            and (self.min_employees is None or (employees is not None and employees >= self.min_employees))
            and (self.max_employees is None or (employees is not None and employees <= self.max_employees))
        )
