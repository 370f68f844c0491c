"""What clients earned in a period, as it was worked out last: kept until a document of the period changes."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from sales.models import CostPool
from sales.models.money import ZERO, MoneyField


class Verdict(models.TextChoices):
    """By profit: a demon loses money, an angel earns at least the target margin, between is the rest."""

    ANGEL = "angel", pgettext_lazy("verdict", "angel")
    BETWEEN = "between", pgettext_lazy("verdict", "between")
    DEMON = "demon", pgettext_lazy("verdict", "demon")


class ProfitReport(models.Model):
    """The profit of all clients in a period [first, end).

    A period within one month is worked out from the ledger; one of several months is the sum of the reports of these
    months. `months` holds the revisions (sales.LedgerMonth) of the months that it was worked out from: another revision by
    now, and it is out of date. `unallocated` is what no client bears of the pools; `company_profit` was read past the rows,
    and is what they have to add up to.
    """

    first = models.DateField()
    end = models.DateField()
    months = models.JSONField(default=dict, help_text="first day of a month -> its revision")
    settings_revision = models.PositiveIntegerField(default=0)
    credit_revision = models.BigIntegerField(default=0, help_text="where credit is a driver: Σ revisions of all months before the end")
    as_of = models.DateField(null=True, help_text="the day up to which credit was counted")
    worked_out_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(
        null=True,
        help_text="when somebody last looked at it: only then it is kept fresh. null: only ever a part of others",
    )
    share = models.PositiveSmallIntegerField(default=0, help_text="%, how far working it out in the background is")
    unallocated = MoneyField(default=ZERO)
    company_profit = MoneyField(default=ZERO)
    figures = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="sums, whale curve and so on of all clients (scoring.figures)"
    )
    grouped_at = models.DateTimeField(null=True, help_text="when profit by who the clients are was worked out")
    clients_revision = models.BigIntegerField(default=0, help_text="how clients stood then (scoring.figures.stand_of_clients)")

    class Meta:
        verbose_name = _("profitability of a period")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("first", "end", name="profit_report_once"),
            models.CheckConstraint(condition=Q(first__lt=F("end")), name="profit_report_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.end}"


class ProfitRow(models.Model):
    """What one client (null: no client) brought and cost in the period of a report, in the company's currency."""

    # no constraints: millions of rows would each be looked up; the row of the report is held while they are written or deleted
    report = models.ForeignKey(ProfitReport, models.CASCADE, related_name="rows", db_index=False, db_constraint=False)
    client = models.ForeignKey(Client, models.DO_NOTHING, null=True, related_name="+", db_index=False, db_constraint=False)
    revenue = MoneyField(_("revenue"))
    discount = MoneyField(_("discount"))
    direct_cost = MoneyField(_("direct cost"))
    own_cost = MoneyField(_("own costs"))
    pool_cost = MoneyField(_("share of pools"))
    profit = MoneyField(_("profit"))
    purchases = MoneyField(_("purchases"))
    orders = models.IntegerField(_("orders"))
    verdict = models.CharField(
        _("verdict"), max_length=7, choices=Verdict, blank=True, help_text="empty: never bought, or nothing to judge"
    )

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("report", "client", name="profit_row_once", nulls_distinct=False)]
        # None to sort by: writing two cost more than all else of a report, and sorting its rows takes 200 ms at a million clients.

    def __str__(self) -> str:
        return f"{self.client_id}: {self.profit}"


class PoolSpread(models.Model):
    """How a pool was spread in a report of one month: enough to tell any client's share to the cent without keeping it.

    The share of a client with weight w is |amount|·w / total_weight rounded down to the cent, and one cent more for those
    whose rest |amount|·100·w mod total_weight stands before (cut_rest, cut_client), largest rest first, then lowest number
    (largest remainder). Without any weight the whole is `unallocated`.
    """

    report = models.ForeignKey(ProfitReport, models.CASCADE, related_name="spreads", db_index=False)
    pool = models.ForeignKey(CostPool, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    name = models.CharField(max_length=100)
    driver = models.CharField(max_length=14)
    amount = MoneyField(help_text="of the part of the month that the report covers")
    total_weight = models.DecimalField(max_digits=40, decimal_places=4)
    cut_rest = models.DecimalField(max_digits=60, decimal_places=4, null=True)
    cut_client = models.BigIntegerField(null=True)
    unallocated = MoneyField(default=ZERO)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("report", "pool", name="pool_spread_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.amount}"
