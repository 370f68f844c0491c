"""Forgetting word of reminders that is of no more use. What was done with them stays (ReminderAct)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from reminders.models import Delivery, DeliveryState, Notice, PushDevice, ReminderDigest

NOTICES_KEPT = timedelta(days=60)
DELIVERIES_KEPT = timedelta(days=30)
MORNINGS_KEPT = timedelta(days=30)
DEVICES_KEPT = timedelta(days=30)
"""A device whose sign-in is over renews itself when its user signs in again, unless it is forgotten by then."""
_BATCH = 5_000
"""Rows of one delete: nobody waits long for their locks."""


def sweep_old_word(now: datetime | None = None) -> int:
    """Delete what is old; return how many rows. May run in any number of places at once.

    A notice or a delivery that goes cannot come again: the reminder that it told of has long left that stage behind.
    What was given up stays until an administrator has tried it again, as long as its kind of row is kept.
    """
    now = now or timezone.now()
    ended = Delivery.objects.exclude(state=DeliveryState.WAITING).filter(ended_at__lt=now - DELIVERIES_KEPT)
    return sum(
        (
            _delete(Notice.objects.filter(at__lt=now - NOTICES_KEPT)),
            _delete(ended),
            _delete(ReminderDigest.objects.filter(day__lt=(now - MORNINGS_KEPT).date())),
            _delete(PushDevice.objects.exclude(pk__in=PushDevice.objects.living()).filter(created_at__lt=now - DEVICES_KEPT)),
        )
    )


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while ids := list(rows.order_by().values_list("pk", flat=True)[:_BATCH]):
        deleted += rows.model._default_manager.filter(pk__in=ids).delete()[0]
    return deleted
