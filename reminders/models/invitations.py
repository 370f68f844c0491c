"""Who was invited to a meeting by mail, and to what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reminders.models.reminders import Reminder


class Invitation(models.Model):
    """What an address was last told of a meeting: once for each reminder and address.

    Who was invited must hear when the meeting moves or is off, though the reminder may by then name somebody else.
    """

    reminder = models.ForeignKey(Reminder, models.CASCADE, related_name="invitations", db_index=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    said = models.CharField(max_length=64, help_text="digest of what it says: told anew only when that changes")
    version = models.PositiveIntegerField(help_text="of the reminder, when this was last looked at")
    sequence = models.PositiveIntegerField(default=0, help_text="RFC 5545: rises with each telling")
    sent_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    watched = models.BooleanField(default=True, help_text="the reminder waits to be done: a change may still have to be told")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("reminder", "email", name="invitation_once")]
        indexes = [models.Index("reminder", "version", condition=Q(watched=True), name="invitation_watched")]  # what to look at again

    def __str__(self) -> str:
        return f"{self.reminder_id} {self.email}"
