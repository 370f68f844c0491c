"""What clients cost beside the goods: own costs, complaints, and pools of shared money."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Source
from clients.models.marking import marking
from sales.models import marking as marks
from sales.models.documents import Document
from sales.models.money import ZERO, MoneyField, in_company_currency
from sales.querysets import ComplaintQuerySet, CostPoolQuerySet, CostQuerySet

_UNTOLD = ["version", "updated_at", "home_amount"]
"""What alone makes no entry of history."""
_KEPT = _UNTOLD[1:]
"""What history has no need of. The version it has: what is put back goes on from there."""

SHIPPED: dict[str, tuple[str | Promise, bool]] = {
    # key: name, wins new clients
    "delivery": (_("delivery"), False),
    "visits": (_("visits"), False),
    "service": (_("service hours"), False),
    "discounts": (_("discounts after the fact"), False),
    "complaints": (_("complaint handling"), False),
    "financing": (_("financing"), False),
    "campaigns": (_("campaigns"), True),
    "first_deals": (_("work on first deals"), True),
}
"""The categories that every installation has; the administrator adds more. What complaints cost stands under “complaints”."""


class CostCategory(models.Model):
    """What money is spent on for one client: delivery, visits, service …"""

    key = models.SlugField(max_length=40, blank=True, editable=False, help_text="of the shipped ones")
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("empty: as shipped, in the language of whoever reads it"))
    wins_clients = models.BooleanField(
        _("wins new clients"), default=False, help_text=_("campaigns and the work on first deals: what it costs to win a client")
    )
    position = models.PositiveSmallIntegerField(default=100)
    retired = models.BooleanField(_("no longer offered"), default=False)

    class Meta:
        verbose_name = _("cost category")
        verbose_name_plural = _("cost categories")
        default_permissions = ()
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name="") | ~Q(key=""), name="cost_category_has_name"),
            models.UniqueConstraint(Lower("name"), condition=~Q(name=""), name="cost_category_name_once"),
            models.UniqueConstraint("key", condition=~Q(key=""), name="cost_category_key_once"),
        ]

    def __str__(self) -> str:
        return capfirst(self.name or str(SHIPPED[self.key][0] if self.key in SHIPPED else self.key))


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=_UNTOLD)),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=_KEPT,
    append_only=True,
)
class Cost(models.Model):
    """Money spent on one client; or, without one, on a campaign of a `source`, or on nobody in particular."""

    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="costs", db_index=False, verbose_name=_("client")
    )
    category = models.ForeignKey(CostCategory, models.PROTECT, related_name="costs", db_index=False, verbose_name=_("category"))
    day = models.DateField(_("date"))
    currency = models.CharField(_("currency"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z")], help_text=_("ISO 4217 code"))
    rate = models.DecimalField(
        _("rate"), max_digits=16, decimal_places=8, default=Decimal(1), validators=[MinValueValidator(Decimal("0.00000001"))]
    )
    amount = MoneyField(_("amount"), help_text=_("negative for money that came back"))
    hours = models.DecimalField(
        _("hours"), max_digits=8, decimal_places=2, null=True, blank=True, help_text=_("of service, at a rate by the hour")
    )
    number = models.CharField(_("number"), max_length=64, blank=True, help_text=_("by which other systems know it"))
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="costs", db_index=False, verbose_name=_("for the sale")
    )
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="costs", db_index=False, verbose_name=_("campaign of the source")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    home_amount = in_company_currency("amount")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = CostQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        constraints = [
            models.CheckConstraint(condition=Q(rate__gt=0), name="cost_rate_positive"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="cost_currency_code"),
            models.UniqueConstraint("number", condition=~Q(number=""), name="cost_number_once"),
        ]
        indexes = [
            models.Index("client", "day", "id", name="cost_of_client"),
            models.Index("day", "id", name="cost_by_day"),
            models.Index("document", condition=Q(document__isnull=False), name="cost_of_document"),
            models.Index("category", "day", "id", name="cost_of_category"),
            models.Index("home_amount", "id", name="cost_by_amount"),
        ]
        triggers = [*marking("costs", added=marks.COSTS.added, changed=marks.COSTS.changed, removed=marks.COSTS.removed)]

    def __str__(self) -> str:
        return f"{self.category}: {self.amount} {self.currency}"


class Severity(models.IntegerChoices):
    SLIGHT = 1, pgettext_lazy("complaint", "slight")
    SERIOUS = 2, pgettext_lazy("complaint", "serious")
    GRAVE = 3, pgettext_lazy("complaint", "grave")


class Fault(models.TextChoices):
    OURS = "ours", pgettext_lazy("fault", "ours")
    CLIENT = "client", pgettext_lazy("fault", "the client's")
    OTHERS = "others", pgettext_lazy("fault", "somebody else's")
    UNKNOWN = "unknown", pgettext_lazy("fault", "not known")


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=_UNTOLD[:2])),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=_KEPT[:1],
    append_only=True,
)
class Complaint(models.Model):
    """A client complained. `cost` (in the company's currency) counts among the client's own costs, under complaints."""

    Severity = Severity
    Fault = Fault

    client = models.ForeignKey(Client, models.PROTECT, related_name="complaints", db_index=False, verbose_name=_("client"))
    day = models.DateField(_("date"))
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity, default=Severity.SERIOUS)
    fault = models.CharField(_("whose fault"), max_length=8, choices=Fault, default=Fault.UNKNOWN)
    what = models.TextField(_("what happened"), blank=True)
    cost = MoneyField(_("cost"), default=ZERO, validators=[MinValueValidator(ZERO)])
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="complaints", db_index=False, verbose_name=_("about the sale")
    )
    resolved_on = models.DateField(_("resolved on"), null=True, blank=True)
    resolution = models.TextField(_("how it was resolved"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="complaint_severity_known"),
            models.CheckConstraint(condition=Q(fault__in=Fault.values), name="complaint_fault_known"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="complaint_cost_not_negative"),
        ]
        indexes = [
            models.Index("client", "day", "id", name="complaint_of_client"),
            models.Index("day", "id", name="complaint_by_day"),
            models.Index("day", "id", condition=Q(resolved_on=None), name="complaint_unresolved"),
            models.Index("document", condition=Q(document__isnull=False), name="complaint_of_document"),
        ]
        triggers = [
            *marking("complaints", added=marks.COMPLAINTS.added, changed=marks.COMPLAINTS.changed, removed=marks.COMPLAINTS.removed)
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_severity_display()}"


class Driver(models.TextChoices):
    """What a pool is spread by. The figures are those of the pool's month."""

    REVENUE = "revenue", pgettext_lazy("driver", "revenue")
    ORDERS = "orders", pgettext_lazy("driver", "orders")
    LINES = "lines", pgettext_lazy("driver", "lines of orders")
    TOUCHES = "touches", pgettext_lazy("driver", "touches")
    TOUCH_MINUTES = "touch_minutes", pgettext_lazy("driver", "minutes of touches")
    COMPLAINTS = "complaints", pgettext_lazy("driver", "complaints")
    CREDIT_DAYS = "credit_days", pgettext_lazy("driver", "credit: amount owed × days")
    EQUAL = "equal", pgettext_lazy("driver", "each the same")
    BY_HAND = "by_hand", pgettext_lazy("driver", "by hand")


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=_UNTOLD[:2])),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=_KEPT[:1],
    append_only=True,
)
class CostPool(models.Model):
    """Shared money of one month (the warehouse, the telephone, the accounts), spread over clients by a driver."""

    Driver = Driver

    name = models.CharField(_("name"), max_length=100)
    month = models.DateField(_("month"), help_text=_("its first day"))
    amount = MoneyField(_("amount"), help_text=_("in the company's currency"))
    driver = models.CharField(_("spread by"), max_length=14, choices=Driver, default=Driver.REVENUE)
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = CostPoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("cost pool")
        verbose_name_plural = _("cost pools")
        ordering = ["-month", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(driver__in=Driver.values), name="pool_driver_known"),
            models.CheckConstraint(condition=Q(month__day=1), name="pool_month_first_day"),
            models.UniqueConstraint("month", Lower("name"), name="pool_once_a_month"),
        ]
        triggers = [*marking("pools", added=marks.POOLS_ADDED, changed=marks.POOLS_CHANGED, removed=marks.POOLS_REMOVED)]

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("removed", row=pghistory.Old), append_only=True)
class PoolWeight(models.Model):
    """How much of a pool that is spread by hand falls to one client, beside the others' weights.

    A client that took in another one has that one's row as well as its own: its weight is the sum, and each row goes back
    to whom it came from.
    """

    pool = models.ForeignKey(CostPool, models.CASCADE, related_name="weights", db_index=False)
    client = models.ForeignKey(Client, models.PROTECT, related_name="pool_weights")
    weight = models.DecimalField(_("weight"), max_digits=14, decimal_places=4, validators=[MinValueValidator(ZERO)])

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(weight__gte=0), name="pool_weight_not_negative"),
        ]
        indexes = [models.Index("pool", "client", name="pool_weight_of_client")]
        triggers = [*marking("weights", added=marks.WEIGHTS_ADDED, changed=marks.WEIGHTS_CHANGED, removed=marks.WEIGHTS_REMOVED)]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.weight}"
