"""The documents of the ledger: sales and purchases with their lines and payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Round
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clients.models import Client, LineOfBusiness
from clients.models.marking import marking
from sales.models import marking as marks
from sales.models.money import ZERO, MoneyField, in_company_currency
from sales.querysets import DocumentQuerySet


class DocumentKind(models.TextChoices):
    SALE = "sale", _("sale")
    PURCHASE = "purchase", _("purchase")


_KEPT = [
    "paid",
    "credited",
    "settled_on",
    "line_count",
    "updated_at",
    "home_amount",
    "home_discount",
    "home_direct_cost",
    "home_open",
]
"""What triggers and the database work out; history has no need of it. The version it has: what is put back goes on from there."""


@pghistory.track(
    pghistory.UpdateEvent("changed", row=pghistory.Old, condition=pghistory.AnyChange(exclude=[*_KEPT, "version"])),
    pghistory.DeleteEvent("removed", row=pghistory.Old),
    exclude=_KEPT,
    append_only=True,
)
class Document(models.Model):
    """Money that was invoiced: by us (a sale) or to us (a purchase).

    `amount` is what was invoiced, after `discount` was taken off; `direct_cost` is what the goods or the work cost us.
    All three are in `currency`; the `home_…` columns hold them in the company's, at `rate`. A return or a credit note is a
    document with a negative amount that `reverses` another one, or stands alone.

    A document with lines is the sum of them, and triggers keep `line_count`, `paid`, `credited` and `settled_on`. What is
    owed is followed where there is a day on which it is due (`due_on`).

    Without a client it is money that nobody can be shown to have brought: reports show it on a line of its own.
    """

    Kind = DocumentKind

    kind = models.CharField(_("kind"), max_length=8, choices=DocumentKind, default=DocumentKind.SALE)
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, blank=True, related_name="documents", db_index=False, verbose_name=_("client")
    )
    number = models.CharField(_("number"), max_length=64, blank=True)
    day = models.DateField(_("date"))
    line_of_business = models.ForeignKey(
        LineOfBusiness, models.PROTECT, null=True, blank=True, related_name="documents", db_index=False, verbose_name=_("line of business")
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[RegexValidator(r"^[A-Z]{3}\Z")], help_text=_("ISO 4217 code"))
    rate = models.DecimalField(
        _("rate"),
        max_digits=16,
        decimal_places=8,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.00000001"))],
        help_text=_("how much of the company's currency one unit is worth"),
    )
    amount = MoneyField(_("amount"), help_text=_("after discount; negative for a return or a credit note"))
    discount = MoneyField(_("discount"), default=ZERO, help_text=_("what was taken off the price"))
    direct_cost = MoneyField(_("direct cost"), default=ZERO, help_text=_("what the goods or the work cost us"))
    line_count = models.PositiveIntegerField(_("lines"), default=0, db_default=0, editable=False)
    due_on = models.DateField(_("due"), null=True, blank=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reversals", db_index=False, verbose_name=_("takes back")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    paid = MoneyField(_("paid"), default=ZERO, db_default=ZERO, editable=False)
    credited = MoneyField(_("credited"), default=ZERO, db_default=ZERO, editable=False)
    settled_on = models.DateField(_("settled on"), null=True, editable=False)
    home_amount = in_company_currency("amount")
    home_discount = in_company_currency("discount")
    home_direct_cost = in_company_currency("direct_cost")
    home_open = models.GeneratedField(
        expression=Case(
            When(Q(due_on=None) | Q(reverses__isnull=False), then=Value(ZERO)),
            default=Round((F("amount") + F("credited") - F("paid")) * F("rate"), precision=2),
        ),
        output_field=MoneyField(),
        db_persist=True,
    )

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        permissions = [
            ("change_any_document", "Can change the documents of the clients of others"),
            ("see_profit", "Can see costs and profit"),
            ("import_ledger", "Can import into the ledger"),
            ("set_ledger", "Can close periods and set thresholds, cost categories and pools"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="document_kind_known"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="document_rate_positive"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="document_currency_code"),
            models.CheckConstraint(condition=Q(reverses=None) | Q(amount__lte=0), name="document_reversal_negative"),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="document_not_own_reversal"),
            models.CheckConstraint(condition=Q(version__gte=1), name="document_version_positive"),
            models.UniqueConstraint("kind", "number", condition=~Q(number=""), name="document_number_once"),
        ]
        indexes = [
            models.Index("client", "day", "id", name="document_of_client"),
            models.Index("day", "id", name="document_by_day"),
            # the list of purchases, which are few among sales
            models.Index("day", "id", condition=Q(kind="purchase"), name="purchase_by_day"),
            models.Index("reverses", condition=Q(reverses__isnull=False), name="document_reverses"),
            # what is owed: overdue invoices, the money of a card, the driver "credit days"
            models.Index("due_on", "id", include=["client", "home_open"], condition=~Q(home_open=0), name="document_open_by_due"),
            models.Index("settled_on", "day", condition=Q(due_on__isnull=False), name="document_by_settled"),
            # what the lists of documents sort and filter by
            models.Index("home_amount", "id", name="document_by_amount"),
            models.Index("line_of_business", "day", "id", condition=Q(line_of_business__isnull=False), name="document_of_line"),
            models.Index("day", "id", condition=Q(amount__lt=0), name="document_return_by_day"),
            models.Index("home_open", "id", condition=~Q(home_open=0), name="document_open_by_amount"),
        ]
        triggers = [*marking("documents", added=marks.DOCUMENTS.added, changed=marks.DOCUMENTS.changed, removed=marks.DOCUMENTS.removed)]

    def __str__(self) -> str:
        return self.number or f"№ {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("sales:document", args=[self.pk])

    @property
    def is_return(self) -> bool:
        """Whether it takes something back."""
        return bool(self.amount < 0)

    @property
    def owed(self) -> Decimal:
        """What is still open on it, in its own currency; nothing where that is not followed."""
        if self.due_on is None or self.reverses_id is not None:
            return ZERO
        return Decimal(self.amount + self.credited - self.paid)

    def days_late(self, today: date) -> int:
        """Return for how many days, on `today`, the day has passed on which what is still open was due; 0: it is not late."""
        return max(0, (today - self.due_on).days) if self.due_on is not None and self.owed else 0

    @property
    def margin(self) -> Decimal:
        """What is left after the direct cost, in the company's currency."""
        return Decimal(self.home_amount - self.home_direct_cost)


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("removed", row=pghistory.Old), append_only=True)
class DocumentLine(models.Model):
    """One line of a document, in the document's currency."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.CharField(_("product"), max_length=200, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=16, decimal_places=4, default=Decimal(1))
    amount = MoneyField(_("amount"))
    discount = MoneyField(_("discount"), default=ZERO)
    direct_cost = MoneyField(_("direct cost"), default=ZERO)

    class Meta:
        default_permissions = ()
        ordering = ["position"]
        constraints = [models.UniqueConstraint("document", "position", name="document_line_once")]
        triggers = [*marking("lines", added=marks.LINES_ADDED, changed=marks.LINES_CHANGED, removed=marks.LINES_REMOVED)]

    def __str__(self) -> str:
        return self.product


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("removed", row=pghistory.Old), append_only=True)
class Payment(models.Model):
    """Money that came in for a document (or went out for a purchase), in the document's currency; negative: given back."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="payments", db_index=False)
    day = models.DateField(_("date"))
    amount = MoneyField(_("amount"))
    number = models.CharField(_("number"), max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["day", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="payment_not_nothing"),
            models.UniqueConstraint("document", "number", condition=~Q(number=""), name="payment_number_once"),
        ]
        indexes = [
            models.Index("document", "day", name="payment_of_document"),
            # the roll-up of money of no client, and the months that its check has worked out anew (sales/rollup.py)
            models.Index("day", name="payment_by_day"),
        ]
        triggers = [*marking("payments", added=marks.PAYMENTS_ADDED, changed=marks.PAYMENTS_CHANGED, removed=marks.PAYMENTS_REMOVED)]

    def __str__(self) -> str:
        return f"{self.day}: {self.amount}"
