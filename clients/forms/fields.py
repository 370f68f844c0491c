"""The fields of a client as widgets. They hand on what was typed, as it was typed; `clients.services` reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db import models
from django.urls import reverse_lazy
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import countries
from clients.criteria import CriteriaSet
from clients.errors import FieldError
from clients.models import Client, CustomField, Industry, Lifecycle, LineOfBusiness, Source
from clients.models.clients import Kind
from clients.services import fingerprints
from ui import formats
from ui.forms import DateInput, Form, ListInput, Seg, TelInput, YesNoUnknown

type Choice = tuple[Any, Any]


class Typed(forms.Field):
    """Carries a value untouched: no message of its own stands beside the service's."""

    def clean(self, value: Any) -> Any:
        return value

    @property
    def choices(self) -> Any:
        """What the widget offers, if it offers anything: a conflict shows values by these labels."""
        return getattr(self.widget, "choices", ())


class Choices:
    """What the pickers of one page offer, each read when it is first drawn. A client keeps a retired entry that it has."""

    def __init__(self, client: Client | None = None) -> None:
        self.client = client

    def _offered(self, model: type[Source | Industry | LineOfBusiness], kept: int | None) -> list[Choice]:
        entries = model.objects.order_by("name").values_list("pk", "name", "retired")
        return [("", "–")] + [(pk, name) for pk, name, retired in entries if not retired or pk == kept]

    @cached_property
    def source(self) -> list[Choice]:
        return [("", _("Choose")), *self._offered(Source, self.client.source_id if self.client else None)[1:]]

    @cached_property
    def industry(self) -> list[Choice]:
        return self._offered(Industry, self.client.industry_id if self.client else None)

    @cached_property
    def line_of_business(self) -> list[Choice]:
        return self._offered(LineOfBusiness, self.client.line_of_business_id if self.client else None)

    @cached_property
    def manager(self) -> list[Choice]:
        kept = self.client.manager_id if self.client else None
        people = User.objects.order_by("full_name", "pk").values_list("pk", "full_name", "is_active")
        return [("", _("nobody"))] + [(pk, name) for pk, name, active in people if active or pk == kept]

    @cached_property
    def referrer(self) -> list[Choice]:
        referrer = self.client.referrer if self.client else None
        return [("", ""), (referrer.pk, str(referrer))] if referrer else [("", "")]

    @cached_property
    def country(self) -> list[Choice]:
        language = (get_language() or "en")[:2]
        return [("", ""), *countries.country_names(language if language in countries.LANGUAGES else "en").items()]

    @cached_property
    def time_zone(self) -> list[Choice]:
        # the places, not the aliases ("Etc/GMT+5", "US/Pacific") that the list also holds
        places = sorted(zone for zone in available_timezones() if zone.split("/")[0] in _CONTINENTS and "/" in zone)
        return [("", ""), *((zone, zone.replace("_", " ")) for zone in places)]


_CONTINENTS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
type _Build = Callable[[Choices], forms.Widget]


def _text(limit: int, **attrs: Any) -> _Build:
    # longer than the limit may be typed: the message says how much is too much, cutting in silence would lose it
    return lambda choices: forms.TextInput({"autocomplete": "off", "data-limit": limit, **attrs})


def _lines(rows: int = 3) -> _Build:
    return lambda choices: forms.Textarea({"rows": rows})


def _day(choices: Choices) -> forms.Widget:
    return DateInput()


def _from(name: str, **attrs: Any) -> _Build:
    return lambda choices: forms.Select(attrs, choices=getattr(choices, name))


