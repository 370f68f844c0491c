"""Bringing back what the history keeps: one fact, a whole earlier version, a contact as it was.

Each is a change like any other, held against the criteria in force today; history keeps it, and Undo takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError, StaleVersion
from clients.models import Client, Contact
from clients.services.acting import acting
from clients.services.contacts import change_contact
from clients.services.preparing import CONTACT_CLEAN, as_typed, each_fact, refuse
from clients.services.registration import change_client, lock_client, work_out_change
from clients.services.rules import Rules
from clients.services.undoing import as_changes


class NoSuchEvent(LookupError):
    """The history of this client holds no such change."""


@dataclass(frozen=True)
class Version:
    """A client as it stood before one change: the facts that differ from those of today, and what forbids to bring each back."""

    event: Any
    fields: tuple[str, ...]
    errors: tuple[FieldError, ...] = ()

    @property
    def at(self) -> datetime:
        """When it ended."""
        moment: datetime = self.event.pgh_created_at
        return moment

    def errors_of(self, field: str) -> list[FieldError]:
        """Return what forbids to bring back this one."""
        return [error for error in self.errors if error.field == field]


def version_before(*, user: User, client: Client, event_id: int, rules: Rules | None = None) -> Version:
    """Return `client` as it stood before the change of which the event tells; raises `NoSuchEvent`. Writes nothing."""
    event = _event("ClientEvent", pgh_obj_id=client.pk, pgh_id=event_id)
    then, now = each_fact(as_typed(event)), each_fact(as_typed(client))
    fields = tuple(sorted(field for field in then.keys() | now.keys() if (then.get(field) or None) != (now.get(field) or None)))
    trial = Client.objects.get(pk=client.pk)  # in memory only
    _changed, _after, errors = work_out_change(trial, as_changes(then, fields), rules or Rules.load(), by=user)
    if "manager" in fields and not user.has_perm("clients.hand_over_client"):
        errors.append(FieldError("manager", "forbidden", _("You may not hand clients over.")))
    return Version(event, fields, tuple(errors))


@acting
def restore_facts(*, user: User, client_id: int, event_id: int, version: int, fields: Iterable[str], now: datetime | None = None) -> Client:
    """Give the facts `fields` of a client that was read at `version` the values that they had before a change.

    Raises `NoSuchEvent`, and as `change_client` does.
    """
    client = lock_client(user=user, client_id=client_id, version=version)
    event = _event("ClientEvent", pgh_obj_id=client.pk, pgh_id=event_id)
    changes = as_changes(each_fact(as_typed(event)), list(fields))
    return change_client(user=user, client_id=client_id, version=version, changes=changes, now=now)


@acting
def restore_contact_fact(
    *, user: User, client_id: int, event_id: int, field: str, version: int | None = None, now: datetime | None = None
) -> Contact:
    """Give one value of a contact that was read at `version` back what it was before a change.

    Without a version it is an undo: `StaleVersion` when the value has been changed again since. Raises `NoSuchEvent`,
    `Contact.DoesNotExist` when the contact was removed since, and as `change_contact` does.
    """
    client = lock_client(user=user, client_id=client_id)
    event = _event("ContactEvent", client_id=client.pk, pgh_id=event_id)
    contact = client.contacts.get(pk=event.pgh_obj_id)
    if field not in CONTACT_CLEAN:
        refuse([FieldError(field[:60], "unknown", _("There is no such field."))])
    if version is None:
        later = _events("ContactEvent").filter(pgh_obj_id=contact.pk, pgh_id__gt=event.pgh_id).order_by("pgh_id").first()
        if getattr(later or contact, field) != getattr(contact, field):
            raise StaleVersion(contact)
        version = contact.version
    return change_contact(user=user, contact_id=contact.pk, version=version, changes={field: getattr(event, field)}, now=now)


def _events(name: str) -> Any:
    return apps.get_model("clients", name)._default_manager


def _event(name: str, **wanted: int) -> Any:
    found = _events(name).filter(**wanted).first()
    if found is None:
        raise NoSuchEvent
    return found
