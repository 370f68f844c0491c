"""What management and the administrator set for the ledger: one row."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.once import once


class LedgerCheck(models.Model):
    """How the last comparison of the roll-up with the documents ended: one row. `checked_at` is when it began."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    checked_at = models.DateTimeField()
    differences = models.PositiveIntegerField(default=0)
    first_month = models.DateField(null=True, help_text="the earliest month that differed")

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="ledger_check_is_one")]

    def __str__(self) -> str:
        return f"{self.checked_at}: {self.differences}"


class LedgerSettings(models.Model):
    """One row. Triggers of the ledger read `locked_before` themselves, so that no writer gets past it."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    locked_before = models.DateField(
        _("closed before"), null=True, blank=True, help_text=_("documents of earlier days can't be added, changed or removed any more")
    )
    former_after_months = models.PositiveSmallIntegerField(
        _("months without a sale until a client is former"), default=12, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    managers_see_profit = models.BooleanField(
        _("managers see what their own clients earn"), default=False, help_text=_("else costs and profit are for management alone")
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="ledger_settings_is_one"),
            models.CheckConstraint(condition=Q(former_after_months__gte=1), name="ledger_former_after_positive"),
        ]

    def __str__(self) -> str:
        return str(self.locked_before or "")

    @classmethod
    def current(cls) -> LedgerSettings:
        """Return what was chosen, or an unsaved row with the defaults."""
        return once(cls, lambda: cls.objects.first() or cls())