WIDGETS: Mapping[str, _Build] = {
    "kind": lambda choices: Seg(choices=[(value, capfirst(label)) for value, label in Kind.choices]),
    "full_name": _text(300),
    "short_name": _text(150),
    "former_names": _text(300),
    "birth_date": _day,
    "tax_number": _text(32, spellcheck="false"),
    "external_id": _text(64, spellcheck="false"),
    "industry": _from("industry", **{"data-pick": True}),
    "employees": lambda choices: forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    "phones": lambda choices: ListInput({"autocomplete": "off"}, input_type="tel", add_label=_("Add another phone")),
    "emails": lambda choices: ListInput({"autocomplete": "off"}, input_type="email", add_label=_("Add another e-mail")),
    "website": lambda choices: forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    "address": _text(300),
    "postal_code": _text(16),
    "city": _text(100),
    "region": _text(100),
    "country": _from("country", **{"data-pick": True}),
    "time_zone": _from("time_zone", **{"data-pick": True}),
    "may_call": lambda choices: YesNoUnknown(),
    "may_write": lambda choices: YesNoUnknown(),
    "consent_on": _day,
    "is_customer": lambda choices: forms.CheckboxInput(),
    "is_supplier": lambda choices: forms.CheckboxInput(),
    "lifecycle": lambda choices: Seg(choices=[(value, capfirst(label)) for value, label in Lifecycle.choices]),
    "source": _from("source"),
    "referrer": _from("referrer", **{"data-pick": True, "data-pick-url": reverse_lazy("clients:referrers")}),
    "manager": _from("manager"),
    "line_of_business": _from("line_of_business"),
    "works_since": _day,
    "worked_until": _day,
    "went_well": _lines(),
    "went_wrong": _lines(),
    "stands_now": _lines(),
}
"""How each fact that a person may set is typed."""

_LABELS: Mapping[str, Any] = {
    "phones": _("Phone"),
    "emails": _("E-mail"),
    "works_since": _("Works with us since"),
    "is_customer": _("Customer: buys from us"),
    "is_supplier": _("Supplier: we buy from it"),
}
_CUSTOM_WIDGETS: Mapping[str, Callable[[CustomField], forms.Widget]] = {
    CustomField.Kind.NUMBER: lambda field: forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    CustomField.Kind.DATE: lambda field: DateInput(),
    CustomField.Kind.BOOLEAN: lambda field: YesNoUnknown(),
    CustomField.Kind.CHOICE: lambda field: forms.Select(choices=[("", "–"), *((one, one) for one in field.choices)]),
}


def label_of(name: str) -> Any:
    """Return how the field `name` of a client is called, as a label."""
    return _LABELS.get(name) or capfirst(str(_field(name).verbose_name))


def _field(name: str) -> models.Field[Any, Any]:
    found = Client._meta.get_field(name)
    assert isinstance(found, models.Field)  # not the other side of a relation
    return found


def client_field(name: str, choices: Choices) -> forms.Field:
    """Return the form field for the fact `name` of a client."""
    help_text = _field(name).help_text if name in {"former_names", "external_id"} else ""
    return Typed(required=False, label=label_of(name), widget=WIDGETS[name](choices), help_text=help_text)


def custom_form_field(field: CustomField) -> forms.Field:
    """Return the form field for a field that the administrator added."""
    build = _CUSTOM_WIDGETS.get(field.kind)
    widget = build(field) if build else forms.TextInput({"autocomplete": "off"})
    return Typed(required=False, label=field.label, widget=widget, help_text=field.help_text)


def typed_phones(phones: Iterable[str]) -> list[str]:
    """Return phones as people type them: with plain spaces."""
    return [formats.phone(one).replace(formats.NBSP, " ") for one in phones]


def shown_in_form(client: Client, name: str) -> Any:
    """Return what a form shows in the field `name` of `client`."""
    value = value_of(client, name)
    return typed_phones(value) if name == "phones" else value


def value_of(client: Client, name: str) -> Any:
    """Return what stands in the field `name` (or "custom.<key>") of `client`, as a widget takes it."""
    if name.startswith("custom."):
        return client.custom.get(name.removeprefix("custom."), "")
    return getattr(client, _field(name).attname)


