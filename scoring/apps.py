"""Wires the scoring app: profitability, turnaround cases."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    name = "scoring"
    verbose_name = _("Analysis")

    def ready(self) -> None:
        from ui.navigation import Entry, Section, register

        register(Entry(Section.ANALYSIS, _("Profitability"), "scoring:profitability", "scale", "sales.see_profit", 20, key="p"))
