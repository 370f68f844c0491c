"""Taking back one change of a client, by what the history keeps: the row as it stood before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from clients import touching
from clients.errors import StaleVersion
from clients.freshness import Freshness
from clients.models import Client, FactConfirmation, Touch
from clients.services.acting import acting
from clients.services.confirming import forget_confirmation
from clients.services.preparing import Values, as_typed, each_fact
from clients.services.registration import change_client, evaluate_again, lock_client
from clients.services.rules import Rules
from clients.services.touches import may_correct, save_without_version


@acting
def undo_change(*, user: User, client_id: int, event_id: int) -> Client:
    """Put back the facts that the change of which the event `event_id` tells has changed; other facts stay as they are now.
    They are as old again as they were.

    Raises `StaleVersion` when one of them has been changed again since, or when there is no such event of this client;
    `Refused`, `PermissionDenied` and `Client.DoesNotExist` as `change_client` does.
    """
    client = lock_client(user=user, client_id=client_id)
    row, *others = _around(client, event_id)
    before, after, now = (each_fact(as_typed(one)) for one in (row, *others))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if any(after.get(name) != now.get(name) for name in changed):
        raise StaleVersion(client)
    sure = Freshness.of(row)
    known = {name: one for name in changed if (one := sure.at(name))}
    return change_client(user=user, client_id=client_id, version=client.version, changes=as_changes(before, changed), known=known)


def as_changes(facts: Mapping[str, Any], names: Iterable[str]) -> Values:
    """Return the facts `names` as `change_client` takes them, own fields together under "custom"."""
    changes: Values = {name: facts.get(name) for name in names if not name.startswith("custom.")}
    if own := {name.removeprefix("custom."): facts.get(name) for name in names if name.startswith("custom.")}:
        changes["custom"] = own
    return changes


@acting
def undo_next_step(*, user: User, client_id: int, event_id: int) -> Client:
    """Put back the next step that stood there before the change which the event `event_id` tells of, a late one too.

    Raises `StaleVersion` when it has been changed again since, or when there is no such event of this client.
    """
    client = lock_client(user=user, client_id=client_id)
    before, after, _now = _around(client, event_id)
    if (after.next_step, after.next_step_at) != (client.next_step, client.next_step_at):
        raise StaleVersion(client)
    save_without_version(client, {"next_step": before.next_step, "next_step_at": before.next_step_at})
    evaluate_again(client, Rules.load())
    return client


@acting
def undo_touch(*, user: User, touch_id: int, event_id: int, now: datetime | None = None) -> Client:
    """Take back a touch of one's own on the day on which it was logged, with what it left on the client; history keeps it.

    `event_id` tells of the change that it made of the next step, 0 of none. Raises `StaleVersion` when the next step is
    another one by now; `PermissionDenied`, `Touch.DoesNotExist`.
    """
    seen = Touch.objects.filter(client__in=Client.objects.visible_to(user)).get(pk=touch_id)
    confirmation = FactConfirmation.objects.filter(touch=seen).first()
    whose = {seen.client_id, confirmation.client_id if confirmation else seen.client_id}  # the touch may have come by a merge
    list(Client.objects.filter(pk__in=whose).order_by("pk").select_for_update(no_key=True))
    client = lock_client(user=user, client_id=seen.client_id, for_touch=True)
    touch = Touch.objects.get(pk=touch_id)
    if not may_correct(touch, user, now or timezone.now()):
        raise PermissionDenied
    left: Values = {}
    if event_id:
        before, after, _now = _around(client, event_id)
        if (after.next_step, after.next_step_at) != (client.next_step, client.next_step_at):
            raise StaleVersion(client)
        left = {"next_step": before.next_step, "next_step_at": before.next_step_at}
    if confirmation is not None:
        forget_confirmation(client, confirmation)
    touching.tell_taken_back(touch)
    touch.delete()
    left["last_touch_at"] = client.touches.aggregate(last=Max("at"))["last"]
    save_without_version(client, left)
    evaluate_again(client, Rules.load(now))
    return client


def _around(client: Client, event_id: int) -> tuple[Any, Any, Client]:
    """Return the row as it stood before the event and after it, and as it stands now."""
    events: Any = apps.get_model("clients", "ClientEvent").objects.filter(pgh_obj_id=client.pk)
    before = events.filter(pgh_id=event_id).first()
    if before is None:
        raise StaleVersion(client)
    return before, events.filter(pgh_id__gt=event_id).order_by("pgh_id").first() or client, client
