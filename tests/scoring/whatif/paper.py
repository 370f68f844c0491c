"""Numbers as they stand on paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def exactly(*values: Any) -> tuple[Decimal, ...]:
    """Return them as exact numbers."""
    return tuple(Decimal(str(value)) for value in values)
