"""The fields of a row of clients, by the names that columns have in the files of three languages (headings.toml)."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients import custom_fields, validation
from clients.imports.kinds import ImportField
from clients.imports.mapping import folded
from clients.models import Client, Contact, CustomField

CONTACTS = ("contact", "contact_2", "contact_3")
"""People whom one row may bring."""
HEADINGS: dict[str, dict[str, list[str]]] = tomllib.loads((Path(__file__).parent / "headings.toml").read_text())

_SPELLINGS = {
    name: {folded(spelling): key for key, spellings in HEADINGS[name].items() for spelling in spellings}
    for name in ("kind", "lifecycle", "roles")
}
_OF_FIRST = (
    "contact {}", "contact person {}", "contact s {}", "{} contact", "{} of contact", "{} of the contact", "{} du contact",
    "контакт {}", "{} контакта", "{} контактного лица", "{} контактов", "{} конт лица",
)  # fmt: skip
_OF_NUMBER = ("contact {n} {}", "contact{n} {}", "{} contact {n}", "{} {n} contact", "контакт {n} {}", "{} контакта {n}")
_JOINERS = {
    "full_name": " ",
    "phones": "\n",
    "emails": "\n",
    "address": ", ",
    "former_names": ", ",
    "stands_now": "\n",
    "went_well": "\n",
    "went_wrong": "\n",
    "note": ", ",
}


def kind_of(cell: str) -> str:
    """Return the kind that a cell names, or the cell itself."""
    return _SPELLINGS["kind"].get(folded(cell), cell)


def lifecycle_of(cell: str) -> str:
    """Return the lifecycle that a cell names, or the cell itself."""
    return _SPELLINGS["lifecycle"].get(folded(cell), cell)


def roles_of(cell: str) -> dict[str, bool] | None:
    """Return the roles that a cell names, or None."""
    named: set[str] = set()
    for part in validation.parts(cell):
        role = _SPELLINGS["roles"].get(folded(str(part)))
        if role is None:
            return None
        named |= {"customer", "supplier"} if role == "both" else {role}
    return {f"is_{role}": True for role in named} or None


def _is_yes_or_no(cell: str) -> bool:
    try:
        validation.yes_or_no(cell)
    except validation.BadValue:
        return False
    return True


_ACCEPTS: dict[str, Callable[[str], bool]] = {
    "kind": lambda cell: folded(cell) in _SPELLINGS["kind"],
    "lifecycle": lambda cell: folded(cell) in _SPELLINGS["lifecycle"],
    "roles": lambda cell: roles_of(cell) is not None,
    "is_customer": _is_yes_or_no,
    "is_supplier": _is_yes_or_no,
}
_LABELS = {
    "roles": _("Customer or supplier"),
    "is_customer": _("Customer: yes or no"),
    "is_supplier": _("Supplier: yes or no"),
}


def fields() -> list[ImportField]:
    """Return the fields of a client, those that the administrator added, and those of its contacts."""
    return [*_client_fields(), *_custom_fields(), *_contact_fields()]


def _label(name: str, model: type[Client] | type[Contact]) -> str:
    if name in _LABELS:
        return str(_LABELS[name])
    label = next(str(field.verbose_name) for field in model._meta.concrete_fields if field.name == name)
    return label[:1].upper() + label[1:]


def _client_fields() -> Iterable[ImportField]:
    for name, headings in HEADINGS["client"].items():
        yield ImportField(
            name, _label(name, Client), synonyms=tuple(headings), joiner=_JOINERS.get(name), accepts=_ACCEPTS.get(name)
        )  # fmt: skip


def _custom_fields() -> Iterable[ImportField]:
    for field in custom_fields.active():
        yield ImportField(
            f"custom.{field.key}", field.label, _("Your own fields"), (field.key, field.label), (_with_key(field),), joiner=None
        )


def _with_key(field: CustomField) -> str:
    return f"{field.label} ({field.key})"


@cache
def _built_in_words() -> frozenset[str]:
    return frozenset(folded(words) for field in (*_client_fields(), *_contact_fields()) for words in (field.name, *field.synonyms))


def headings_of_own(own: Sequence[CustomField], beside: Iterable[str]) -> dict[str, str]:
    """Return by key what an export calls the custom fields: their labels.

    Where another column goes by that name (one of those `beside`, another custom field's, or one that the importer would
    take it for) the key follows, so that the file comes back into the same fields, whatever the language.
    """
    times = Counter(folded(field.label) for field in own)
    taken = _built_in_words() | {folded(heading) for heading in beside}
    return {
        field.key: field.label if times[words := folded(field.label)] == 1 and words not in taken else _with_key(field) for field in own
    }


def _contact_fields() -> Iterable[ImportField]:
    groups = (pgettext_lazy("import", "Contact"), pgettext_lazy("import", "Second contact"), pgettext_lazy("import", "Third contact"))
    for number, (prefix, group) in enumerate(zip(CONTACTS, groups, strict=True), 1):
        for name, headings in HEADINGS["contact"].items():
            alone = HEADINGS["alone"].get(name, []) if number == 1 else []
            if number > 1 and name == "full_name":
                alone = [f"contact {number}", f"контакт {number}", f"контактное лицо {number}"]
            forms = _OF_FIRST if number == 1 else _OF_NUMBER
            synonyms = (*alone, *(form.format(heading, n=number) for heading in headings for form in forms))
            yield ImportField(f"{prefix}.{name}", _label(name, Contact), group, synonyms, joiner=_JOINERS.get(name), owner=group)
