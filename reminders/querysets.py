"""All reads of reminders, named for what they mean or the page they serve."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from reminders.models import Delivery, Notice, Reminder  # noqa: F401  (named in quotes: models import this module)


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Reminders. Every read that serves a person starts with `visible_to`, every write with `editable_by`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that `user` may read: of every client, since the registry is shared; of none without a role."""
        return self if user.is_active and user.has_perm("clients.view_client") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Those that `user` may close, move and hand over: the own, those of clients that one may change, all for management."""
        from clients.models import Client

        visible = self.visible_to(user).filter(client__archived_at=None)
        if user.has_perm("reminders.change_any_reminder"):
            return visible
        if not user.has_perm("reminders.change_reminder"):
            return self.none()
        return visible.filter(Q(owner=user.pk) | Exists(Client.objects.editable_by(user).filter(pk=OuterRef("client"))))

    def open(self) -> Self:
        """Those that wait to be done."""
        return self.filter(state="open")

    def owned_by(self, user: User) -> Self:
        """Those that `user` has to act on."""
        return self.filter(owner=user.pk)

    def due_before(self, moment: datetime) -> Self:
        return self.filter(due_at__lt=moment)

    def soonest_first(self) -> Self:
        return self.order_by("due_at", "id")

    def for_rows(self) -> Self:
        """With what a row of a list shows: the client's name, the contact, the kind, the owner."""
        return self.select_related("client", "contact", "kind", "owner", "rule")

    def for_panel(self) -> Self:
        """With what a line of the card's panel shows: the contact, the kind, whose it is and who closed it."""
        return self.select_related("contact", "kind", "owner", "stands_in_for", "closed_by")


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices in the browser."""

    def shown_to(self, user: User) -> Self:
        """Those of `user` that still mean something."""
        return self.filter(recipient=user.pk, withdrawn_at=None)

    def unseen(self) -> Self:
        return self.filter(seen_at=None)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """What leaves by mail and push."""

    def waiting(self) -> Self:
        return self.filter(state="waiting")

    def dead(self) -> Self:
        """Those that were given up; the administrator may try them again."""
        return self.filter(state="dead")
