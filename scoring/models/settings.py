"""What makes a client an angel or a demon: one row."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.once import once
from sales.models.money import ZERO, MoneyField
from ui import formats


class ProfitSettings(models.Model):
    """One row. A change gives it a new revision, and reports that were kept under an older one are worked out anew."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    angel_margin = models.DecimalField(
        _("an angel earns at least"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(10),
        validators=[MinValueValidator(ZERO), MaxValueValidator(Decimal(100))],
        help_text=_("% of its revenue, after all costs"),
    )
    demon_below = MoneyField(
        _("a demon earns less than"), default=ZERO, help_text=_("in the company's currency and for the period; 0: whoever loses money")
    )
    case_months = models.PositiveSmallIntegerField(
        _("a turnaround case is measured again after"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
        help_text=_("months, whole ones after the month of the action"),
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="profit_settings_is_one"),
            models.CheckConstraint(condition=Q(angel_margin__gte=0, angel_margin__lte=100), name="profit_angel_margin_percent"),
            models.CheckConstraint(condition=Q(case_months__gte=1, case_months__lte=24), name="profit_case_months"),
        ]

    def __str__(self) -> str:
        return f"{self.angel_margin} %"

    @property
    def target(self) -> str:
        """The margin from which on a client is an angel, in words."""
        return formats.exact_percent(Decimal(self.angel_margin))

    @classmethod
    def current(cls) -> ProfitSettings:
        """Return what management chose, or an unsaved row with the defaults."""
        return once(cls, lambda: cls.objects.first() or cls())
