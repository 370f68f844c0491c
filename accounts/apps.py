"""Wires the accounts app: roles get their permissions after each migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import roles

        roles.grant(roles.Role.ADMINISTRATOR, "accounts.manage_users", "accounts.manage_company", "accounts.read_mail")
        post_migrate.connect(roles.sync, dispatch_uid="accounts.roles.sync")
