"""Cases for tests that care for who may, not for what stands out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from clients.models import Client
from scoring.models import TurnaroundCase


def case_of(client: Client, *, opened_by: User, **more: Any) -> TurnaroundCase:
    """Make the case of a client, as if it had lost money in the first half of 2026."""
    figures = {"revenue": Decimal(1000), "profit": Decimal(-40), "verdict": "demon", "owner": client.manager}
    return TurnaroundCase.objects.create(
        client=client,
        period_first=date(2026, 1, 1),
        period_end=date(2026, 7, 1),
        opened_at=timezone.now(),
        opened_by=opened_by,
        **figures | more,
    )
