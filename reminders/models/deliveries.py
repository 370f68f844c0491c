"""How people hear of reminders: notices in the browser, and the outbox of what leaves by mail and push."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reminders.models.reminders import Reminder, Stage
from reminders.querysets import DeliveryQuerySet, NoticeQuerySet


class Notice(models.Model):
    """Word of a reminder in the browser. It stands once for an occurrence, a stage and a recipient, whoever writes it."""

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="notices", db_index=False)
    occurrence = models.PositiveIntegerField()
    stage = models.CharField(max_length=10, choices=Stage)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminder_notices", db_index=False)
    at = models.DateTimeField()
    late = models.BooleanField(default=False, help_text="it fired well after its time: Seraph had been off")
    seen_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True, help_text="the reminder was closed, put off or handed over")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint("reminder", "occurrence", "stage", "recipient", name="notice_once")]
        indexes = [
            models.Index(fields=["recipient", "-at", "-id"], condition=Q(withdrawn_at=None), name="notice_of_recipient"),  # the bell's list
            models.Index(
                fields=["recipient", "-id"], condition=Q(seen_at=None, withdrawn_at=None), name="notice_unseen_newest"
            ),  # each poll
            models.Index("at", name="notice_by_age"),  # sweeping
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.stage} {self.recipient_id}"


class Channel(models.TextChoices):
    MAIL = "mail", _("mail")
    PUSH = "push", _("push to the phone")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("delivery", "waiting")
    SENT = "sent", pgettext_lazy("delivery", "sent")
    DROPPED = "dropped", pgettext_lazy("delivery", "not needed any more")
    DEAD = "dead", pgettext_lazy("delivery", "given up")


class Delivery(models.Model):
    """Word of a reminder that leaves Seraph. `key` is the same at each try: receivers tell a repeat by it.

    `try_at` is both the next try and the lease: whoever takes a row puts it ahead, so that a worker which dies leaves a
    row that is taken up again.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="deliveries", db_index=False)
    occurrence = models.PositiveIntegerField()
    stage = models.CharField(max_length=10, choices=Stage)
    channel = models.CharField(max_length=10, choices=Channel)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    late = models.BooleanField(default=False)
    try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="delivery_channel_known"),
            models.UniqueConstraint("reminder", "occurrence", "stage", "channel", "recipient", name="delivery_once"),
        ]
        indexes = [
            models.Index("try_at", "id", condition=Q(state="waiting"), name="delivery_waiting"),  # the worker's next
            models.Index("id", condition=Q(state="dead"), name="delivery_dead"),  # what the administrator looks at
            models.Index("ended_at", condition=~Q(state="waiting"), name="delivery_by_age"),  # sweeping
        ]

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.stage} {self.channel} {self.recipient_id}"
