"""The project itself, as an app for its commands and its signs of life."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Seraph")

    def ready(self) -> None:
        from crm import guard

        post_migrate.connect(guard.after_migrating, sender=self, dispatch_uid="crm.guard")
