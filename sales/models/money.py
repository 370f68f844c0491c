"""Money is decimal: sixteen digits, two of them behind the point."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Round

ZERO = Decimal(0)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]  # django-stubs have it generic, Django has not
    """An amount of money."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"max_digits": 16, "decimal_places": 2} | kwargs))


def in_company_currency(column: str) -> models.GeneratedField:
    """Return a column that holds `column` at the rate of its document, rounded to the cent (halves away from zero)."""
    return models.GeneratedField(expression=Round(F(column) * F("rate"), precision=2), output_field=MoneyField(), db_persist=True)
