"""Wires the scoring app: profitability, turnaround cases."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    name = "scoring"
    verbose_name = _("Analysis")

    def ready(self) -> None:
        from accounts.roles import Role, grant
        from clients import card_panels
        from sales import earned, rollup
        from scoring.audit import register_audit
        from scoring.belongings import register_belongings
        from scoring.card import of_kept_report
        from scoring.services.keeping import wake
        from scoring.timeline import register_timeline
        from scoring.views.cases.card_panel import panel_of
        from ui.navigation import Entry, Section, register

        case = "scoring.view_turnaroundcase"
        for role in Role:
            grant(role, case, "scoring.add_turnaroundcase", "scoring.change_turnaroundcase")
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(role, "scoring.change_any_turnaroundcase", "scoring.stop_working")
        register_belongings()
        register_audit()
        register_timeline()
        earned.register(of_kept_report)
        rollup.register_follower(wake)
        card_panels.register(card_panels.Panel("case", "scoring/cases/card_panel.html", panel_of, case, column=1, order=6))
        register(Entry(Section.ANALYSIS, _("Profitability"), "scoring:profitability", "scale", "sales.see_profit", 20, key="p"))
        register(Entry(Section.ANALYSIS, _("Turnaround cases"), "scoring:cases", "arrow-up-right", case, 25))
        register(Entry(Section.SETTINGS, _("Angels and demons"), "scoring:settings", "scale", "sales.set_ledger", 59))
