"""All reads of reminders, named for what they mean or the page they serve."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from reminders.models import Delivery, Notice, PushDevice, Reminder  # noqa: F401  (named in quotes: models import this module)


_OF_A_ROW = {"id", "full_name", "short_name", "phones", "last_touch_at"}
"""What a row of Today shows of a client."""


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Reminders. Every read that serves a person starts with `visible_to`, every write with `editable_by`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those that `user` may read: of every client, since the registry is shared; of none without a role."""
        return self if user.is_active and user.has_perm("clients.view_client") else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Those that `user` may close, move and hand over: the own, those of teams that one heads and of clients that one may
        change; management all."""
        from accounts.models import User
        from clients.models import Client

        visible = self.visible_to(user).filter(client__archived_at=None)
        if user.has_perm("reminders.change_any_reminder"):
            return visible
        if not user.has_perm("reminders.change_reminder"):
            return self.none()
        headed = User.objects.filter(team__head=user.pk)
        return visible.filter(
            Q(owner=user.pk) | Q(owner__in=headed.values("pk")) | Exists(Client.objects.editable_by(user).filter(pk=OuterRef("client")))
        )

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

    def for_today(self) -> Self:
        """With what a row of Today shows: the contact, the kind, the rule, whom to call. A client has sixty columns, and making
        objects of them is half of what reading a page of rows costs."""
        from clients.models import Client

        unread = [f"client__{field.name}" for field in Client._meta.concrete_fields if field.name not in _OF_A_ROW]
        rows = self.select_related("client__standing", "contact", "kind", "rule").defer(*unread)
        return rows.prefetch_related("client__contacts")

    def for_calendar(self) -> Self:
        """Just what is drawn of an entry: hundreds of them stand in a month, and whole objects take longer than their queries."""
        people = ("client__full_name", "client__short_name", "owner__full_name", "owner__username")
        return self.select_related("client", "kind", "owner").only("subject", "minutes", "version", *people, "kind__key", "kind__name")

    def for_panel(self) -> Self:
        """With what a line of the card's panel shows: the contact, the kind, whose it is and who closed it."""
        return self.select_related("contact", "kind", "owner", "stands_in_for", "closed_by")

    def left_lying(self) -> Self:
        """Those that were passed on to the head, and on which still nobody acted."""
        return self.open().filter(escalated_at__isnull=False)

    def looked_after_by(self, user: User) -> Self:
        """Those of the teams that `user` heads, never the own; management looks after everybody's."""
        others = self.visible_to(user).exclude(owner=user.pk)
        return others if user.has_perm("reminders.see_team_reminders") else others.filter(owner__team__head=user.pk)

    def to_fire_count(self) -> int:
        """Return of how many somebody should have heard by now, at most 10,000. Index: reminder_to_fire."""
        from django.db.models.functions import Now

        return len(self.filter(fires_at__lte=Now()).order_by("fires_at").values_list("pk")[:10_000])

    def set_aside(self) -> Self:
        """Those that the engine could not tell of; the administrator may try them again."""
        return self.open().exclude(problem="")


def untouched() -> Q:
    """Return the condition of reminders that rules or a next step made and nobody has done anything with."""
    from reminders.models import ReminderAct

    return Q(~Exists(ReminderAct.objects.filter(reminder=OuterRef("pk"), by__isnull=False)), created_by=None, closed_by=None)


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices in the browser."""

    def shown_to(self, user: User) -> Self:
        """Those of `user` that still mean something."""
        return self.filter(recipient=user.pk, withdrawn_at=None)

    def unseen(self) -> Self:
        return self.filter(seen_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-at", "-id")

    def for_panel(self) -> Self:
        """With what a line of the bell's list shows."""
        return self.select_related("reminder__client", "reminder__kind", "reminder__owner")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """What leaves by mail and push."""

    def waiting(self) -> Self:
        return self.filter(state="waiting")

    def dead(self) -> Self:
        """Those that were given up; the administrator may try them again."""
        return self.filter(state="dead")


class PushDeviceQuerySet(models.QuerySet["PushDevice"]):
    """Phones and computers that take push messages."""

    def living(self) -> Self:
        """Those on which their user is still signed in: what is signed out shows nobody's clients any more."""
        from django.contrib.sessions.models import Session
        from django.db.models.functions import Now

        session = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now())
        return self.filter(Exists(session), user__is_active=True, stamp=F("user__session_stamp"))
