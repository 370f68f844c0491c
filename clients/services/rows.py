"""Clients by the row: what an import does for each line, by the same rules as the form, a batch at a time.

`read_row` touches no database and may run in another thread. `as_new` and `as_change` hold what was read against the
criteria; `write_new` and `write_changes` write a batch in a handful of statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria import Evaluation, Record, evaluate, save_standing
from clients.errors import FieldError
from clients.freshness import Confirmation, Freshness
from clients.models import Client, Contact
from clients.services.copying import as_json, copy_in, new_ids, update_from
from clients.services.preparing import (
    EDITABLE,
    REFERENCES,
    PreparedClient,
    Values,
    as_typed,
    clean_values,
    contradictions,
    each_fact,
    hold_against_criteria,
    newly_broken,
    read_contacts,
)
from clients.services.registration import set_values
from clients.services.rules import Rules

ROLES = ("is_customer", "is_supplier")


@dataclass(slots=True)
class RowOfClient:
    """One row as read: the cells that were not empty, and what they are kept as."""

    data: Mapping[str, Any]
    values: Values
    people: list[Values]
    errors: list[FieldError]


@dataclass(slots=True)
class ContactChange:
    contact: Contact
    before: Values
    changed: Values


@dataclass(slots=True)
class ClientChange:
    """What one row changes of a client that is there: nothing, if `changed` and the contacts are empty."""

    client: Client
    before: Values
    changed: Values
    contacts: list[ContactChange] = field(default_factory=list)
    newcomers: list[Values] = field(default_factory=list)
    evaluation: Evaluation | None = None
    errors: list[FieldError] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        return bool(self.changed or self.contacts or self.newcomers)


def read_row(data: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]], rules: Rules, *, country: str = "") -> RowOfClient:
    """Read one row; `country` is the one that a tax number is checked by when the row names none."""
    values, errors = clean_values(data, rules, before={"country": country})
    people, wrong = read_contacts(contacts, rules)
    return RowOfClient(data, values, people, [*errors, *wrong])


def as_new(row: RowOfClient, defaults: Values, rules: Rules) -> PreparedClient:
    """Return the row as a new client; `defaults` are kept values for what the row leaves empty.

    A row that says "supplier" has said what the client is: it is no customer too because other rows don't say.
    """
    if any(row.values.get(role) for role in ROLES):
        defaults = {name: value for name, value in defaults.items() if name not in ROLES}
    people = [dict(person) for person in row.people]  # the first becomes the main one, of a new client only
    return hold_against_criteria({**defaults, **row.values}, people, list(row.errors), rules)


def as_change(row: RowOfClient, client: Client, contacts: Sequence[Contact], rules: Rules, *, by: User) -> ClientChange:
    """Return what the row changes of `client` for `by`, in memory only. Empty cells change nothing."""
    held = as_typed(client)
    values, errors = dict(row.values), list(row.errors)
    if "tax_number" in row.data and "country" not in row.data:  # read again: the client's own country decides
        number, wrong = clean_values({"tax_number": row.data["tax_number"]}, rules, before=held)
        values.pop("tax_number", None)
        values |= number
        errors = [error for error in errors if error.field != "tax_number"] + wrong
    for name, known in rules.lists.items():
        # Retired, departed, or one of two of this name: what stands is meant.
        if known.is_called(held[f"{name}_id"], row.data.get(name)):
            values.pop(f"{name}_id", None)
            errors = [error for error in errors if error.field != name]
    for name in ("phones", "emails"):
        if name in values:
            values[name] = _joined(values[name], held[name])
    if "custom" in values:
        values["custom"] = {**held["custom"], **values["custom"]}
    changed = {name: value for name, value in values.items() if held[name] != value}
    errors += contradictions({**held, **changed}) if not errors else []
    change = ClientChange(client, {name: held[name] for name in changed}, changed, errors=errors)
    if not errors:
        _meet(change, row.people, contacts)
    if change.anything and not change.errors:
        _hold(change, contacts, rules, by)
    return change


def _joined(given: list[str], held: list[str]) -> list[str]:
    """Phones and e-mails are added, never taken away; new ones come first, since the newest is the one to use."""
    return held if set(given) <= set(held) else list(dict.fromkeys([*given, *held]))


def _meet(change: ClientChange, people: Sequence[Values], contacts: Sequence[Contact]) -> None:
    """Tell the people of the row apart: those whom the client has already (by e-mail or name), and newcomers."""
    left = list(contacts)
    for person in people:
        known = next((contact for contact in left if _same_person(person, contact)), None)
        if known is None:
            change.newcomers.append(person)
            continue
        left.remove(known)
        given = {name: value for name, value in person.items() if value not in (None, "", [], False)}
        for name in ("phones", "emails"):
            if name in given:
                given[name] = _joined(given[name], getattr(known, name))
        _change_contact(change, known, given)
    for mark in ("is_main", "is_head"):
        _move_mark(change, mark, contacts)
    if change.newcomers and not contacts and not any(person.get("is_main") for person in change.newcomers):
        change.newcomers[0]["is_main"] = True


def _same_person(person: Values, contact: Contact) -> bool:
    if mails := {mail.casefold() for mail in person.get("emails") or ()} & {mail.casefold() for mail in contact.emails}:
        return bool(mails)
    return bool(person["full_name"].casefold() == contact.full_name.casefold())


def _change_contact(change: ClientChange, contact: Contact, given: Values) -> None:
    changed = {name: value for name, value in given.items() if getattr(contact, name) != value}
    if not changed:
        return
    before = {name: getattr(contact, name) for name in changed}
    for one in change.contacts:
        if one.contact is contact:
            one.before, one.changed = before | one.before, one.changed | changed
            return
    change.contacts.append(ContactChange(contact, before, changed))


def _move_mark(change: ClientChange, mark: str, contacts: Sequence[Contact]) -> None:
    """One main contact and one head: the mark goes to the one whom the row names."""
    named = any(person.get(mark) for person in change.newcomers) or any(one.changed.get(mark) for one in change.contacts)
    if not named:
        return
    marked = {one.contact.pk for one in change.contacts if one.changed.get(mark)}
    for contact in contacts:
        if getattr(contact, mark) and contact.pk not in marked:
            _change_contact(change, contact, {mark: False})


def _hold(change: ClientChange, contacts: Sequence[Contact], rules: Rules, by: User) -> None:
    client = change.client
    if client.archived_at is not None:
        change.errors.append(FieldError("archived", "archived", _("This client is archived; bring it back first.")))
        return
    before = evaluate(Record.of(client, contacts), rules.criteria, as_of=rules.today)
    known, was = Freshness.of(client), each_fact(as_typed(client))
    set_values(client, change.changed, Confirmation(rules.now, by.pk))
    set_here = [field for field, value in each_fact(as_typed(client)).items() if was.get(field) != value]
    change.before["fact_dates"] = {field: found.kept for field in set_here if (found := known.at(field))}
    for one in change.contacts:
        for name, value in one.changed.items():
            setattr(one.contact, name, value)
    after_contacts = [*contacts, *(Contact(client=client, **person) for person in change.newcomers)]
    change.evaluation = evaluate(Record.of(client, after_contacts), rules.criteria, as_of=rules.today)
    change.errors += newly_broken(before, change.evaluation)


def _written(model: type[models.Model]) -> dict[str, Any]:
    """Return the columns that are written, by attribute, with what stands in them unless a value is given."""
    fields = [one for one in model._meta.concrete_fields if not one.generated]
    return {one.attname: as_json({}) if isinstance(one, models.JSONField) else one.get_default() for one in fields}


def write_new(*, user: User, prepared: Sequence[PreparedClient], rules: Rules) -> tuple[list[int], list[list[int]]]:
    """Write new clients that were prepared without errors, their contacts and how they stand.

    Returns the ids of the clients and, for each, those of its contacts.
    """
    if not prepared:
        return [], []
    ids = new_ids(Client, len(prepared))
    contact_ids = new_ids(Contact, sum(len(one.contacts) for one in prepared))
    left = iter(contact_ids)
    of_client = [[next(left) for _person in one.contacts] for one in prepared]
    made = {"created_at": rules.now, "updated_at": rules.now, "created_by_id": user.pk}

    def clients() -> Iterable[list[Any]]:
        empty = _written(Client) | made | {"facts_confirmed_at": rules.now, "facts_confirmed_by_id": user.pk}
        for id_, one in zip(ids, prepared, strict=True):
            row = empty | one.values
            row["id"] = id_
            if one.values.get("custom"):
                row["custom"] = as_json(one.values["custom"])
            row["in_target"] = rules.target.matches(one.values) if rules.target else None
            yield list(row.values())

    def contacts() -> Iterable[list[Any]]:
        empty = _written(Contact) | made
        for client_id, numbers, one in zip(ids, of_client, prepared, strict=True):
            for id_, person in zip(numbers, one.contacts, strict=True):
                yield list((empty | person | {"id": id_, "client_id": client_id}).values())

    copy_in(Client, list(_written(Client)), clients())
    copy_in(Contact, list(_written(Contact)), contacts())
    save_standing({id_: one.evaluation for id_, one in zip(ids, prepared, strict=True)})
    return ids, of_client


_CHANGEABLE = sorted(f"{name}_id" if name in REFERENCES else name for name in EDITABLE)
_CONTACT_CHANGEABLE = ("full_name", "position", "phones", "emails", "is_main", "is_head", "birth_date", "note")


def write_changes(*, user: User, changes: Sequence[ClientChange], rules: Rules) -> list[list[int]]:
    """Write changes that were prepared without errors on clients that are locked. Returns the ids of new contacts, by change.

    As elsewhere, the version of a client rises with its own facts, that of a contact with the contact's.
    """
    changes = list(changes)
    if not changes:
        return []
    own = [change.client for change in changes if change.changed]
    for client in own:
        client.version += 1
    _write_clients(own, rules)
    _write_contacts([one.contact for change in changes for one in change.contacts], rules)
    ids = new_ids(Contact, sum(len(change.newcomers) for change in changes))
    left = iter(ids)
    of_change = [[next(left) for _person in change.newcomers] for change in changes]
    empty = _written(Contact) | {"created_at": rules.now, "updated_at": rules.now, "created_by_id": user.pk}
    copy_in(
        Contact,
        list(empty),
        (
            list((empty | person | {"id": id_, "client_id": change.client.pk}).values())
            for change, numbers in zip(changes, of_change, strict=True)
            for id_, person in zip(numbers, change.newcomers, strict=True)
        ),
    )
    save_standing({change.client.pk: change.evaluation for change in changes if change.evaluation is not None})
    return of_change


def put_back(
    *, clients: Sequence[tuple[Client, Mapping[str, Any]]], contacts: Sequence[tuple[Contact, Mapping[str, Any]]], rules: Rules
) -> None:
    """Give clients and contacts back the values (JSON, by attribute) that they had before; each is a change like any other."""
    for client, before in clients:
        for name, value in before.items():
            if name != "fact_dates":
                setattr(client, name, _python(Client, name, value))
        if before:
            known = {field: one for field, kept in before.get("fact_dates", {}).items() if (one := Confirmation.read(kept))}
            client.fact_dates = Freshness.of(client).noted(known).columns["fact_dates"]
            client.version += 1
    _write_clients([client for client, before in clients if before], rules)
    for contact, before in contacts:
        for name, value in before.items():
            setattr(contact, name, _python(Contact, name, value))
    _write_contacts([contact for contact, _before in contacts], rules)


def _write_clients(clients: Sequence[Client], rules: Rules) -> None:
    update_from(
        Client,
        [*_CHANGEABLE, "fact_dates", "version", "updated_at"],
        (
            (client.pk, *(_kept(client, name) for name in _CHANGEABLE), as_json(client.fact_dates), client.version, rules.now)
            for client in clients
        ),
    )


def _write_contacts(touched: Sequence[Contact], rules: Rules) -> None:
    if not touched:
        return
    for contact in touched:
        contact.version += 1
    # First the marks go, then they come: one client can't have two main contacts even for a moment.
    for mark in ("is_main", "is_head"):
        losing = [contact.pk for contact in touched if not getattr(contact, mark)]
        Contact.objects.filter(pk__in=losing, **{mark: True}).update(**{mark: False})
    update_from(
        Contact,
        [*_CONTACT_CHANGEABLE, "version", "updated_at"],
        ((contact.pk, *(getattr(contact, name) for name in _CONTACT_CHANGEABLE), contact.version, rules.now) for contact in touched),
    )


def _kept(client: Client, name: str) -> Any:
    value = getattr(client, name)
    return as_json(value) if name == "custom" else value


def _python(model: type[models.Model], name: str, value: Any) -> Any:
    field = next(one for one in model._meta.concrete_fields if one.attname == name)
    return value if field.is_relation else field.to_python(value)
