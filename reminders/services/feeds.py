"""The private feed of a user: 256 random bits in its address, of which the database keeps a digest bound to this purpose."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.services.audit import note
from accounts.site import absolute
from accounts.tokens import digest
from reminders.models import CalendarFeed

READ_NOTED = timedelta(hours=1)
"""That a feed was read is noted at most so often."""


def _digest(secret: str) -> str:
    return digest(f"calendar feed:{secret}")  # a secret of another purpose opens nothing here, nor this one there


@transaction.atomic
def renew_feed(*, user: User, now: datetime) -> str:
    """Return the address of the user's feed, new and for this once; one that there was stops working."""
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(user=user, defaults={"digest": _digest(secret), "created_at": now, "last_read_at": None})
    note("feed_made", by=user, about=user)
    return absolute(reverse("reminders:feed", args=[secret]))


@transaction.atomic
def revoke_feed(*, user: User) -> bool:
    """Stop the user's feed; False if there was none."""
    gone, _each = CalendarFeed.objects.filter(user=user).delete()
    if gone:
        note("feed_revoked", by=user, about=user)
    return bool(gone)


def find_feed(secret: str) -> CalendarFeed | None:
    """Return the feed that `secret` opens, with its user; None where it is unknown, or its user may not come in now."""
    owing = User.objects.owing_second_factor()
    feed = CalendarFeed.objects.select_related("user").filter(digest=_digest(secret), user__is_active=True).exclude(user__in=owing).first()
    return feed if feed is not None and feed.user.has_perm("clients.view_client") else None


def note_read(feed: CalendarFeed, now: datetime) -> None:
    """Note that it was read, at most once an hour: the only thing that reading changes."""
    before = now - READ_NOTED
    if feed.last_read_at is None or feed.last_read_at < before:
        unnoted = Q(last_read_at=None) | Q(last_read_at__lt=before)
        CalendarFeed.objects.filter(unnoted, pk=feed.pk, digest=feed.digest).update(last_read_at=now)