class RegistryForm(Form):
    """A form whose values go to a service as they were typed, and whose errors come from there."""

    ids = "id_%s"
    """How the fields are called in the page: forms that stand on one page together differ in this."""
    was = ""
    """What the fields held when the form was made (`clients.services.fingerprints` as JSON); it travels along."""
    version = 0
    """The version that the form was made from."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", self.ids)
        super().__init__(*args, **kwargs)

    def read_from(self, client: Client) -> None:
        """Note what the form was made from. A form that comes back keeps what it was made from at first."""
        if self.is_bound:
            self.was, self.version = str(self.data.get("was", "")), as_number(self.data.get("version"))
        else:
            self.was, self.version = json.dumps(fingerprints(client, self.fields)), client.version

    def read_was(self) -> dict[str, str]:
        """Return the fingerprints that came with the form; none when they were tampered with."""
        try:
            was = json.loads(self.was)
        except (ValueError, RecursionError):
            return {}
        return {str(name): str(digest) for name, digest in was.items()} if isinstance(was, dict) else {}

    def show_referrer(self) -> None:
        """Let the picker name the referrer that was just chosen: it knows only the options that stand in the page."""
        field = self.fields.get("referrer")
        if field is None or not self.is_bound:
            return
        chosen = as_number(self["referrer"].data)
        widget: Any = field.widget
        if chosen and chosen not in {value for value, _label in widget.choices}:
            widget.choices = [*widget.choices, *((one.pk, str(one)) for one in Client.objects.filter(pk=chosen))]

    def typed(self) -> dict[str, Any]:
        """Return what was typed by field, custom fields together under "custom", as services take it."""
        values = {name: self[name].field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name)) for name in self.fields}
        custom = {name.removeprefix("custom."): value for name, value in values.items() if name.startswith("custom.")}
        plain = {name: value for name, value in values.items() if not name.startswith("custom.")}
        return {**plain, "custom": custom} if custom else plain

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show what a service refused: at its field, once for each; what has no field here stands above the form."""
        self.is_valid()
        told: set[tuple[str, str]] = set()
        for error in errors:
            place = error.field if error.field in self.fields else ""
            message = str(error.message)
            if (place, message) not in told:
                told.add((place, message))
                self.add_error(place or None, message)

    def mark(self, criteria: CriteriaSet) -> None:
        """Mark which fields the entry criteria ask for: required ones have no mark, the rest are "(optional)"."""
        for rule in criteria.rules:
            field = self.fields.get(rule.fact.field)
            if field is None:
                continue
            one = rule.criterion
            for_all = not (one.lifecycles or one.roles or one.sources or one.industries)
            if one.level == "required" and for_all:
                field.required = True
            else:
                field.recommended = True  # type: ignore[attr-defined]  # read by field.html


def as_number(value: Any) -> int:
    """Return a typed id or version as a number; 0, which no row has, for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class FactForm(RegistryForm):
    """The fields of one line of the card."""

    ids = "in_place_%s"

    def __init__(
        self, *args: Any, fields: Iterable[str], choices: Choices, custom_fields: Iterable[CustomField], focus: str = "", **kwargs: Any
    ) -> None:
        names = list(fields)
        client = choices.client
        assert client is not None  # a card has one
        super().__init__(*args, initial={name: shown_in_form(client, name) for name in names}, **kwargs)
        own = {f"custom.{field.key}": field for field in custom_fields}
        for name in names:
            self.fields[name] = custom_form_field(own[name]) if name in own else client_field(name, choices)
        self.fields[focus if focus in names else names[0]].widget.attrs["autofocus"] = True
        self.draw()
        self.read_from(client)
        self.show_referrer()


__all__ = [
    "Choices",
    "FactForm",
    "RegistryForm",
    "TelInput",
    "Typed",
    "as_number",
    "client_field",
    "custom_form_field",
    "label_of",
    "shown_in_form",
    "typed_phones",
    "value_of",
]
