"""Clients with their contacts, as a kind of rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients import countries
from clients.errors import FieldError
from clients.imports.client_rows import undoing
from clients.imports.client_rows.fields import fields
from clients.imports.client_rows.session import LISTS, MATCH_KEYS, ClientRows, kept_defaults
from clients.imports.kinds import ImportField, ImportKind, Job, Session, Touched
from clients.imports.mapping import folded
from clients.models import Client, Industry, Lifecycle, LineOfBusiness, Source
from clients.services.rules import Rules

if TYPE_CHECKING:
    from accounts.models import User

SETTABLE = ("kind", "roles", "lifecycle", "source", "manager", "country", "industry", "line_of_business")
_PERSONAL_NAMES = frozenset(
    ["first name", "last name", "surname", "given name", "family name", "middle name", "fname", "lname", "prenom", "nom", "nom de famille",
     *map(folded, ["имя", "фамилия", "отчество"])]
)  # fmt: skip


class ClientKind(ImportKind):
    """Rows of clients."""

    name = "clients"
    label = _("Clients")
    position = 0
    list_url = "clients:list"

    def fields(self) -> list[ImportField]:
        return fields()

    def match_keys(self) -> dict[str, str | Promise]:
        return {name: field.label for name in MATCH_KEYS if (field := self.field(name))}

    def settle(self, mapping: dict[str, list[str]]) -> dict[str, list[str]]:
        """First and last names make the client's name where nothing else does, else that of the contact."""
        own, contact = mapping.get("full_name", []), mapping.get("contact.full_name", [])
        personal = [heading for heading in [*own, *contact] if folded(heading) in _PERSONAL_NAMES]
        company = [heading for heading in own if heading not in personal]
        if not personal or (not company and len(personal) < 2 and own):
            return mapping
        others = [heading for heading in contact if heading not in personal]
        settled = {name: headings for name, headings in mapping.items() if name not in ("full_name", "contact.full_name")}
        if company:
            settled["full_name"] = company
            settled["contact.full_name"] = others or personal
        else:
            settled["full_name"] = personal
            if others:
                settled["contact.full_name"] = others
        return settled

    def settings(self, user: User) -> dict[str, forms.Field]:
        managers = Rules.load().managers.names
        names = sorted(managers.items(), key=lambda item: item[1].casefold())
        return {
            "kind": _choice(_("Kind"), [("", _("not set")), *Client.Kind.choices], initial=Client.Kind.ORGANISATION),
            "roles": _choice(
                _("Customer or supplier"),
                [("", _("not set")), ("customer", _("customer")), ("supplier", _("supplier")), ("both", _("both"))],
            ),
            "lifecycle": _choice(_("Lifecycle"), list(Lifecycle.choices), initial=Lifecycle.POTENTIAL),
            "source": _reference(_("Source"), Source),
            "manager": _choice(_("Manager"), [("", _("not set")), *names]),
            "country": _choice(_("Country"), [("", _("not set")), *_countries()]),
            "industry": _reference(_("Industry"), Industry),
            "line_of_business": _reference(_("Line of business"), LineOfBusiness),
        }

    def check_settings(self, defaults: Mapping[str, Any]) -> list[FieldError]:
        unknown = [FieldError(name[:60], "unknown", _("This can't be set for all rows.")) for name in defaults if name not in SETTABLE]
        known = {name: value for name, value in defaults.items() if name in SETTABLE}
        return unknown or kept_defaults(known, Rules.load())[1]

    def may_add(self, user: User) -> dict[str, str | Promise]:
        if not user.has_perm("clients.set_rules"):
            return {}
        return {name: field.label for name in LISTS if (field := self.field(name))}

    def session(self, job: Job) -> Session:
        return ClientRows(job)

    def touched(self, run_id: int) -> list[Touched]:
        return undoing.touched(run_id)

    def undo(self, run_id: int, user: User, now: datetime) -> int:
        return undoing.undo(run_id, user, now)


def _choice(label: Any, choices: list[tuple[Any, Any]], *, initial: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, initial=initial)


def _reference(label: Any, model: Any) -> forms.ChoiceField:
    entries = model.objects.filter(retired=False).values_list("id", "name")
    return _choice(label, [("", _("not set")), *entries])


def _countries() -> list[tuple[str, str]]:
    return sorted(((code, countries.country_name(code)) for code in countries.country_names("en")), key=lambda item: item[1].casefold())
