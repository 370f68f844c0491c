"""The whole form of a client: a new one with its contacts, or one that is being changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.criteria import CriteriaSet
from clients.errors import FieldError
from clients.forms.fields import Choices, RegistryForm, Typed, client_field, custom_form_field, shown_in_form
from clients.models import Client, CustomField
from clients.models.clients import Kind
from clients.services.entering import LONGEST_REASON
from ui.forms import TelInput


@dataclass(frozen=True)
class Section:
    """A part of the form: fields that always stand there, and more that open on demand."""

    key: str
    title: str | Promise
    fields: tuple[str, ...]
    more: tuple[str, ...] = ()


SECTIONS = (
    Section(
        "who",
        _("Who it is"),
        ("kind", "full_name", "tax_number", "industry", "birth_date"),
        ("short_name", "former_names", "employees", "external_id"),
    ),
    Section(
        "reach",
        _("How to reach"),
        ("phones", "emails", "address", "postal_code", "city", "country"),
        ("region", "website", "time_zone", "may_call", "may_write", "consent_on"),
    ),
    Section(
        "work",
        _("How we work"),
        ("is_customer", "is_supplier", "source", "manager", "lifecycle"),
        ("line_of_business", "referrer", "works_since", "worked_until", "went_well", "went_wrong", "stands_now"),
    ),
)
ONLY_FOR: Mapping[str, str] = {
    "birth_date": Kind.PERSON,
    "industry": Kind.ORGANISATION,
    "short_name": Kind.ORGANISATION,
    "employees": Kind.ORGANISATION,
}
"""Fields that make sense for one kind only; the form shows and sends them for that kind."""
WIDE = {"kind", "full_name", "former_names", "address", "lifecycle", "went_well", "went_wrong", "stands_now"}


class ClientForm(RegistryForm):
    """All facts of a client. `hand_over` says whether the manager may be changed here."""

    wide = tuple(WIDE)

    def __init__(self, *args: Any, choices: Choices, custom_fields: Iterable[CustomField], hand_over: bool = True, **kwargs: Any) -> None:
        self.client = choices.client
        self.custom_names = [f"custom.{field.key}" for field in custom_fields]
        if self.client is not None:
            kwargs.setdefault("initial", initial_of(self.client, self.custom_names))
        super().__init__(*args, **kwargs)
        for section in SECTIONS:
            for name in (*section.fields, *section.more):
                if name != "manager" or hand_over:
                    self.fields[name] = client_field(name, choices)
        for field in custom_fields:
            self.fields[f"custom.{field.key}"] = custom_form_field(field)
        self.draw()
        if self.client is not None:
            self.read_from(self.client)
        self.show_referrer()

    def typed(self) -> dict[str, Any]:
        """Return what was typed, without the fields that don't fit the kind."""
        values = super().typed()
        return {name: value for name, value in values.items() if ONLY_FOR.get(name, values.get("kind")) == values.get("kind")}

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The sections as the template draws them, with bound fields."""
        found = []
        for section in SECTIONS:
            always: list[dict[str, Any]] = []
            more: list[dict[str, Any]] = []
            for name in (*section.fields, *section.more):
                if name not in self.fields:
                    continue
                asked = self.fields[name].required or getattr(self.fields[name], "recommended", False)
                (always if name in section.fields or asked else more).append(self._placed(name))
            filled = any(place["field"].errors or (place["field"].value() not in (None, "", [], False)) for place in more)
            found.append(
                {"key": section.key, "title": section.title, "always": always, "more": more, "open": filled, "more_labels": _named(more)}
            )
        if self.custom_names:
            own = [self._placed(name) for name in self.custom_names]
            found.append({"key": "custom", "title": _("Own fields"), "always": own, "more": [], "open": True, "more_labels": ""})
        return found

    def _placed(self, name: str) -> dict[str, Any]:
        return {"field": self[name], "wide": name in WIDE, "only_for": ONLY_FOR.get(name, ""), "check": name.startswith("is_")}


def _named(places: list[dict[str, Any]]) -> str:
    return ", ".join(str(place["field"].label).lower() for place in places)


def initial_of(client: Client, custom_names: Iterable[str]) -> dict[str, Any]:
    """Return the values of `client` as the form shows them."""
    names = [name for section in SECTIONS for name in (*section.fields, *section.more)]
    return {name: shown_in_form(client, name) for name in (*names, *custom_names)}


class ContactRow(RegistryForm):
    """One contact in the form of a new client."""

    full_name = Typed(label=_("Name"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    position = Typed(label=_("Position"), required=False, widget=forms.TextInput({"autocomplete": "off"}))
    phones = Typed(label=_("Phone"), required=False, widget=TelInput({"autocomplete": "off"}))
    emails = Typed(label=_("E-mail"), required=False, widget=forms.TextInput({"inputmode": "email", "autocomplete": "off"}))
    is_head = Typed(label=_("Head of the organisation"), required=False, widget=forms.CheckboxInput())

    @property
    def empty(self) -> bool:
        return not any(value for name, value in self.typed().items() if name != "is_head")


ContactRows = formset_factory(ContactRow, extra=1, max_num=20)


class AnywayForm(RegistryForm):
    """Why a client is registered although it looks like one that is there."""

    allow_duplicate = Typed(
        label=_("Register it anyway, because"),
        help_text=_("For example: another branch, a namesake. The reason stays in the history."),
        widget=forms.TextInput({"maxlength": LONGEST_REASON, "autocomplete": "off"}),
    )


class NewClientForm:
    """A new client and its contacts, sent together, with the reason for registering it anyway."""

    def __init__(
        self,
        data: Any = None,
        *,
        choices: Choices,
        custom_fields: Iterable[CustomField],
        criteria: CriteriaSet,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.client = ClientForm(data, choices=choices, custom_fields=list(custom_fields), initial=dict(initial or {}))
        self.client.mark(criteria)
        self.contacts = ContactRows(data, prefix="contacts")
        self.anyway = AnywayForm(data)

    def typed(self) -> dict[str, Any]:
        """Return the typed values of the client."""
        return self.client.typed()

    @property
    def _rows(self) -> list[tuple[int, ContactRow]]:
        return [(number, row) for number, row in enumerate(self.contacts.forms) if not row.empty]

    def typed_contacts(self) -> list[dict[str, Any]]:
        """Return the typed values of the rows in which something stands; none for a form whose rows were tampered with."""
        return [row.typed() for _number, row in self._rows] if self.contacts.management_form.is_valid() else []

    def reason(self) -> str | None:
        """Return why it is registered anyway, as it was typed; None where nobody was asked."""
        typed = self.anyway.typed()["allow_duplicate"]
        return None if typed is None else str(typed)

    def take_refusal(self, errors: Iterable[FieldError]) -> None:
        """Show each error at its field; "contacts.1.phones" belongs to the second row in which something stands."""
        of_client = []
        rows = [row for _number, row in self._rows]
        for error in errors:
            prefix, _dot, rest = error.field.partition(".")
            number, _dot, name = rest.partition(".")
            if prefix == "contacts" and number.isdigit() and int(number) < len(rows):
                rows[int(number)].take_refusal([FieldError(name, error.code, error.message)])
            elif prefix == "contacts" and self.contacts.forms:
                (rows or self.contacts.forms)[0].take_refusal([FieldError("full_name", error.code, error.message)])
            elif error.field == "allow_duplicate":
                self.anyway.take_refusal([error])
            else:
                of_client.append(error)
        self.client.take_refusal(of_client)

    @property
    def refused_fields(self) -> list[Any]:
        """Every field with an error, those of the contacts after their client's."""
        fields = [field for field in self.client if field.errors]
        return fields + [field for row in self.contacts.forms if row.is_bound for field in row if field.errors]
