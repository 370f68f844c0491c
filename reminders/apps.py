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
        from reminders.today import count_for_navigation as due_today
        from ui.navigation import Entry, Section
        from ui.navigation import register as register_entry

        for role in Role:
            grant(role, "reminders.view_reminder", "reminders.add_reminder", "reminders.change_reminder")
        for role in (Role.MANAGEMENT, Role.ADMINISTRATOR):
            grant(role, "reminders.change_any_reminder", "reminders.see_team_reminders", "reminders.set_reminder_rules")
        grant(Role.ADMINISTRATOR, "reminders.set_reminder_kinds")
        view = "reminders.view_reminder"
        register_entry(
            Entry(Section.WORK, _("Today"), "reminders:today", "calendar-due", view, 10, key="t", count=due_today, kept=60, tab=1)
        )
        register_following()
        register_sender(Channel.MAIL, send_mail)
        post_migrate.connect(ship_kinds, sender=self, dispatch_uid="reminders.kinds.shipped")
