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
        self._act_on_cards()
        register_following()
        register_sender(Channel.MAIL, send_mail)
        post_migrate.connect(ship_kinds, sender=self, dispatch_uid="reminders.kinds.shipped")

    def _act_on_cards(self) -> None:
        """Bring the list into the navigation, and the reminders of a client onto its card."""
        from clients import card_actions, card_panels
        from reminders.views.card_panel import panel_of
        from ui.navigation import Entry, Section, register

        register(Entry(Section.WORK, _("Reminders"), "reminders:list", "bell", "reminders.view_reminder", 30, key="r"))
        follows = frozenset({"next", "timeline"})
        card_panels.register(card_panels.Panel("reminders", "reminders/card/panel.html", panel_of, column=3, order=2, follows=follows))
        finish = card_actions.CardAction("finish", _("Work finished…"), "check", "reminders:finish_work", "reminders.add_reminder")
        card_actions.register(finish)
