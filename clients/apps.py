"""Wires the clients app: what each role may do with the registry."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_MINUTE = 60


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("Clients")

    def ready(self) -> None:
        from accounts import deactivation
        from accounts.roles import Role, grant
        from clients.audit import register_audit
        from clients.criteria import tasks  # noqa: F401  (Celery finds them)
        from clients.criteria.shipped import ship_criteria
        from clients.duplicates import tasks as duplicate_tasks  # noqa: F401  (likewise)
        from clients.imports import kinds
        from clients.imports.client_rows.kind import ClientKind
        from clients.quality import tasks as quality_tasks  # noqa: F401  (Celery finds them)
        from clients.services import departures
        from clients.services.duplicates.belongings import register_belongings

        self.enter_navigation()
        for role in Role:
            grant(
                role,
                "clients.view_client",
                "clients.add_client",
                "clients.change_client",
                "clients.export_client",
                "clients.hand_over_client",
            )
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(
                role,
                "clients.change_any_client",
                "clients.hand_over_client",
                "clients.import_client",
                "clients.set_duplicates",
                "clients.share_view",
                "clients.grant_waiver",
                "clients.see_quality",
                "clients.set_quality",
            )
        grant(Role.ADMINISTRATOR, "clients.set_rules", "clients.erase_client")
        deactivation.register(
            key="clients", say=departures.say_clients, count=departures.count_clients_of, hand_over=departures.hand_over_clients_of
        )
        register_belongings()
        post_migrate.connect(ship_criteria, sender=self, dispatch_uid="clients.criteria.shipped")
        kinds.register(ClientKind())
        register_audit()

    def enter_navigation(self) -> None:
        """Put the registry into the navigation."""
        from clients.duplicates.review import count_for_navigation
        from clients.imports.progress import ended_unseen
        from clients.quality.mending import count_urgent
        from ui.navigation import Entry, Section, register

        new = pgettext_lazy("a client", "New")
        register(Entry(Section.WORK, _("Clients"), "clients:list", "address-book", "clients.view_client", 20, key="c", tab=2))
        register(Entry(Section.WORK, _("New client"), "clients:new", "plus", "clients.add_client", 25, tab=3, tab_label=new, side=False))
        changes = "clients.change_client"
        register(Entry(Section.WORK, _("Mend these"), "quality:mend", "list-check", changes, 40, count=count_urgent, kept=_MINUTE))
        register(Entry(Section.REGISTRY, _("Data quality"), "quality:page", "clipboard-check", "clients.view_client", 10, key="q"))
        waiting = count_for_navigation
        register(Entry(Section.REGISTRY, _("Duplicates"), "duplicates:queue", "copy", changes, 20, key="d", count=waiting, kept=_MINUTE))
        register(Entry(Section.REGISTRY, _("Import"), "imports:list", "upload", "clients.import_client", 30, key="i", count=ended_unseen))
        register(Entry(Section.SETTINGS, _("Entry criteria"), "criteria:list", "adjustments", "clients.view_client", 10, key="e"))
        register(Entry(Section.SETTINGS, _("Custom fields"), "criteria:custom_fields", "columns-3", "clients.set_rules", 20))
        register(Entry(Section.SETTINGS, _("Reference lists"), "criteria:reference_lists", "layout-list", "clients.set_rules", 30))
        register(Entry(Section.SETTINGS, _("Target profile"), "criteria:target", "target", "clients.set_rules", 40))
