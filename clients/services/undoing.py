"""Taking back one change of a client, by what the history keeps: the row as it stood before."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Client, Touch
from clients.services.acting import acting
from clients.services.preparing import REFERENCES, Values, as_typed
from clients.services.registration import change_client, evaluate_again, lock_client
from clients.services.rules import Rules
from clients.services.touches import may_correct, save_without_version


@acting
def undo_change(*, user: User, client_id: int, event_id: int) -> Client:
    """Put back the facts that the change of which the event `event_id` tells has changed; other facts stay as they are now.

    Raises `StaleVersion` when one of them has been changed again since, or when there is no such event of this client;
    `Refused`, `PermissionDenied` and `Client.DoesNotExist` as `change_client` does.
    """
    client = lock_client(user=user, client_id=client_id)
    before, after, now = (_facts(row) for row in _around(client, event_id))
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if any(after.get(name) != now.get(name) for name in changed):
        raise StaleVersion(client)
    changes: Values = {name: before.get(name) for name in changed if not name.startswith("custom.")}
    if own := {name.removeprefix("custom."): before.get(name) for name in changed if name.startswith("custom.")}:
        changes["custom"] = own
    return change_client(user=user, client_id=client_id, version=client.version, changes=changes)


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
    client = lock_client(user=user, client_id=seen.client_id)
    touch = Touch.objects.get(pk=touch_id)
    if not may_correct(touch, user, now or timezone.now()):
        raise PermissionDenied
    left: Values = {}
    if event_id:
        before, after, _now = _around(client, event_id)
        if (after.next_step, after.next_step_at) != (client.next_step, client.next_step_at):
            raise StaleVersion(client)
        left = {"next_step": before.next_step, "next_step_at": before.next_step_at}
    touch.delete()
    left["last_touch_at"] = client.touches.aggregate(last=Max("at"))["last"]
    if touch.facts_confirmed and client.facts_confirmed_at == touch.at:
        # history does not keep confirmations: what else is known of one is another touch, and the registration
        known = [*client.touches.filter(facts_confirmed=True).values_list("at", "user_id"), (client.created_at, client.created_by_id)]
        left["facts_confirmed_at"], left["facts_confirmed_by_id"] = max(known, key=itemgetter(0))
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


def _facts(row: Any) -> Values:
    """Return what a person may have set on a row of a client or of its history, each own field as "custom.<key>"."""
    facts = as_typed(row)
    own = facts.pop("custom")
    named = {name.removesuffix("_id") if name.removesuffix("_id") in REFERENCES else name: value for name, value in facts.items()}
    return named | {f"custom.{key}": value for key, value in own.items()}
