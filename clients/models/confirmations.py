"""Confirmations: somebody said that facts of a client are right, without changing them."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.models.touches import Touch


class FactConfirmation(models.Model):
    """One confirmation, with how sure we were before it and after it: taking it back is exact whatever came since."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="confirmations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    touch = models.OneToOneField(Touch, models.CASCADE, null=True, related_name="confirmation", help_text="the touch that confirmed them")
    fact = models.CharField(max_length=60, blank=True, help_text="the key of the one fact; empty: all that the card showed")
    at = models.DateTimeField(help_text="the moment as of which they are right")
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder, help_text="clients.freshness.Freshness")
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder, help_text="the same, as it left it")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        default_permissions = ()
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.fact or '*'} {self.at:%Y-%m-%d}"
