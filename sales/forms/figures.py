"""Figures as they stand in the fields of a form."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import number_format


def figure(value: Decimal | None) -> str:
    """Return a number as people type it, with the decimal sign of the language and no more digits than it has; empty for zero."""
    if not value:
        return ""
    plain = value.normalize()
    digits = max(0, -int(plain.as_tuple().exponent))
    return number_format(plain, decimal_pos=max(2, digits) if digits else 0, use_l10n=True, force_grouping=False)
