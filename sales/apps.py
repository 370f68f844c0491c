"""Wires the sales app: what each role may do, what it brings to the floors below."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "sales"
    verbose_name = _("Ledger")

    def ready(self) -> None:
        from accounts.roles import Role, grant
        from clients.imports import kinds
        from sales.imports.complaints import ComplaintsKind
        from sales.imports.costs import CostsKind
        from sales.imports.documents import SalesKind
        from sales.imports.payments import PaymentsKind
        from sales.shipped import ship

        for role in Role:
            grant(role, "sales.view_document", "sales.add_document", "sales.change_document")
            grant(role, "sales.view_complaint", "sales.add_complaint", "sales.change_complaint")
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(role, "sales.change_any_document", "sales.see_profit", "sales.import_ledger", "sales.set_ledger")
            grant(role, "sales.delete_document", "sales.delete_complaint")
            grant(role, *(f"sales.{verb}_{what}" for verb in ("view", "add", "change", "delete") for what in ("cost", "costpool")))
        for kind in (SalesKind(), PaymentsKind(), CostsKind(), ComplaintsKind()):
            kinds.register(kind)
        self.enter_navigation()
        self.show_on_cards()
        self.tie_in()
        post_migrate.connect(ship, sender=self, dispatch_uid="sales.shipped")

    def enter_navigation(self) -> None:
        """Put the pages of the ledger into the navigation."""
        from sales.navigation import count_overdue, count_unresolved, may_see_costs
        from ui.navigation import Entry, Section, register

        read, minute = "sales.view_document", 60
        register(Entry(Section.WORK, _("Sales"), "sales:list", "report-money", read, 32, key="s"))
        register(Entry(Section.WORK, _("Open invoices"), "sales:open", "clock", read, 34, count=count_overdue, kept=minute))
        complaints = "sales.view_complaint"
        register(
            Entry(Section.WORK, _("Complaints"), "sales:complaints", "alert-circle", complaints, 36, count=count_unresolved, kept=minute)
        )
        register(Entry(Section.ANALYSIS, _("Costs"), "sales:costs", "arrow-down-right", read, 60, may=may_see_costs, kept=minute))
        register(Entry(Section.ANALYSIS, _("Cost pools"), "sales:pools", "columns-3", "sales.view_costpool", 62))
        register(Entry(Section.SETTINGS, _("Ledger"), "sales:settings", "report-money", "sales.set_ledger", 58))

    def show_on_cards(self) -> None:
        """Bring the money of a client onto its card."""
        from clients import card_panels
        from sales.card_money import money_of

        panel = card_panels.Panel("money", "sales/card/panel.html", money_of, "sales.view_document", column=3, order=5)
        card_panels.register(panel)

    def tie_in(self) -> None:
        """Let money go along with what happens to clients, and tell the floors below of it."""
        from clients.imports.client_rows.undoing import comes_with_client
        from sales import erasure  # noqa: F401  (registers its sweep)
        from sales.audit import register_audit
        from sales.belongings import register_belongings
        from sales.checking_banner import checked_part
        from sales.dates import register_dates
        from sales.models import ClientMonth, ClientSales
        from sales.timeline import register_timeline
        from sales.worth import register_worth
        from ui import shell_parts
        from ui.shell_parts import Part, Place

        register_audit()
        register_belongings()
        register_dates()
        register_timeline()
        register_worth()
        for worked_out in (ClientMonth, ClientSales):
            comes_with_client(worked_out)
        shell_parts.register(Part("ledger_check", Place.ABOVE, "sales/check_banner.html", checked_part, "accounts.manage_company"))
