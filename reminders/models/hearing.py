"""What goes out beside single deliveries: the morning's mail, and push messages with what they need."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reminders.querysets import PushDeviceQuerySet


class ReminderDigest(models.Model):
    """The morning's mail of one person and day. Written in the transaction that keeps the mail, it stands once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("day", "user", name="reminder_digest_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class PushDevice(models.Model):
    """A browser that takes push messages, as it gave itself (RFC 8030, RFC 8291): where to post, and the keys to encrypt with.

    It hears only while its user is signed in on it: `session_key` and `stamp` are those of the sign-in.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="push_devices")
    name = models.CharField(_("name"), max_length=200)
    endpoint = models.URLField(max_length=1000, unique=True)
    public_key = models.CharField(max_length=100, help_text="p256dh, base64url")
    secret = models.CharField(max_length=40, help_text="auth, base64url")
    session_key = models.CharField(max_length=40, editable=False)
    stamp = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)

    objects = PushDeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device for push messages")
        verbose_name_plural = _("devices for push messages")
        default_permissions = ()
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class PushKeys(models.Model):
    """One row: the key pair by which push services know this Seraph (VAPID, RFC 8292). Made once; nobody else has it.

    It is kept here, not in a file, so that all hosts of an installation share it and a restored backup keeps its devices.
    """

    id = models.SmallIntegerField(primary_key=True, default=1, editable=False)
    private_key = models.TextField(help_text="PEM")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="push_keys_is_one")]

    def __str__(self) -> str:
        return "VAPID"
