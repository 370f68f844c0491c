"""What to ask while one talks: the first facts that the card lacks, each with the field that takes the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django import forms
from django.utils.functional import Promise

from clients.criteria import Evaluation, Shortfall
from clients.criteria.rules import STALE
from clients.forms.fields import WIDGETS, Choices, Typed, custom_form_field
from clients.models import Client, Contact, CustomField

MOST = 2
PREFIX = "ask_"
EITHER = "phone_or_email"
_NOT_IN_A_CALL = {"manager", "referrer", "kind", "lifecycle", "is_customer", "consent_on", "time_zone", "external_id"}
"""What is decided elsewhere, takes more than one field, or is nothing to ask a client."""
_LISTS = {"phones": "tel", "emails": "email"}


class Place(Enum):
    """Where an answer goes."""

    FIELD = "a field of the client"
    LIST = "its phones or e-mails"
    CONTACT = "the phones or e-mails of a contact"
    PERSON = "a new contact"


@dataclass(frozen=True)
class Asked:
    """A fact that is asked for: its place, the field there, the contact whose it is or the mark that a new one gets."""

    fact: str
    label: str | Promise
    place: Place
    field: str
    contact_id: int | None = None
    mark: str = ""

    @property
    def name(self) -> str:
        """How its field is called in a form."""
        return f"{PREFIX}{self.fact}"


def asked_for(evaluation: Evaluation, contacts: Sequence[Contact], kind: str, *, most: int = MOST) -> list[Asked]:
    """Return the first facts that a client lacks and a caller can ask for, required ones before recommended ones."""
    found: list[Asked] = []
    fields: set[tuple[str, int | None]] = set()
    for shortfall in (*evaluation.required, *evaluation.recommended):
        asked = _asked(shortfall, contacts, kind)
        # "a phone" and "a phone or an e-mail" are one question
        if asked is not None and (asked.field, asked.contact_id) not in fields:
            fields.add((asked.field, asked.contact_id))
            found.append(asked)
    return found[:most]


def _asked(shortfall: Shortfall, contacts: Sequence[Contact], kind: str) -> Asked | None:
    if shortfall.code == STALE:
        return None
    if shortfall.field == "contacts":
        return _of_contact(shortfall, contacts)
    place = Place.LIST if shortfall.field in _LISTS else Place.FIELD
    known = shortfall.field in WIDGETS or shortfall.field.startswith("custom.")
    if not known or shortfall.field in _NOT_IN_A_CALL:
        return None
    return Asked(shortfall.fact, shortfall.label, place, shortfall.field)


def _of_contact(shortfall: Shortfall, contacts: Sequence[Contact]) -> Asked | None:
    fact = shortfall.fact
    mark = "is_head" if fact.startswith("head") else "is_main"
    person = next((one for one in contacts if getattr(one, mark)), None)
    if fact in ("main_contact", "head"):
        return Asked(fact, shortfall.label, Place.PERSON, "full_name", mark=mark) if person is None else None
    column = {"phone": "phones", "email": "emails"}.get(fact.rpartition("_")[2])
    if person is None or column is None:
        return None  # whose? The person comes first
    return Asked(fact, shortfall.label, Place.CONTACT, column, contact_id=person.pk)


def field_for(asked: Asked, client: Client, choices: Choices, own_fields: Iterable[CustomField]) -> forms.Field:
    """Return the form field that takes the answer."""
    if asked.place in (Place.LIST, Place.CONTACT):
        # one more of them, not the whole list
        widget: forms.Widget = forms.TextInput({"autocomplete": "off"})
        if asked.fact != EITHER:
            widget.input_type = _LISTS[asked.field]  # type: ignore[attr-defined]  # as TelInput and EmailInput have it
        return Typed(required=False, label=str(asked.label), widget=widget)
    if asked.place is Place.PERSON:
        return Typed(required=False, label=str(asked.label), widget=forms.TextInput({"autocomplete": "off"}))
    own = {f"custom.{field.key}": field for field in own_fields}
    if asked.field in own:
        return custom_form_field(own[asked.field])
    chosen = WIDGETS[asked.field](choices)
    if isinstance(chosen, forms.Select):  # the browser's own list: the pane comes and goes, and a picker would be made anew each time
        chosen.attrs = {name: value for name, value in chosen.attrs.items() if name != "data-pick"} | {"data-native": True}
    return Typed(required=False, label=str(asked.label), widget=chosen)


def answers_of(asked: Iterable[Asked], typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was answered, by fact; what was left empty is no answer."""
    return {one.fact: value for one in asked if (value := typed.get(one.name)) not in (None, "", [])}
