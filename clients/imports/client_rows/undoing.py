"""Taking back what a run wrote, as long as nobody touched it since.

A client that the run added goes, with its contacts; one that it changed gets its old values back. Touched means: the
client or one of its contacts has another version, it has more or fewer contacts, or anything else of the registry
(a touch, a waiver, a deal of a later part) points at it. Touched rows stay and are named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pghistory.models import Event

from accounts.models import User
from clients.criteria import Record, evaluate, save_standing
from clients.history_doors import remove_imported
from clients.imports.kinds import Touched
from clients.models import Client, ClientStanding, Contact, DuplicatePair, ImportedRow
from clients.services.rows import put_back
from clients.services.rules import Rules

_BATCH = 1000
_made_with_client: set[type[models.Model]] = {ClientStanding, Contact}
_made_in_part: dict[type[models.Model], Callable[[], Q]] = {}


def comes_with_client(model: type[models.Model], *, made: Callable[[], Q] | None = None) -> None:
    """Let rows of `model` (with a key to the client) go when an import is undone: they are worked out, nobody typed them.

    `made` returns the condition of those that are; others keep their client here. Such a model takes its rows away itself
    when the client is deleted, by a trigger.
    """
    if made is None:
        _made_with_client.add(model)
    else:
        _made_in_part[model] = made


def touched(run_id: int) -> list[Touched]:
    """Return the rows of a run that somebody changed since."""
    return [one for batch in _trail(run_id) for one in _sorted_out(batch)[1]]


def undo(run_id: int, user: User, now: datetime) -> int:
    """Take back every untouched row of a run, in the transaction that is open; returns how many."""
    rules = Rules.load(now)
    count = 0
    for batch in _trail(run_id):
        list(Client.objects.filter(pk__in=[one.object_id for one in batch]).order_by("pk").select_for_update().values_list("pk"))
        untouched, _touched = _sorted_out(batch)
        _remove([one.object_id for one in untouched if one.before is None], run_id)
        _restore([one for one in untouched if one.before is not None], rules)
        ImportedRow.objects.filter(pk__in=[one.pk for one in untouched]).delete()
        count += len(untouched)
    return count


def _trail(run_id: int) -> Iterator[Sequence[ImportedRow]]:
    # By pages of the key: rows are deleted on the way, and a cursor over all would hold them in memory.
    after = 0
    while batch := list(ImportedRow.objects.filter(run=run_id, object_id__gt=after).order_by("object_id")[:_BATCH]):
        after = batch[-1].object_id
        yield batch


def _sorted_out(batch: Sequence[ImportedRow]) -> tuple[list[ImportedRow], list[Touched]]:
    ids = [one.object_id for one in batch]
    clients = Client.objects.only("version", "full_name", "short_name", "archived_at").in_bulk(ids)
    contacts: dict[int, dict[int, int]] = {}
    for client_id, id_, version in Contact.objects.filter(client__in=ids).values_list("client_id", "id", "version"):
        contacts.setdefault(client_id, {})[id_] = version
    pointed_at = _pointed_at([one.object_id for one in batch if one.before is None])
    untouched: list[ImportedRow] = []
    found: list[Touched] = []
    for one in batch:
        client = clients.get(one.object_id)
        if client is None:
            why = str(_("is not there any more"))
        elif client.version != one.version:
            why = str(_("changed since"))
        elif not _contacts_as_left(one, contacts.get(one.object_id, {})):
            why = str(_("its contacts changed since"))
        elif one.object_id in pointed_at:
            why = str(_("in use: %(what)s") % {"what": pointed_at[one.object_id]})
        else:
            untouched.append(one)
            continue
        found.append(Touched(one.object_id, str(client or ""), why))
    return untouched, found


def _contacts_as_left(one: ImportedRow, contacts: dict[int, int]) -> bool:
    left = {part[0]: part[2] for part in one.parts}
    if one.before is None:
        return left == contacts
    return all(contacts.get(id_) == version for id_, version in left.items())


def _pointed_at(ids: Sequence[int]) -> dict[int, str]:
    """Return which of the clients anything in the registry points at, with the name of what it is."""
    found: dict[int, str] = {}
    for relation in Client._meta.related_objects:
        model: Any = relation.related_model
        if model in _made_with_client or relation.field.many_to_many or issubclass(model, Event):
            continue
        name = str(model._meta.verbose_name)
        rows = model._base_manager.filter(**{f"{relation.field.name}__in": ids})
        if model is Client:
            rows = rows.exclude(pk__in=ids)
        if model in _made_in_part:
            rows = rows.exclude(_made_in_part[model]())
        for id_ in rows.values_list(relation.field.attname, flat=True).distinct():
            found.setdefault(id_, name)
    return found


def _remove(ids: Sequence[int], run_id: int) -> None:
    """Take clients out of the registry for good; history keeps that they were there, when and by whom they went.

    What the file said of people goes as with an erasure: whoever asks to be forgotten can't be found here later.
    """
    if not ids:
        return
    Contact.objects.filter(client__in=ids).delete()
    DuplicatePair.objects.filter(Q(first__in=ids) | Q(second__in=ids)).delete()
    for model in _made_with_client - {Contact}:
        field = next(relation.field.name for relation in Client._meta.related_objects if relation.related_model is model)
        rows = model._base_manager.filter(**{f"{field}__in": ids})
        rows._raw_delete(rows.db)
    remove_imported(client_ids=ids, run_id=run_id)  # past Django's collector: all that points here was looked at above


def _restore(trail: Iterable[ImportedRow], rules: Rules) -> None:
    for batch in batched(trail, _BATCH, strict=False):
        clients = Client.objects.in_bulk([one.object_id for one in batch])
        newcomers = [part[0] for one in batch for part in one.parts if part[1] == "added"]
        Contact.objects.filter(pk__in=newcomers).delete()
        before = {part[0]: part[3] for one in batch for part in one.parts if part[1] == "changed"}
        put_back(
            clients=[(clients[one.object_id], one.before or {}) for one in batch],
            contacts=[(contact, before[contact.pk]) for contact in Contact.objects.filter(pk__in=before)],
            rules=rules,
        )
        again = Client.objects.filter(pk__in=clients).prefetch_related("contacts", "waivers")
        save_standing({client.pk: evaluate(Record.of(client), rules.criteria, as_of=rules.today) for client in again})
