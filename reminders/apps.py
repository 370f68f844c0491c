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
        self._show_calendar()
        register_sender(Channel.MAIL, send_mail)
        post_migrate.connect(ship_kinds, sender=self, dispatch_uid="reminders.kinds.shipped")

    def _show_calendar(self) -> None:
        from accounts import audit
        from ui.navigation import Entry, Section, register

        register(Entry(Section.WORK, _("Calendar"), "reminders:calendar", "calendar", "reminders.view_reminder", 12))
        noted = {"feed_made": _("Made the address of the own calendar feed"), "feed_revoked": _("Stopped the own calendar feed")}
        audit.register(audit.Group("feeds", _("Calendar feeds"), noted))
