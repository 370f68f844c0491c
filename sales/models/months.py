"""What is worked out from the documents: the roll-up by client and month that all analysis reads."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from sales.models.costs import CostCategory
from sales.models.money import MoneyField


def _money(label: str) -> MoneyField:
    return MoneyField(label, default=0, db_default=0)


def _count(label: str) -> models.IntegerField[int, int]:
    return models.IntegerField(label, default=0, db_default=0)


class LedgerMark(models.Model):
    """A month of a client (null: of no client) that has to be worked out anew. Triggers of the documents write it, in the
    transaction that changes them; `sales.rollup.refresh` works it off. `pool`: a cost pool of the month changed."""

    client = models.ForeignKey(Client, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False)
    month = models.DateField()
    pool = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        indexes = [models.Index("client", "month", name="ledger_mark_of_client")]  # a card asks which of its months wait

    def __str__(self) -> str:
        return f"{self.client_id}, {self.month}"


class LedgerMonth(models.Model):
    """A month of the company: how often it was worked out anew. Reports that were kept go by it."""

    month = models.DateField(primary_key=True)
    revision = models.PositiveBigIntegerField(default=0, db_default=0)
    changed_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month}: {self.revision}"


class ClientMonth(models.Model):
    """The figures of a client (null: of no client) in a month, in the company's currency. No row: nothing happened.

    `orders` are sales with an amount above zero, `returns` those below; `lines` counts a document without lines as one.
    `late_days` is Σ amount × days after the due day over the payments of the month (before it: negative), `paid` Σ amount.
    Nobody looks for a row by its number, so that has no index.
    """

    month = models.DateField()
    client = models.ForeignKey(Client, models.DO_NOTHING, null=True, related_name="ledger_months", db_index=False, db_constraint=False)
    revenue = _money("revenue")
    discount = _money("discount")
    direct_cost = _money("direct cost")
    own_cost = _money("own costs")
    purchases = _money("purchases")
    paid = _money("paid")
    late_days = models.DecimalField(max_digits=20, decimal_places=2, default=0, db_default=0)
    orders = _count("orders")
    returns = _count("returns")
    lines = _count("lines")
    complaints = _count("complaints")
    touches = _count("touches")
    touch_minutes = _count("minutes of touches")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("month", "client", name="client_month_once", nulls_distinct=False)]
        indexes = [models.Index("client", "month", name="client_month_of_client")]

    def __str__(self) -> str:
        return f"{self.client_id}, {self.month}"


class ClientMonthCost(models.Model):
    """The own costs of a client (null: of no client) in a month, by category. Its number has no index either."""

    month = models.DateField()
    client = models.ForeignKey(Client, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False)
    category = models.ForeignKey(CostCategory, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    amount = _money("amount")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("month", "client", "category", name="client_month_cost_once", nulls_distinct=False)]
        indexes = [models.Index("client", "month", name="client_month_cost_of_client")]

    def __str__(self) -> str:
        return f"{self.client_id}, {self.month}: {self.amount}"


class ClientSales(models.Model):
    """When a client bought for the first and for the last time (documents with an amount above zero). No row: never."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="sales_span")
    first_on = models.DateField(_("first sale"), db_index=True)
    last_on = models.DateField(_("last sale"), db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.first_on} – {self.last_on}"
