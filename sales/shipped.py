"""What every ledger begins with: the cost categories."""

from __future__ import annotations

from typing import Any

from sales.models.costs import SHIPPED


def ship(*, using: str, **kwargs: Any) -> None:
    """Make what is missing of them (called after migrations)."""
    from sales.models import CostCategory

    known = set(CostCategory.objects.using(using).values_list("key", flat=True))
    rows = [
        CostCategory(key=key, wins_clients=wins_clients, position=10 * number)
        for number, (key, (_name, wins_clients)) in enumerate(SHIPPED.items(), start=1)
        if key not in known
    ]
    CostCategory.objects.using(using).bulk_create(rows, ignore_conflicts=True)
