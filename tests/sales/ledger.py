"""Rows of the ledger for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from clients.models import Client
from sales.models import Complaint, Cost, CostCategory, CostPool, Document

DAY = date(2026, 3, 10)
MARCH = date(2026, 3, 1)


def sale(client: Client | None, amount: Decimal | str | int = 100, day: date = DAY, **more: Any) -> Document:
    """Enter a sale in euros."""
    given = {"kind": "sale", "currency": "EUR", "direct_cost": Decimal(0)} | more
    return Document.objects.create(client=client, amount=Decimal(amount), day=day, **given)


def purchase(client: Client | None, amount: Decimal | str | int = 100, day: date = DAY, **more: Any) -> Document:
    """Enter a purchase in euros."""
    return sale(client, amount, day, kind="purchase", **more)


def cost(client: Client | None, amount: Decimal | str | int = 10, day: date = DAY, category: str = "delivery", **more: Any) -> Cost:
    """Enter a cost in euros."""
    found = CostCategory.objects.get(key=category)
    return Cost.objects.create(client=client, amount=Decimal(amount), day=day, category=found, **{"currency": "EUR"} | more)


def complaint(client: Client, cost: Decimal | str | int = 0, day: date = DAY, **more: Any) -> Complaint:
    """Enter a complaint."""
    return Complaint.objects.create(client=client, cost=Decimal(cost), day=day, **more)


def pool(amount: Decimal | str | int, driver: str, month: date = MARCH, name: str = "Warehouse") -> CostPool:
    """Enter a cost pool."""
    return CostPool.objects.create(name=name, month=month, amount=Decimal(amount), driver=driver)
