"""Many clients at once: handing over, and setting one field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Record, evaluate, save_standing
from clients.errors import FieldError
from clients.freshness import Confirmation
from clients.models import Client
from clients.querysets import ClientQuerySet
from clients.services.acting import acting
from clients.services.preparing import Values, as_typed, clean_values, newly_broken, refuse
from clients.services.registration import may_hand_over, set_values
from clients.services.rules import Rules

BULK_FIELDS = frozenset(
    {"source", "industry", "line_of_business", "manager", "lifecycle", "is_customer", "is_supplier", "country", "region", "city"}
)
"""Fields that may be set for many clients at once, besides custom ones; names, phones and the like belong to one client each."""
_CUSTOM = "custom."
_BATCH = 500


@dataclass
class BulkOutcome:
    """What a bulk change did: ids changed (with the value before), and how many were left as they were, and why."""

    changed: dict[int, Any] = field(default_factory=dict)
    unchanged: int = 0
    not_editable: int = 0
    refused: dict[int, list[FieldError]] = field(default_factory=dict)


def hand_over_clients(*, user: User, client_ids: Iterable[int], manager_id: int | str | None, now: datetime | None = None) -> BulkOutcome:
    """Put clients into the hands of another manager (given as in a form; or of nobody); those that `user` may not change are left out."""
    if not user.has_perm("clients.hand_over_client"):
        raise PermissionDenied
    return set_field_of_clients(user=user, client_ids=client_ids, field_name="manager", value=manager_id, now=now)


@acting
def take_back_clients(
    *, user: User, client_ids: Iterable[int], given_to: int | None, manager_id: int | None, now: datetime | None = None
) -> BulkOutcome:
    """Undo a hand-over of `user`'s: put clients back into the hands of `manager_id`, those that are still where they were put.

    The list of clients vouches that `user` gave them away: they need not be `user`'s to change any more.
    """
    if not user.has_perm("clients.hand_over_client"):
        raise PermissionDenied
    still_there = Client.objects.visible_to(user).filter(erased_at=None, manager=given_to)
    return _set_field(user, still_there, client_ids, {"manager": manager_id}, Rules.load(now))


@acting
def set_field_of_clients(
    *, user: User, client_ids: Iterable[int], field_name: str, value: object, now: datetime | None = None
) -> BulkOutcome:
    """Set one field (`BULK_FIELDS`, or "custom.<key>") of many clients, in one transaction.

    Clients that `user` may not change are counted and left; a client for which the value would break a required
    criterion is left and named. Raises `Refused` when the value itself can't be kept.
    """
    if not user.has_perm("clients.change_client"):
        raise PermissionDenied
    rules = Rules.load(now)
    key = field_name.removeprefix(_CUSTOM) if field_name.startswith(_CUSTOM) else ""
    if not key and field_name not in BULK_FIELDS:
        refuse([FieldError(str(field_name)[:60], "unknown", _("This can't be set for many clients at once."))])
    changes: Values = {"custom": {key: value}} if key else {field_name: value}
    values, errors = clean_values(changes, rules)
    refuse(errors)
    may_hand_over(user, values)
    return _set_field(user, Client.objects.editable_by(user), client_ids, changes, rules)


def _set_field(user: User, among: ClientQuerySet, client_ids: Iterable[int], changes: Values, rules: Rules) -> BulkOutcome:
    outcome = BulkOutcome()
    for ids in batched(dict.fromkeys(client_ids), _BATCH, strict=False):
        _change_batch(among, ids, changes, rules, outcome, by=user)
    return outcome


def _change_batch(among: ClientQuerySet, ids: tuple[int, ...], changes: Values, rules: Rules, outcome: BulkOutcome, *, by: User) -> None:
    # In the order of ids, so that two bulk changes at once can't lock each other out.
    editable = among.filter(archived_at=None, pk__in=ids).values("pk")
    clients = list(
        Client.objects.filter(pk__in=editable).order_by("pk").select_for_update(of=("self",)).prefetch_related("contacts", "waivers")
    )
    outcome.not_editable += len(ids) - len(clients)
    key = next(iter(changes.get("custom", ())), "")  # of the custom field
    written: dict[str, list[Client]] = {}
    standing = {}
    for client in clients:
        contacts = list(client.contacts.all())
        before = Record.of(client, contacts)
        held = as_typed(client)
        values, _errors = clean_values(changes, rules, before=held)
        changed = {name: new for name, new in values.items() if held[name] != new}
        if not changed:
            outcome.unchanged += 1
            continue
        set_values(client, changed, Confirmation(rules.now, by.pk))
        after = evaluate(Record.of(client, contacts), rules.criteria, as_of=rules.today)
        if broken := newly_broken(evaluate(before, rules.criteria, as_of=rules.today), after):
            outcome.refused[client.pk] = broken
            continue
        client.version += 1
        client.updated_at = rules.now
        for name in changed:
            written.setdefault(name, []).append(client)
            outcome.changed[client.pk] = held[name].get(key) if key else held[name]
        standing[client.pk] = after
    for name, changed_clients in written.items():
        Client.objects.bulk_update(changed_clients, [name, "fact_dates", "version", "updated_at"])
    save_standing(standing)
