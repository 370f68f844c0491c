"""The people at a client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Record, evaluate, save_standing
from clients.errors import FieldError, StaleVersion
from clients.models import Client, Contact
from clients.services.preparing import clean_contact, newly_broken, refuse
from clients.services.registration import lock_client
from clients.services.rules import Rules


@transaction.atomic
def add_contact(*, user: User, client_id: int, data: Mapping[str, Any], now: datetime | None = None) -> Contact:
    """Add a person to a client; the first one becomes the main contact. Raises as `change_client` does."""
    client = lock_client(user=user, client_id=client_id)
    rules = Rules.load(now)
    values, errors = clean_contact(data, rules)
    if not values.get("full_name") and not any(error.field == "full_name" for error in errors):
        errors.append(FieldError("full_name", "required", _("Give the contact a name, or the name of the office.")))
    refuse(errors)
    if not client.contacts.exists():
        values["is_main"] = True
    _make_room(client, values)
    contact = Contact.objects.create(client=client, created_by=user, **values)
    _hold_against_criteria(client, rules)
    return contact


@transaction.atomic
def change_contact(*, user: User, contact_id: int, version: int, changes: Mapping[str, Any], now: datetime | None = None) -> Contact:
    """Change a contact that was read at `version`. Raises as `change_client` does, and `Contact.DoesNotExist`."""
    contact = _locked(user, contact_id, version)
    rules = Rules.load(now)
    values, errors = clean_contact(changes, rules)
    if "full_name" in values and not values["full_name"]:
        errors.append(FieldError("full_name", "required", _("Give the contact a name, or the name of the office.")))
    refuse(errors)
    changed = {name: value for name, value in values.items() if getattr(contact, name) != value}
    if not changed:
        return contact
    before = _record(contact.client)
    _make_room(contact.client, changed)
    for name, value in changed.items():
        setattr(contact, name, value)
    contact.version += 1
    contact.save(update_fields=[*changed, "version", "updated_at"])
    _hold_against_criteria(contact.client, rules, before)
    return contact


@transaction.atomic
def remove_contact(*, user: User, contact_id: int, version: int, now: datetime | None = None) -> Contact:
    """Take a contact off its client; history keeps it. Returns the contact as it was, for an undo by `add_contact`."""
    contact = _locked(user, contact_id, version)
    rules = Rules.load(now)
    before = _record(contact.client)
    Contact.objects.filter(pk=contact.pk).delete()
    _hold_against_criteria(contact.client, rules, before)
    return contact


def _locked(user: User, contact_id: int, version: int) -> Contact:
    seen = Contact.objects.filter(client__in=Client.objects.visible_to(user)).get(pk=contact_id)
    client = lock_client(user=user, client_id=seen.client_id)
    contact = Contact.objects.get(pk=contact_id)  # read again behind the client's lock
    contact.client = client
    if contact.version != version:
        raise StaleVersion(contact)
    return contact


def _make_room(client: Client, values: Mapping[str, Any]) -> None:
    """One main contact and one head: the mark moves to the newcomer."""
    for mark in ("is_main", "is_head"):
        if values.get(mark):
            client.contacts.filter(**{mark: True}).update(**{mark: False})


def _record(client: Client) -> Record:
    return Record.of(client, list(client.contacts.all()))


def _hold_against_criteria(client: Client, rules: Rules, before: Record | None = None) -> None:
    after = evaluate(_record(client), rules.criteria, as_of=rules.today)
    if before is not None:
        refuse(newly_broken(evaluate(before, rules.criteria, as_of=rules.today), after))
    save_standing({client.pk: after})
