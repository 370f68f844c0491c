"""Whoever buys is a current client; whoever has not bought for so many months is a former one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import batched

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F, QuerySet

from clients.criteria import refresh_standing
from clients.models import Client
from clients.models.clients import Lifecycle
from sales.models import ClientSales, LedgerSettings
from sales.periods import company_today

_BATCH = 1_000


def follow_sales(client_ids: Sequence[int], *, today: date | None = None) -> None:
    """Put those right whose first or last sale is another one now: current, if it is within the months that the settings
    name, else former. What somebody set by hand stands until the next sale."""
    bought = ClientSales.objects.filter(client__in=client_ids, client__archived_at=None)
    since = _since(today or company_today())
    _turn(bought.filter(last_on__gte=since).exclude(client__lifecycle=Lifecycle.CURRENT), Lifecycle.CURRENT)
    _turn(bought.filter(last_on__lt=since, client__lifecycle=Lifecycle.POTENTIAL), Lifecycle.FORMER)


def turn_former(*, today: date | None = None) -> int:
    """Make current clients former whose last sale is longer ago than the settings allow; return how many. Runs each night.

    Who is current without ever having bought stays so: somebody knows better than the ledger.
    """
    silent = ClientSales.objects.filter(last_on__lt=_since(today or company_today()), client__archived_at=None)
    return _turn(silent.filter(client__lifecycle=Lifecycle.CURRENT), Lifecycle.FORMER)


def _since(today: date) -> date:
    return today - relativedelta(months=LedgerSettings.current().former_after_months)


def _turn(spans: QuerySet[ClientSales], lifecycle: Lifecycle) -> int:
    ids = list(spans.order_by("client").values_list("client", flat=True))
    count = 0
    for some in batched(ids, _BATCH, strict=False):
        with transaction.atomic():
            turned = Client.objects.filter(pk__in=some).exclude(lifecycle=lifecycle)
            found = list(turned.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
            count += Client.objects.filter(pk__in=found).update(lifecycle=lifecycle, version=F("version") + 1)
            refresh_standing(found)  # criteria may ask other things of whoever buys
    return count
