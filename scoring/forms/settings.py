"""The form of what makes an angel or a demon."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from clients.forms.fields import RegistryForm, Typed
from sales.forms.documents import money_input
from sales.forms.figures import figure
from scoring.models import ProfitSettings


class ProfitSettingsForm(RegistryForm):
    """The two thresholds, and when a case is measured."""

    ids = "profit_%s"

    angel_margin = Typed(
        label=_("An angel keeps at least, % of its revenue"),
        widget=money_input(size=8),
        help_text=_("after direct cost, own costs and its share of the cost pools"),
    )
    demon_below = Typed(
        label=_("A demon earns less than"),
        widget=money_input(size=12),
        help_text=_("profit in the period that is looked at, be it a month or a year; 0: whoever loses money"),
    )
    case_months = Typed(
        label=_("Months until a turnaround case is measured"),
        widget=money_input(inputmode="numeric", size=4),
        help_text=_(
            "whole months after the one in which terms changed, compared with as many before; cases that are under way keep theirs"
        ),
    )

    def __init__(self, data: Any = None) -> None:
        kept = ProfitSettings.current()
        initial = {
            "angel_margin": figure(kept.angel_margin) or "0",
            "demon_below": figure(kept.demon_below) or "0",
            "case_months": kept.case_months,
        }
        super().__init__(data, initial=initial)
        label = _("A demon earns less than, {currency}")
        self.fields["demon_below"].label = label.format(currency=Company.current().currency)
