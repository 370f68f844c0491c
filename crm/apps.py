"""The project itself, as an app for its commands and its signs of life."""

import atexit

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Seraph")

    def ready(self) -> None:
        from crm import guard

        post_migrate.connect(guard.after_migrating, sender=self, dispatch_uid="crm.guard")
        atexit.register(close_pools)


def close_pools() -> None:
    """Give the connections back before the interpreter goes: a pool that is swept up with it writes to the log from a process
    that is half taken down, which then ends in a crash (status 139)."""
    for connection in connections.all(initialized_only=True):
        connection.close_pool()  # type: ignore[attr-defined]
