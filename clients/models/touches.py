"""Touches: each contact with a client."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.clients import Client
from clients.models.contacts import Contact


def _entered_late(client_ids: str) -> str:
    """Return the function of a trigger: it works out `ClientStanding.entered_late` of the clients that a query chooses.

    Index: touch_timeline.
    """
    return f"""
        UPDATE clients_clientstanding AS s SET entered_late = n.days
        FROM (
          SELECT c.id, GREATEST(0, COALESCE(ceil(extract(epoch FROM c.created_at
            - (SELECT min(t.at) FROM clients_touch AS t WHERE t.client_id = c.id)) / 86400), 0))::integer AS days
          FROM clients_client AS c WHERE c.id IN ({client_ids})
        ) AS n
        WHERE s.client_id = n.id AND s.entered_late <> n.days;
        RETURN NULL;
    """  # noqa: S608  (the three queries below)


class TouchKind(models.TextChoices):
    CALL = "call", _("call")
    MEETING = "meeting", _("meeting")
    EMAIL = "email", _("e-mail")
    VISIT = "visit", _("visit")


class TouchOutcome(models.TextChoices):
    REACHED = "reached", _("reached")
    NO_ANSWER = "no_answer", _("no answer")
    BUSY = "busy", _("busy, later")
    REFUSED = "refused", _("refused")


@pghistory.track(pghistory.UpdateEvent("changed", row=pghistory.Old), pghistory.DeleteEvent("removed", row=pghistory.Old), append_only=True)
class Touch(models.Model):
    """One contact with a client: what kind, how it went, what was said, what comes next."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="touches")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="touches", verbose_name=_("with"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="touches", verbose_name=_("by"))
    kind = models.CharField(_("kind"), max_length=10, choices=TouchKind, default=TouchKind.CALL)
    outcome = models.CharField(_("outcome"), max_length=10, choices=TouchOutcome, default=TouchOutcome.REACHED)
    note = models.TextField(_("note"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    facts_confirmed = models.BooleanField(_("facts confirmed"), default=False)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)
    next_step_at = models.DateTimeField(_("next step due"), null=True, blank=True)
    no_next_step_because = models.CharField(_("no next step, because"), max_length=300, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TouchKind.values), name="touch_kind_known"),
            models.CheckConstraint(condition=Q(outcome__in=TouchOutcome.values), name="touch_outcome_known"),
            models.CheckConstraint(condition=Q(next_step_at=None) | Q(no_next_step_because=""), name="touch_next_step_or_none"),
        ]
        indexes = [models.Index(fields=["client", "-at", "-id"], name="touch_timeline")]
        triggers = [
            # how long after its first touch a client was registered; nearly every touch is younger than that and costs one look
            pgtrigger.Trigger(
                name="entered_late_insert",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_touches"),  # type: ignore[no-untyped-call]  # the library has no types
                func=_entered_late(
                    "SELECT n.client_id FROM new_touches n JOIN clients_client c ON c.id = n.client_id WHERE n.at < c.created_at"
                ),
            ),
            pgtrigger.Trigger(
                name="entered_late_update",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_touches", new="new_touches"),  # type: ignore[no-untyped-call]
                func=_entered_late(
                    "SELECT unnest(ARRAY[o.client_id, n.client_id]) FROM old_touches o JOIN new_touches n USING (id)"
                    " WHERE (o.client_id, o.at) IS DISTINCT FROM (n.client_id, n.at)"
                ),
            ),
            pgtrigger.Trigger(
                name="entered_late_delete",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                referencing=pgtrigger.Referencing(old="old_touches"),  # type: ignore[no-untyped-call]
                func=_entered_late("SELECT client_id FROM old_touches"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_outcome_display()}"
