"""The people at a client."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Record, evaluate, save_standing
from clients.errors import FieldError, StaleVersion
from clients.models import Client, Contact, Touch
from clients.services.acting import acting
from clients.services.preparing import clean_contact, newly_broken, refuse
from clients.services.registration import lock_client
from clients.services.rules import Rules


@acting
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


@acting
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


@acting
def remove_contact(*, user: User, contact_id: int, version: int, now: datetime | None = None) -> Contact:
    """Take a contact off its client; history keeps it, and `put_back_contact` brings it back."""
    contact = _locked(user, contact_id, version)
    rules = Rules.load(now)
    before = _record(contact.client)
    Contact.objects.filter(pk=contact.pk).delete()
    _hold_against_criteria(contact.client, rules, before)
    return contact


@acting
def put_back_contact(*, user: User, client_id: int, contact_id: int, now: datetime | None = None) -> Contact:
    """Undo a removal: the contact comes back under its number, with the touches that were with it.

    It is the main contact or the head again unless somebody else has become so. Raises `Contact.DoesNotExist` when the
    client never had such a contact, else as `add_contact` does.
    """
    client = lock_client(user=user, client_id=client_id)
    if (there := client.contacts.filter(pk=contact_id).first()) is not None:
        return there
    contact_events, touch_events = apps.get_model("clients", "ContactEvent"), apps.get_model("clients", "TouchEvent")
    removed: Any = (
        contact_events.objects.filter(client_id=client.pk, pgh_obj_id=contact_id, pgh_label="removed").order_by("-pgh_id").first()
    )
    if removed is None:
        raise Contact.DoesNotExist
    marks = {mark: getattr(removed, mark) and not client.contacts.filter(**{mark: True}).exists() for mark in ("is_main", "is_head")}
    kept = {name: getattr(removed, name) for name in ("full_name", "position", "phones", "emails", "birth_date", "note")}
    contact = Contact.objects.create(pk=contact_id, client=client, created_by=user, **kept, **marks)
    # the removal took the contact off its touches in the same transaction, so at the very same moment
    theirs = touch_events.objects.filter(client_id=client.pk, contact_id=contact_id, pgh_created_at=removed.pgh_created_at)
    Touch.objects.filter(client=client, contact=None, pk__in=theirs.values("pgh_obj_id")).update(contact=contact)
    _hold_against_criteria(client, Rules.load(now))
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
            # a form in which the other one is still open has grown stale by this
            client.contacts.filter(**{mark: True}).update(**{mark: False}, version=F("version") + 1)


def _record(client: Client) -> Record:
    return Record.of(client, list(client.contacts.all()))


def _hold_against_criteria(client: Client, rules: Rules, before: Record | None = None) -> None:
    after = evaluate(_record(client), rules.criteria, as_of=rules.today)
    if before is not None:
        refuse(newly_broken(evaluate(before, rules.criteria, as_of=rules.today), after))
    save_standing({client.pk: after})
