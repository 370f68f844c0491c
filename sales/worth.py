"""What a client is worth for an order of lists: its revenue of this month and the twelve before it."""

from __future__ import annotations

from datetime import date

from dateutil.relativedelta import relativedelta
from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from clients import worth
from sales.models import ClientMonth
from sales.periods import company_today, first_of_month

MONTHS = 12


def register_worth() -> None:
    """Let lists of the floors below go by it (called when the app is ready)."""
    worth.register(recent_revenue)


def recent_revenue(today: date | None = None) -> Coalesce:
    """Return the expression of a client's revenue of this month and the twelve before. Index: client_month_of_client."""
    since = first_of_month(today or company_today()) - relativedelta(months=MONTHS)
    months = ClientMonth.objects.filter(client=OuterRef("pk"), month__gte=since).order_by().values("client")
    return Coalesce(Subquery(months.annotate(all=Sum("revenue")).values("all")), Value(0), output_field=DecimalField())
