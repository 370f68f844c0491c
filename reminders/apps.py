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
        from reminders.rules.dates import register_dates
        from reminders.rules.wiring import wire_rules
        from reminders.services.following import register_following
        from reminders.shipped import ship

        for role in Role:
            grant(role, "reminders.view_reminder", "reminders.add_reminder", "reminders.change_reminder")
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(role, "reminders.change_any_reminder", "reminders.see_team_reminders", "reminders.set_reminder_rules")
        grant(Role.ADMINISTRATOR, "reminders.set_reminder_kinds")
        register_following()
        register_dates()
        wire_rules()
        register_sender(Channel.MAIL, send_mail)
        post_migrate.connect(ship, sender=self, dispatch_uid="reminders.shipped")
