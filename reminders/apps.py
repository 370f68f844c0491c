"""Wires the reminders app: what each role may do, what it listens to, what it brings to others."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "reminders"
    verbose_name = _("Reminders")

    def ready(self) -> None:
        from accounts.roles import Role, grant
        from reminders.engine.delivering import register_sender
        from reminders.engine.mail import send_mail
        from reminders.models import Channel
        from reminders.services.following import register_following
        from reminders.shipped import ship_kinds

        for role in Role:
            grant(role, "reminders.view_reminder", "reminders.add_reminder", "reminders.change_reminder")
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(role, "reminders.change_any_reminder", "reminders.see_team_reminders", "reminders.set_reminder_rules")
        grant(Role.ADMINISTRATOR, "reminders.set_reminder_kinds")
        register_following()
        self.tie_in()
        register_sender(Channel.MAIL, send_mail)
        post_migrate.connect(ship_kinds, sender=self, dispatch_uid="reminders.kinds.shipped")

    def tie_in(self) -> None:
        """Let reminders go along with what happens to clients and users, and be told of where these are."""
        from clients.imports.client_rows.undoing import comes_with_client
        from reminders import erasure  # noqa: F401  (registers its sweep)
        from reminders.audit import register_audit
        from reminders.belongings import register_belongings
        from reminders.departures import register_departures
        from reminders.models import Reminder
        from reminders.querysets import untouched
        from reminders.timeline import register_timeline

        register_belongings()
        register_departures()
        register_audit()
        register_timeline()
        comes_with_client(Reminder, made=untouched)
