"""The facts that a card shows, and which fields each of them is edited by, in place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.core import get_global
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import zone_named
from clients.countries import country_name
from clients.forms.fields import label_of, value_of
from clients.models import Client, Contact, CustomField
from clients.models.clients import Kind
from ui import formats


@dataclass(frozen=True)
class CardFact:
    """One line of the card. `minor` facts stand among the buttons at the foot while they are empty."""

    key: str
    label: Any
    fields: tuple[str, ...]
    shown_by: str = "text"
    only_for: str = ""
    minor: bool = False

    @property
    def html_id(self) -> str:
        return f"fact-{self.key.replace('.', '-')}"

    @property
    def named_by_field(self) -> bool:
        """Whether the label of its first field names it already."""
        return len(self.fields) == 1 or label_of(self.fields[0]) == self.label

    def on(self, client: Client) -> ShownFact:
        """Return the fact as it stands on `client`."""
        return ShownFact(self, client)


def _fact(key: str, *fields: str, label: str | Promise = "", **more: Any) -> CardFact:
    return CardFact(key, label or label_of(key), fields or (key,), **more)


def _facts() -> tuple[CardFact, ...]:
    return (
        _fact("full_name"),
        _fact("kind", shown_by="choice"),
        _fact("short_name", minor=True, only_for=Kind.ORGANISATION),
        _fact("former_names", minor=True),
        _fact("birth_date", shown_by="day", only_for=Kind.PERSON),
        _fact("tax_number"),
        _fact("phones", shown_by="phones"),
        _fact("emails", shown_by="emails"),
        _fact("website", shown_by="website", minor=True),
        _fact("address", "address", "postal_code", "city", "region", "country", shown_by="address"),
        _fact("time_zone", minor=True),
        _fact("industry", shown_by="reference", only_for=Kind.ORGANISATION),
        _fact("employees", shown_by="number", minor=True, only_for=Kind.ORGANISATION),
        _fact("role", "is_customer", "is_supplier", label=_("Role"), shown_by="role"),
        _fact("lifecycle", shown_by="choice"),
        _fact("line_of_business", shown_by="reference"),
        _fact("source", shown_by="source"),
        _fact("referrer", shown_by="referrer", minor=True),
        _fact("manager", shown_by="reference"),
        _fact("with_us", "works_since", "worked_until", label=_("With us"), shown_by="with_us"),
        _fact("consent", "may_call", "may_write", "consent_on", label=_("Consent"), shown_by="consent"),
        _fact("external_id", minor=True),
    )


def _remarks() -> tuple[CardFact, ...]:
    return tuple(_fact(name, shown_by="lines") for name in ("went_well", "went_wrong", "stands_now"))


def custom_card_fact(field: CustomField) -> CardFact:
    """Return the line of a field that the administrator added."""
    return CardFact(f"custom.{field.key}", field.label, (f"custom.{field.key}",), shown_by="custom", minor=True)


def facts_of(client: Client, custom_fields: Iterable[CustomField]) -> list[ShownFact]:
    """Return the lines of a card: those that fit the client's kind, own fields last."""
    known = [fact for fact in _facts() if fact.only_for in ("", client.kind)]
    return [fact.on(client) for fact in (*known, *map(custom_card_fact, custom_fields))]


def remarks_of(client: Client) -> list[ShownFact]:
    """Return how the work went, in its three parts."""
    return [fact.on(client) for fact in _remarks()]


def find_fact(key: str, custom_fields: Iterable[CustomField]) -> CardFact | None:
    """Return the line called `key`, if there is one."""
    return next((fact for fact in (*_facts(), *_remarks(), *map(custom_card_fact, custom_fields)) if fact.key == key), None)


def compared_facts(custom_fields: Iterable[CustomField]) -> list[CardFact]:
    """Return every line that two clients are compared by, of whatever kind they are. Former names are no choice: a merge
    keeps all names."""
    known = [fact for fact in _facts() if fact.key != "former_names"]
    return [*known, _fact("next_step", shown_by="next_step"), *_remarks(), *map(custom_card_fact, custom_fields)]


def fact_of_field(field: str) -> str:
    """Return the key of the line in which the form field `field` is edited; "" where it has its own place on the card."""
    if field.startswith("custom."):
        return field
    return next((fact.key for fact in (*_facts(), *_remarks()) if field in fact.fields), "")


@dataclass(frozen=True)
class ShownFact:
    """A line of the card with what stands in it."""

    fact: CardFact
    client: Client

    @property
    def value(self) -> Any:
        return value_of(self.client, self.fact.fields[0])

    @property
    def values(self) -> dict[str, Any]:
        return {name: value_of(self.client, name) for name in self.fact.fields}

    @property
    def empty(self) -> bool:
        if self.fact.key == "role":
            return not (self.client.is_customer or self.client.is_supplier)
        return all(value in (None, "", []) for value in self.values.values())

    @property
    def hidden(self) -> bool:
        return self.fact.minor and self.empty

    @property
    def template(self) -> str:
        return f"clients/card/values/{self.fact.shown_by}.html"

    @property
    def chosen(self) -> str:
        """The name of a reference, or the label of a choice."""
        name = self.fact.fields[0]
        display = getattr(self.client, f"get_{name}_display", None)
        return capfirst(str(display())) if display else str(getattr(self.client, name))

    @property
    def written(self) -> str:
        """A value of an own field, as its kind is written."""
        value = self.value
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        try:
            return (
                formats.full(date.fromisoformat(value)) if isinstance(value, str) and len(value) == 10 and value[4] == "-" else str(value)
            )
        except ValueError:
            return str(value)


def address_lines(client: Client) -> list[str]:
    """Return the address as it is written on a letter."""
    place = " ".join(filter(None, (client.postal_code, client.city)))
    country = country_name(client.country) if client.country else ""
    return [line for line in (client.address, ", ".join(filter(None, (place, client.region))), country) if line]


def months_with_us(client: Client, today: date) -> int | None:
    """Return the full months of work with us, until today or its end; None while nobody knows since when."""
    since, until = client.works_since, client.worked_until or today
    if since is None or until < since:
        return None
    return (until.year - since.year) * 12 + until.month - since.month - (until.day < since.day)


def local_time(client: Client, now: datetime) -> datetime | None:
    """Return what the clock shows at the client's, if that is known.

    By its own time zone, else by its country where the whole country has one time (territories by zone: Unicode CLDR).
    The first zone that differs ends it: Python keeps eight zones and reads the file of any other anew, and Russia has 26.
    """
    zones = [client.time_zone] if client.time_zone else get_global("territory_zones").get(client.country, ())
    here: datetime | None = None
    for zone in zones:
        there = now.astimezone(zone_named(zone))
        if here is not None and there.utcoffset() != here.utcoffset():
            return None
        here = there
    return here


@dataclass(frozen=True)
class BestPhone:
    """The number to call first, and whose it is (empty: the client's own)."""

    number: str
    whose: str


def best_phone(client: Client, contacts: Iterable[Contact]) -> BestPhone | None:
    """Return the number that a call starts with: the main contact's, the head's, the client's own, else anybody's."""
    people = [one for one in contacts if one.phones]
    for mark in ("is_main", "is_head"):
        for one in people:
            if getattr(one, mark):
                return BestPhone(one.phone, one.full_name)
    if client.phone:
        return BestPhone(client.phone, "")
    return BestPhone(people[0].phone, people[0].full_name) if people else None


def is_new(client: Client, now: datetime) -> bool:
    """Return whether the client was registered within the last day."""
    return now - client.created_at < timedelta(days=1)
