"""What each person and the company want of reminders, and how the engine is."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class MailWhen(models.TextChoices):
    AT_ONCE = "at_once", _("at once")
    DIGEST = "digest", _("in the morning's mail")
    NEVER = "never", _("not by mail")


class ReminderPreferences(models.Model):
    """By which channel somebody hears of reminders, and when not. No row: the defaults."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="reminder_preferences")
    mail = models.CharField(_("by mail"), max_length=10, choices=MailWhen, default=MailWhen.DIGEST)
    mail_by_kind = models.JSONField(default=dict, blank=True, help_text="key of a kind -> one of MailWhen, where it differs")
    digest_at = models.TimeField(_("morning's mail at"), default=time(7, 30))
    desktop = models.BooleanField(_("desktop notifications"), default=False)
    desktop_without = models.JSONField(default=list, blank=True, help_text="keys of the kinds that are not shown so")
    push = models.BooleanField(_("push to the phone"), default=False)
    push_without = models.JSONField(default=list, blank=True, help_text="keys of the kinds that are not sent so")
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True, default=time(20))
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True, default=time(7))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.mail}"

    def mail_for(self, kind: str) -> str:
        """Return when word of reminders of this kind (its key) goes by mail."""
        chosen = self.mail_by_kind.get(kind)
        return str(chosen) if chosen in MailWhen.values else self.mail

    def desktop_for(self, kind: str) -> bool:
        """Return whether word of reminders of this kind (its key) is shown on the desktop."""
        return self.desktop and kind not in self.desktop_without

    def push_for(self, kind: str) -> bool:
        """Return whether word of reminders of this kind (its key) is pushed to the phone."""
        return self.push and kind not in self.push_without

    @property
    def differing(self) -> set[str]:
        """The keys of the kinds that don't go the way of the others."""
        return {*self.mail_by_kind, *self.desktop_without, *self.push_without}

    @classmethod
    def of(cls, user: User) -> ReminderPreferences:
        """Return what `user` wants, or the defaults."""
        try:
            return user.reminder_preferences
        except cls.DoesNotExist:
            return cls(user=user)


class ReminderSettings(models.Model):
    """One row: after how long a head hears of what nobody acted on."""

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    escalate_hours = models.PositiveSmallIntegerField(
        _("working hours until the head hears of it"), default=8, validators=[MinValueValidator(1), MaxValueValidator(400)]
    )
    escalates = models.BooleanField(_("tell the head of what nobody acts on"), default=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="reminder_settings_is_one")]

    def __str__(self) -> str:
        return f"{self.escalate_hours} h"

    @classmethod
    def current(cls) -> ReminderSettings:
        """Return what management chose, or an unsaved row with the defaults."""
        return cls.objects.first() or cls()


class ReminderPulse(models.Model):
    """When a recurring job of the engine last ran, by the database's clock; `said` is what it wants to remember."""

    name = models.CharField(primary_key=True, max_length=40)
    at = models.DateTimeField()
    said = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def tick_age(cls) -> float | None:
        """Return the seconds since the engine last looked at what is due, by the database's clock; None: it never did."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp() - at) FROM reminders_reminderpulse WHERE name = 'reminders.tick'")
            row = cursor.fetchone()
        return float(row[0]) if row else None


class CalendarFeed(models.Model):
    """The secret address at which a calendar program reads somebody's reminders. Only the digest of the secret is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}"
