"""What rules bring to other parts: pages in the navigation, lines of the audit, what a new installation may begin with."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Value
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import begin_with
from accounts.audit import Group, Subject
from accounts.audit import register as register_audit
from accounts.models import User
from reminders.shipped import RULES
from reminders.sources import source_of
from ui.navigation import Entry, Section, register


def wire_rules() -> None:
    """Make it all known (called when the app is ready)."""
    from reminders.models import ReminderKind, ReminderRule
    from reminders.models.kinds import SHIPPED

    register(Entry(Section.SETTINGS, _("Reminder rules"), "reminders:rules", "repeat", "reminders.set_reminder_rules", 50))
    register(Entry(Section.SETTINGS, _("Kinds of reminders"), "reminders:kinds", "bell", "reminders.set_reminder_kinds", 55))
    register_audit(
        Group(
            "reminder_rules",
            _("Reminder rules and kinds"),
            {
                "reminder_rule_added": _("Added a reminder rule"),
                "reminder_rule_changed": _("Changed a reminder rule"),
                "reminder_rule_on": _("Switched a reminder rule on"),
                "reminder_rule_off": _("Switched a reminder rule off"),
                "reminder_rule_retired": _("Retired a reminder rule"),
                "reminder_rule_back": _("Brought a reminder rule back"),
                "reminder_kind_added": _("Added a kind of reminder"),
                "reminder_kind_changed": _("Changed a kind of reminder"),
                "reminder_kind_retired": _("Retired a kind of reminder"),
                "reminder_kind_back": _("Brought a kind of reminder back"),
                "reminder_kind_moved": _("Moved a kind of reminder"),
            },
        ),
        Subject(
            "reminderrule",
            pgettext_lazy("audit", "reminder rule"),
            ReminderRule.objects.all,
            Coalesce(NullIf("name", Value("")), "shipped"),
            show=lambda name: capfirst(str(RULES[name].label)) if name in RULES else name,
            url=lambda pk: reverse("reminders:rule", args=[pk]),
        ),
        Subject(
            "reminderkind",
            pgettext_lazy("audit", "kind of reminder"),
            ReminderKind.objects.all,
            Coalesce(NullIf("name", Value("")), "key"),
            show=lambda name: capfirst(str(SHIPPED[name][0])) if name in SHIPPED else name,
            url=lambda pk: reverse("reminders:kinds"),
        ),
    )
    begin_with.register(
        begin_with.Offer(
            "rules",
            _("Reminders to begin with"),
            _("Seraph makes these by itself; each can be changed or switched off later."),
            choices_to_begin_with,
            begin_with_rules,
        )
    )


def choices_to_begin_with() -> list[begin_with.Choice]:
    """Return the shipped rules whose dates are there."""
    return [
        begin_with.Choice(key, capfirst(str(rule.label)), rule.hint, rule.begins)
        for key, rule in RULES.items()
        if source_of(rule.source) is not None
    ]


def begin_with_rules(user: User, chosen: Sequence[str]) -> None:
    """Switch the shipped rules on that were chosen."""
    from reminders.models import ReminderRule
    from reminders.services.rules import switch_rule

    for pk in ReminderRule.objects.filter(shipped__in=chosen, active=False, retired_at=None).values_list("pk", flat=True):
        switch_rule(user=user, rule_id=pk, on=True)
