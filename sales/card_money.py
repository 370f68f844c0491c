"""The money of a client, for its card: by month, what is owed, how it pays, what it complained of.

Months come from the roll-up; one whose documents changed a moment ago (a mark waits) is summed up from the documents
themselves, so that a sale stands here as soon as it is entered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, JSONArray

from accounts.models import User
from clients.models import Client
from sales.earned import Earned, earned_by
from sales.models import ClientMonth, Complaint, Document, LedgerMark
from sales.models.money import ZERO, MoneyField
from sales.periods import company_today, first_of_month
from sales.querysets import may_see_profit_of

MONTHS = 12
"""So many months have a bar; as many before them are what they are compared with."""
_FIGURES = ("revenue", "direct_cost", "own_cost", "purchases", "paid", "late_days", "orders", "returns", "complaints")
_OF_PROFIT = frozenset({"direct_cost", "own_cost"})

_FROM_DOCUMENTS = f"""
-- Months of one client straight from its documents. Indexes: document_of_client and the like, through sales_ledgerrow.
SELECT date_trunc('month', r.day)::date, {", ".join(f"sum(r.{name})" for name in _FIGURES)}
FROM sales_ledgerrow r
WHERE r.client_id = %(client)s AND r.day >= %(first)s AND date_trunc('month', r.day)::date = ANY (%(months)s)
GROUP BY 1
"""


@dataclass(frozen=True)
class Figures:
    """What happened in a month or in several. `late_days` is Σ payment × days after it was due, in the company's currency."""

    revenue: Decimal = ZERO
    direct_cost: Decimal = ZERO
    own_cost: Decimal = ZERO
    purchases: Decimal = ZERO
    paid: Decimal = ZERO
    late_days: Decimal = ZERO
    orders: int = 0
    returns: int = 0
    complaints: int = 0

    @classmethod
    def kept(cls, *texts: str) -> Figures:
        """Return figures that the database gave as text."""
        read: dict[str, Any] = {
            one.name: int(text) if isinstance(one.default, int) else Decimal(text) for one, text in zip(fields(cls), texts, strict=True)
        }
        return cls(**read)

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def margin(self) -> Decimal:
        return self.revenue - self.direct_cost

    @property
    def after_own_costs(self) -> Decimal:
        return self.margin - self.own_cost

    @property
    def margin_share(self) -> Decimal | None:
        """The margin in per cent of the revenue."""
        return 100 * self.margin / self.revenue if self.revenue > 0 else None

    @property
    def days_late(self) -> int | None:
        """How many days after it was due the average euro came, rounded; below zero: before it. None: nothing was paid."""
        return round(self.late_days / self.paid) if self.paid > 0 else None

    @property
    def days_early(self) -> int:
        return -(self.days_late or 0)


@dataclass(frozen=True)
class Month:
    """One month with its figures, and its bar in a picture of `WIDTH` × `HEIGHT`."""

    first: date
    figures: Figures
    x: float = 0
    y: float = 0
    height: float = 0

    @property
    def last(self) -> date:
        return self.first + relativedelta(months=1, days=-1)

    @property
    def centre(self) -> float:
        return round(self.x + BAR / 2, 1)


WIDTH, HEIGHT, BAR = 248, 76, 14.7


@dataclass(frozen=True)
class Standing:
    """What stands open with a client now, in the company's currency."""

    owes: Decimal
    late: Decimal
    we_owe: Decimal
    complaints_open: int
    last_order_id: int | None
    last_order_on: date | None
    waiting: Sequence[date] = ()
    """Months whose documents have changed since the roll-up was worked out."""
    months: Sequence[Sequence[Any]] = ()
    """The months of the roll-up: [first day, one of _FIGURES each], all as text, so that no cent is lost on the way."""


