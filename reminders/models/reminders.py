"""Reminders, and what was done with them."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client, Contact, Touch
from reminders.models.kinds import ReminderKind
from reminders.models.rules import ReminderRule
from reminders.querysets import ReminderQuerySet


class State(models.TextChoices):
    OPEN = "open", pgettext_lazy("reminder", "open")
    DONE = "done", pgettext_lazy("reminder", "done")
    CANCELLED = "cancelled", pgettext_lazy("reminder", "cancelled")
    ASLEEP = "asleep", pgettext_lazy("reminder", "asleep while its client is archived")


class Stage(models.TextChoices):
    """What fires next: word in advance, the reminder itself, or word to the head that nobody acted."""

    NOTICE = "notice", _("in advance")
    DUE = "due", _("due")
    ESCALATION = "escalation", _("not acted on")


class Reminder(models.Model):
    """A promise to do something for a client at a time.

    The time is one on a wall: `on_day` and `at_time` in `time_zone`; `due_at` is derived from it (reminders.wall_time).
    Without `at_time` it is for "that day", and due when its owner's working day begins.

    `owner` is who has to act now. Where it `follows_manager`, that is whoever is in charge of the client (a trigger on
    clients keeps it so); nobody: management hears of it.

    `fires_at` and `stage` are what the engine goes by: the next moment at which somebody has to hear of it, and why.
    Nothing is to fire any more: null. `occurrence` rises each time that it is put off, or given away
    after it was told of, so that each time it is told of once.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False, help_text="names it in calendars")
    client = models.ForeignKey(Client, models.CASCADE, related_name="reminders", db_index=False, verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="reminders", db_index=False, verbose_name=_("with")
    )
    kind = models.ForeignKey(ReminderKind, models.PROTECT, related_name="reminders", verbose_name=_("kind"))
    subject = models.CharField(_("why"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True, help_text=_("what to say, what to ask"))

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reminders",
        db_index=False,
        verbose_name=_("who acts"),
    )
    follows_manager = models.BooleanField(_("whoever is in charge of the client"), default=False)
    stands_in_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="whose it is, while handed over for a time",
    )

    on_day = models.DateField(_("day"))
    at_time = models.TimeField(_("time"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    due_at = models.DateTimeField(_("due"))
    minutes = models.PositiveSmallIntegerField(_("length, minutes"), null=True, blank=True)
    notice_minutes = models.PositiveIntegerField(_("word in advance, minutes"), null=True, blank=True)
    repeats = models.CharField(_("repeat"), max_length=300, blank=True, help_text="RFC 5545, without RRULE:")
    series = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, help_text="the first of a repeat"
    )
    place = models.CharField(_("place"), max_length=300, blank=True)
    invites = models.BooleanField(_("send an invitation"), default=False)

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    occurrence = models.PositiveIntegerField(default=1, editable=False)
    stage = models.CharField(max_length=10, choices=Stage, blank=True, default=Stage.DUE, editable=False)
    fires_at = models.DateTimeField(null=True, editable=False)
    fired_at = models.DateTimeField(null=True, editable=False, help_text="when its owner heard that it is due")
    escalated_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=300, blank=True, editable=False, help_text="why the engine set it aside")

    is_promise = models.BooleanField(default=False, editable=False, help_text="the next step that stands on the client")
    rule = models.ForeignKey(ReminderRule, models.PROTECT, null=True, blank=True, related_name="reminders", editable=False, db_index=False)
    rule_key = models.CharField(max_length=80, blank=True, editable=False, help_text="which date of the rule's source it was made from")

    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    closed_because = models.CharField(max_length=300, blank=True, editable=False)
    touch = models.ForeignKey(Touch, models.SET_NULL, null=True, editable=False, related_name="closed_reminders", db_index=False)

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        permissions = [
            ("change_any_reminder", "Can change the reminders of others"),
            ("see_team_reminders", "Can see the calendar and the reminders of teams"),
            ("set_reminder_rules", "Can set the rules that make reminders"),
            ("set_reminder_kinds", "Can set kinds of reminders, and try again what could not be delivered"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="reminder_state_known"),
            models.CheckConstraint(condition=Q(stage__in=[*Stage.values, ""]), name="reminder_stage_known"),
            models.CheckConstraint(condition=Q(state="open") | Q(fires_at=None), name="reminder_closed_fires_no_more"),
            models.CheckConstraint(condition=Q(state__in=["open", "asleep"]) | Q(closed_at__isnull=False), name="reminder_closed_when"),
            models.CheckConstraint(condition=Q(fires_at=None) | ~Q(stage=""), name="reminder_fires_for_a_reason"),
            models.CheckConstraint(condition=Q(rule=None) | ~Q(rule_key=""), name="reminder_of_rule_has_key"),
            models.UniqueConstraint("client", condition=Q(is_promise=True, state__in=["open", "asleep"]), name="reminder_one_promise"),
            models.UniqueConstraint("rule", "client", "rule_key", condition=Q(rule__isnull=False), name="reminder_of_rule_once"),
            models.UniqueConstraint("series", "on_day", condition=Q(series__isnull=False, state="open"), name="reminder_of_series_once"),
        ]
        indexes = [
            models.Index("fires_at", "id", condition=Q(fires_at__isnull=False), name="reminder_to_fire"),  # the engine's next
            models.Index("owner", "due_at", "id", condition=Q(state="open"), name="reminder_of_owner"),  # Today, the calendar
            models.Index(
                "owner", "due_at", "id", condition=Q(state="done"), name="reminder_done_of_owner"
            ),  # calendar and feed, what is past
            models.Index("owner", "due_at", condition=Q(state="cancelled"), name="reminder_cancelled_of_owner"),  # the feed
            models.Index("client", "due_at", "id", condition=Q(state="open"), name="reminder_of_client"),  # the card
            models.Index("closed_by", "closed_at", condition=Q(state="done"), name="reminder_done_by"),  # "9 of 19 done"
            models.Index(fields=["client", "-closed_at"], name="reminder_of_client_closed"),
            models.Index("rule", "state", name="reminder_of_rule"),  # how many a rule made, and how many are done
            models.Index("rule", "on_day", condition=Q(rule__isnull=False), name="reminder_of_rule_by_day"),  # how much of a day is taken
            models.Index("touch", condition=Q(touch__isnull=False), name="reminder_closed_by_touch"),  # a touch is taken back
            models.Index("contact", condition=Q(contact__isnull=False), name="reminder_with_contact"),  # a contact is removed
            models.Index("due_at", "id", condition=Q(state="open"), name="reminder_by_due"),  # the team's calendar, the list
            # the list, of nobody: "is null" keeps no order for the planner, which then walks along everybody's
            models.Index("due_at", "id", condition=Q(state="open", owner=None), name="reminder_of_nobody"),
            models.Index("due_at", "id", include=["state"], name="reminder_by_due_whatever_state"),  # the list, of several states
            models.Index("kind", "due_at", "id", condition=Q(state="open"), name="reminder_of_kind"),  # the list, of some kinds
            models.Index("state", "due_at", "id", condition=~Q(state="open"), name="reminder_closed_by_due"),  # the list, of what is closed
            models.Index("stands_in_for", condition=Q(state="open", stands_in_for__isnull=False), name="reminder_stands_in"),  # giving back
            models.Index("owner", "due_at", "id", condition=Q(state="open", escalated_at__isnull=False), name="reminder_left_lying"),
            models.Index("id", condition=~Q(problem=""), name="reminder_set_aside"),  # what the administrator looks at
            # whether any stands in the series of one that is deleted: the foreign key asks for each
            models.Index("series", condition=Q(series__isnull=False), name="reminder_in_series"),
        ]

    def __str__(self) -> str:
        return self.subject or str(self.kind)

    @property
    def is_open(self) -> bool:
        return self.state == State.OPEN


class Act(models.TextChoices):
    """What was done with a reminder."""

    PLANNED = "planned", _("planned")
    CHANGED = "changed", _("changed")
    SNOOZED = "snoozed", _("put off")
    HANDED_OVER = "handed_over", _("handed over")
    HANDED_BACK = "handed_back", _("handed back")
    DONE = "done", pgettext_lazy("reminder", "done")
    CANCELLED = "cancelled", pgettext_lazy("reminder", "cancelled")
    REOPENED = "reopened", _("opened again")
    ESCALATED = "escalated", _("passed on to the head")


class ReminderAct(models.Model):
    """One thing that was done with a reminder: by whom, when, and what it says of it. Nobody changes it or takes it away."""

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="acts", db_index=False)
    act = models.CharField(max_length=12, choices=Act)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="null: the system")
    facts = models.JSONField(default=dict, help_text="old and new times (ISO), ids of users, the reason")

    class Meta:
        default_permissions = ()
        indexes = [models.Index("reminder", "at", "id", name="reminder_act_of")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.act} {self.reminder_id}"
