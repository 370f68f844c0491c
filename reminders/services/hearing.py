"""What people and the company set about how reminders are heard of, and trying again what was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Value
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import note
from clients.services.acting import acting
from reminders.engine.push import check_keys, checked_endpoint
from reminders.models import Delivery, DeliveryState, PushDevice, Reminder, ReminderPreferences, ReminderSettings, Stage

MOST_DEVICES = 10
"""Of one user; another one takes the place of the oldest."""


@transaction.atomic
def save_preferences(*, user: User, values: Mapping[str, Any]) -> ReminderPreferences:
    """Keep how `user` wants to hear of reminders; what `values` doesn't name stays."""
    kept, _made = ReminderPreferences.objects.get_or_create(user=user)
    changed = [name for name, value in values.items() if getattr(kept, name) != value]
    for name in changed:
        setattr(kept, name, values[name])
    if changed:
        kept.save(update_fields=changed)
    return kept


@acting
def change_reminder_settings(*, user: User, values: Mapping[str, Any]) -> ReminderSettings:
    """Keep whether and after how long a head hears of what nobody acted on. It holds for what falls due from now on."""
    if not user.has_perm("reminders.set_reminder_rules"):
        raise PermissionDenied
    kept, _made = ReminderSettings.objects.select_for_update().get_or_create(pk=1)
    changes = [[name, getattr(kept, name), value] for name, value in values.items() if getattr(kept, name) != value]
    for name, _old, value in changes:
        setattr(kept, name, value)
    if changes:
        kept.save(update_fields=[name for name, _old, _value in changes])
        note("reminder_settings_changed", by=user, changes=changes)
    return kept


@acting
def try_again(
    *, user: User, delivery_ids: Sequence[int] | None = None, reminder_ids: Sequence[int] | None = None, now: datetime | None = None
) -> int:
    """Let deliveries that were given up wait anew under their old keys, and reminders that were set aside be told of; return how many.

    Both None: all there are. What is no longer wanted by then is dropped as ever. Raises `PermissionDenied`.
    """
    if not user.has_perm("reminders.set_reminder_kinds"):
        raise PermissionDenied
    now = now or timezone.now()
    everything = delivery_ids is None and reminder_ids is None
    dead, aside = Delivery.objects.dead(), Reminder.objects.set_aside()
    if not everything:
        dead, aside = dead.filter(pk__in=delivery_ids or []), aside.filter(pk__in=reminder_ids or [])
    count = dead.update(state=DeliveryState.WAITING, try_at=now, tries=0, ended_at=None)
    count += aside.exclude(stage="").update(problem="", fires_at=now)
    count += aside.filter(stage="").update(problem="", fires_at=now, stage=Value(Stage.DUE))
    if count:
        note("reminders_tried_again", by=user, number=count)
    return count


@transaction.atomic
def add_push_device(
    *, user: User, endpoint: str, public_key: str, secret: str, name: str, session_key: str, now: datetime | None = None
) -> PushDevice:
    """Let a browser, signed in as `user`, take push messages; a browser that is known already is renewed, whoever's it was.

    Raises `ValidationError` for an endpoint of a service that we don't know, or keys that are none.
    """
    checked_endpoint(endpoint)
    check_keys(public_key, secret)
    values = {
        "user": user,
        "name": name[:200],
        "public_key": public_key,
        "secret": secret,
        "session_key": session_key,
        "stamp": user.session_stamp,
        "created_at": now or timezone.now(),
    }
    device, _made = PushDevice.objects.update_or_create(endpoint=endpoint, defaults=values)
    surplus = PushDevice.objects.filter(user=user).order_by("-created_at", "-pk").values_list("pk", flat=True)[MOST_DEVICES:]
    PushDevice.objects.filter(pk__in=list(surplus)).delete()
    save_preferences(user=user, values={"push": True})
    return device


@transaction.atomic
def remove_push_device(*, user: User, device_id: int) -> bool:
    """Let one of the own devices take no push messages any more; return whether there was such a one."""
    removed, _by_model = PushDevice.objects.filter(user=user, pk=device_id).delete()
    if removed and not PushDevice.objects.filter(user=user).exists():
        save_preferences(user=user, values={"push": False})
    return bool(removed)