class ClientMoney:
    """The money of one client as one user sees it."""

    def __init__(self, client: Client, user: User, *, today: date | None = None) -> None:
        self.client = client
        self.user = user
        self.today = today or company_today()
        self.this_month = first_of_month(self.today)
        self.first = self.this_month - relativedelta(months=2 * MONTHS - 1)

    @cached_property
    def sees_profit(self) -> bool:
        return may_see_profit_of(self.user, self.client.pk)

    @cached_property
    def earned(self) -> Earned | None:
        """Profit and verdict of the last twelve months, for whoever may see them, where they are worked out."""
        return earned_by(self.client.pk, self.this_month) if self.sees_profit else None

    @cached_property
    def may_enter(self) -> bool:
        """Whether the user may enter a sale of this client."""
        if self.client.archived_at is not None or not self.user.has_perm("sales.add_document"):
            return False
        return self.user.has_perm("sales.change_any_document") or bool(getattr(self.client, "is_editable", False))

    @cached_property
    def by_month(self) -> dict[date, Figures]:
        """The months in which anything happened, of the last two years."""
        found = {date.fromisoformat(month): Figures.kept(*figures) for month, *figures in self.standing.months}
        waiting = self.standing.waiting
        return {**found, **dict.fromkeys(waiting, Figures()), **self._from_documents(waiting)} if waiting else found

    def _from_documents(self, months: Sequence[date]) -> dict[date, Figures]:
        with connection.cursor() as cursor:
            cursor.execute(_FROM_DOCUMENTS, {"client": self.client.pk, "first": self.first, "months": list(months)})
            return {month: Figures(*figures) for month, *figures in cursor.fetchall()}

    def _months(self, first: date) -> list[date]:
        return [first + relativedelta(months=number) for number in range(MONTHS)]

    def _sum(self, first: date) -> Figures:
        return sum((self.by_month.get(month, Figures()) for month in self._months(first)), Figures())

    @cached_property
    def year(self) -> Figures:
        """The last twelve months, this one included."""
        return self._sum(self.year_from)

    @cached_property
    def year_before(self) -> Figures:
        return self._sum(self.first)

    @property
    def year_from(self) -> date:
        return self.this_month - relativedelta(months=MONTHS - 1)

    @property
    def year_until(self) -> date:
        return self.this_month + relativedelta(months=1, days=-1)

    @property
    def change(self) -> Decimal | None:
        """By how many per cent the revenue differs from that of the year before; None without any then."""
        before = self.year_before.revenue
        return 100 * (self.year.revenue - before) / before if before > 0 else None

    @cached_property
    def months(self) -> list[Month]:
        """The last twelve months as bars, the oldest first."""
        drawn = []
        for number, month in enumerate(self._months(self.year_from)):
            one = self.by_month.get(month, Figures())
            height = abs(float(one.revenue)) * self._scale
            y = self._zero - height if one.revenue >= 0 else self._zero
            drawn.append(Month(month, one, round(3 + number * (WIDTH - 6 - BAR) / (MONTHS - 1), 1), round(y, 1), round(height, 1)))
        return drawn

    @cached_property
    def _revenues(self) -> list[Decimal]:
        return [self.by_month.get(month, Figures()).revenue for month in self._months(self.year_from)]

    @cached_property
    def _scale(self) -> float:
        """How high the picture draws one unit of money."""
        return HEIGHT / float(max(*self._revenues, ZERO) - min(*self._revenues, ZERO) or 1)

    @cached_property
    def _zero(self) -> float:
        return float(max(*self._revenues, ZERO)) * self._scale

    @property
    def axis(self) -> float:
        """Where zero lies in the picture."""
        return round(self._zero, 1)

    @property
    def named_months(self) -> list[Month]:
        """Those whose names stand under the picture."""
        return [self.months[number] for number in (0, 3, 6, 9, MONTHS - 1)]

    @cached_property
    def earlier(self) -> list[Month]:
        """All months of the last two years in which anything happened, the latest first, for the table.

        A month with nothing but a cost is none for whoever may not see profit: its row alone would say that there was one.
        """
        shown = _FIGURES if self.sees_profit else [name for name in _FIGURES if name not in _OF_PROFIT]
        months = sorted(self.by_month.items(), reverse=True)
        return [Month(month, figures) for month, figures in months if any(getattr(figures, name) for name in shown)]

    @cached_property
    def standing(self) -> Standing:
        """What is open now, and the months of the roll-up: one query of this client's documents, complaints and months."""
        client = OuterRef("pk")
        open_sales = Document.objects.sales().open().filter(client=client).order_by().values("client")
        late = Q(due_on__lt=self.today)
        last = Document.objects.sales().filter(client=client, amount__gt=0).order_by("-day", "-pk")
        unresolved = Complaint.objects.unresolved().filter(client=client).order_by().values("client").annotate(n=Count("pk")).values("n")

        def money(of: models.QuerySet[Any]) -> Any:
            return Coalesce(Subquery(of.values("figure"), output_field=MoneyField()), ZERO, output_field=MoneyField())

        months = ClientMonth.objects.filter(client=client, month__gte=self.first).order_by()
        ours = Document.objects.purchases().open().filter(client=client).order_by().values("client")
        row = (
            Client.objects.filter(pk=self.client.pk)
            .values_list(
                money(open_sales.annotate(figure=Sum("home_open"))),
                money(open_sales.annotate(figure=Sum("home_open", filter=late))),
                money(ours.annotate(figure=Sum("home_open"))),
                Coalesce(Subquery(unresolved, output_field=models.IntegerField()), 0),
                Subquery(last.values("pk")[:1]),
                Subquery(last.values("day")[:1]),
                ArraySubquery(LedgerMark.objects.filter(client=client, month__gte=self.first).order_by().values("month").distinct()),
                ArraySubquery(months.values_list(JSONArray(*(Cast(name, models.TextField()) for name in ("month", *_FIGURES))))),
            )
            .first()
        )
        return Standing(*row) if row else Standing(ZERO, ZERO, ZERO, 0, None, None)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell: nothing bought, sold or complained of."""
        standing = self.standing
        return not self.earlier and standing.last_order_id is None and not standing.owes and not standing.complaints_open


def money_of(client: Client, user: User) -> dict[str, Any] | None:
    """Return what the panel of money on the card of `client` draws for `user`."""
    return {"money": ClientMoney(client, user)}
