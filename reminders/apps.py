"""Wires the reminders app: what each role may do, what it listens to, what it brings to others."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "reminders"
    verbose_name = _("Reminders")

    def ready(self) -> None:
        from accounts.roles import Role, grant
        from reminders.audit import register_audit
        from reminders.engine.delivering import register_sender
        from reminders.engine.mail import hang_up, send_mail
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
        self.act_on_cards()
        register_following()
        register_audit()
        register_dates()
        wire_rules()
        self.enter_navigation()
        self.tie_in()
        register_sender(Channel.MAIL, send_mail, after=hang_up)
        self.let_people_hear()
        post_migrate.connect(ship, sender=self, dispatch_uid="reminders.shipped")

    def enter_navigation(self) -> None:
        """Put the pages of the day into the navigation."""
        from reminders.today import count_for_navigation as due_today
        from ui.navigation import Entry, Section, register

        view = "reminders.view_reminder"
        register(Entry(Section.WORK, _("Today"), "reminders:today", "calendar-due", view, 10, key="t", count=due_today, kept=60, tab=1))
        register(Entry(Section.WORK, _("Calendar"), "reminders:calendar", "calendar", view, 12))
        register(Entry(Section.WORK, _("Reminders"), "reminders:list", "bell", view, 30, key="r"))

    def let_people_hear(self) -> None:
        """The bell and the banner of every page, push messages, the pages of what is heard how."""
        from accounts import personal_pages, read_with_user
        from reminders import lying, undelivered
        from reminders.engine.delivering import register_sender
        from reminders.engine.push import send_push, ship_push_keys
        from reminders.models import Channel
        from reminders.notices import READ_WITH_USER
        from reminders.views.notices import READ, bell_part, late_part
        from ui import shell_parts
        from ui.navigation import Entry, Section, register
        from ui.shell_parts import Part, Place

        register_sender(Channel.PUSH, send_push)
        for name, made in READ_WITH_USER.items():
            read_with_user.register(name, made)
        post_migrate.connect(ship_push_keys, sender=self, dispatch_uid="reminders.push.keys")
        kinds = "reminders.set_reminder_kinds"
        shell_parts.register(Part("bell", Place.HEAD, "reminders/notices/bell.html", bell_part, READ, script="reminders.js"))
        shell_parts.register(Part("late", Place.ABOVE, "reminders/notices/late.html", late_part, kinds))
        personal_pages.register(
            personal_pages.PersonalPage(
                _("How you hear of reminders"),
                _("By mail, on the desktop, on the phone; quiet hours."),
                "reminders:preferences",
                "bell",
                READ,
            )
        )
        rules, left = "reminders.set_reminder_rules", lying.count_for_navigation
        register(Entry(Section.WORK, _("Left lying"), "reminders:left_lying", "flag", READ, 45, count=left, kept=60, may=lying.may_see))
        register(Entry(Section.SETTINGS, _("Escalation"), "reminders:escalation", "arrow-up", rules, 56))
        failed = undelivered.count_for_navigation
        register(Entry(Section.SETTINGS, _("Not delivered"), "reminders:undelivered", "mail", kinds, 77, count=failed, kept=60))

    def tie_in(self) -> None:
        """Let reminders go along with what happens to clients and users, and be told of where these are."""
        from clients.imports.client_rows.undoing import comes_with_client
        from reminders import erasure  # noqa: F401  (registers its sweep)
        from reminders.belongings import register_belongings
        from reminders.departures import register_departures
        from reminders.models import Reminder
        from reminders.querysets import untouched
        from reminders.timeline import register_timeline

        register_belongings()
        register_departures()
        register_timeline()
        comes_with_client(Reminder, made=untouched)

    def act_on_cards(self) -> None:
        """Bring the reminders of a client onto its card."""
        from clients import card_actions, card_panels
        from reminders.views.card_panel import panel_of

        follows = frozenset({"next", "timeline"})
        card_panels.register(card_panels.Panel("reminders", "reminders/card/panel.html", panel_of, column=3, order=2, follows=follows))
        finish = card_actions.CardAction("finish", _("Work finished…"), "check", "reminders:finish_work", "reminders.add_reminder")
        card_actions.register(finish)
