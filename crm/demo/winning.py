"""What it cost the demo company to win its clients: campaigns of the sources that it seeks clients by, and first deals."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from dateutil.relativedelta import relativedelta
from django.db.models import Min

from clients.models import Client, Source
from clients.services.copying import copy_in
from crm.demo.drafts import ZONE
from sales.models import Cost, CostCategory, Document

COST = ["client_id", "category_id", "day", "currency", "rate", "amount", "number", "source_id", "note", "version"]
ENTERED = ["created_at", "created_by_id", "updated_at"]


def win(*, seed: int, today: date, months: int, office: int | None) -> None:
    """Write a campaign a month for each targeted source, and the work on the first deals of half the clients."""
    keys = dict(CostCategory.objects.filter(key__in=("campaigns", "first_deals")).values_list("key", "pk"))
    rows: list[tuple[int | None, int, date, Decimal, int | None]] = []
    dice = Random(f"{seed} campaigns")
    for source in Source.objects.filter(targeted=True).order_by("pk").values_list("pk", flat=True):
        for number in range(months):
            day = min(today.replace(day=1) - relativedelta(months=number) + timedelta(days=dice.randint(0, 20)), today)
            rows.append((None, keys["campaigns"], day, Decimal(dice.randint(9, 40) * 10), source))
    first = dict(Document.objects.filter(kind="sale", amount__gt=0).values_list("client").annotate(Min("day")))
    for pk, own_id, lifecycle, registered in (
        Client.objects.filter(external_id__startswith=f"K{seed}-", archived_at=None, is_supplier=False)
        .order_by("external_id")
        .values_list("pk", "external_id", "lifecycle", "created_at")
    ):
        dice = Random(f"{seed} first deal {own_id}")
        bought = first.get(pk)
        if dice.random() < (0.5 if bought else 0.2 if lifecycle == "potential" else 0):
            day = bought - timedelta(days=dice.randint(0, 30)) if bought else registered.astimezone(ZONE).date() + timedelta(days=5)
            rows.append((pk, keys["first_deals"], min(day, today), Decimal(dice.randint(40, 260)), None))
    now = datetime.combine(today, time(9), ZONE)
    copy_in(
        Cost,
        [*COST, *ENTERED],
        [[client, category, day, "EUR", 1, amount, "", source, "", 1, now, office, now] for client, category, day, amount, source in rows],
    )
