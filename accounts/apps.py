"""Wires the accounts app: roles get their permissions after each migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import roles, sign_ins  # noqa: F401  (its receivers)
        from accounts.audit.own import register_own

        roles.grant(
            roles.Role.ADMINISTRATOR, "accounts.manage_users", "accounts.manage_company", "accounts.read_mail", "accounts.read_audit"
        )
        register_own()
        post_migrate.connect(roles.sync, dispatch_uid="accounts.roles.sync")
        self.enter_navigation()

    def enter_navigation(self) -> None:
        """Put the administrator's pages among the settings; one's own stand in the menu under the name."""
        from ui.navigation import Entry, Section, register

        register(Entry(Section.SETTINGS, _("Users"), "accounts:users", "user-circle", "accounts.manage_users", 70, key="u"))
        register(Entry(Section.SETTINGS, _("Teams"), "accounts:teams", "users", "accounts.manage_users", 72))
        register(Entry(Section.SETTINGS, _("Company"), "accounts:company", "building", "accounts.manage_company", 74))
        register(Entry(Section.SETTINGS, _("Mail"), "accounts:mail", "mail", "accounts.read_mail", 76))
        register(Entry(Section.SETTINGS, _("Audit"), "accounts:audit", "history", "accounts.read_audit", 78))
