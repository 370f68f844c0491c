"""The fields of the ledger's rows, by the names that columns have in the files of three languages (headings.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.imports.kinds import ImportField
from clients.imports.mapping import folded
from clients.validation import BadValue

HEADINGS = tomllib.loads((Path(__file__).parent / "headings.toml").read_text())
_SPELLINGS: dict[str, dict[str, str]] = {
    name: {folded(spelling): key for key, spellings in of_name.items() for spelling in spellings}
    for name, of_name in HEADINGS["values"].items()
}
_JOINERS = {"product": " ", "note": ", ", "what": "\n", "resolution": "\n"}
_CLIENT = {
    "client_number": _("number in the registry (№)"),
    "client_own_id": _("own id"),
    "client_tax_number": _("tax number"),
    "client_name": _("name"),
}
LABELS: dict[str, dict[str, str | Promise]] = {
    "sales": {
        "number": _("Number"),
        "day": _("Date"),
        "kind": _("Sale or purchase"),
        "line_of_business": _("Line of business"),
        "product": _("Product"),
        "quantity": _("Quantity"),
        "unit_price": _("Unit price"),
        "amount": _("Amount"),
        "discount": _("Discount"),
        "direct_cost": _("Direct cost"),
        "unit_cost": _("Direct cost of one unit"),
        "currency": _("Currency"),
        "rate": _("Rate"),
        "due_on": pgettext_lazy("document", "Due"),
        "paid_on": _("Paid on"),
        "reverses": _("Takes back the document"),
        "note": _("Note"),
    },
    "payments": {
        "document": _("Number of the sale"),
        "day": _("Date"),
        "amount": _("Amount"),
        "number": _("Number of the payment"),
        "kind": _("Sale or purchase"),
    },
    "costs": {
        "day": _("Date"),
        "category": _("Category"),
        "amount": _("Amount"),
        "currency": _("Currency"),
        "rate": _("Rate"),
        "hours": _("Hours"),
        "number": _("Number of the cost"),
        "document": _("For the sale"),
        "source": _("Campaign of the source"),
        "note": _("Note"),
    },
    "complaints": {
        "day": _("Date"),
        "severity": _("Severity"),
        "fault": _("Whose fault"),
        "what": _("What happened"),
        "cost": _("Cost"),
        "document": _("About the sale"),
        "resolved_on": _("Resolved on"),
        "resolution": _("How it was resolved"),
    },
}


def _is_kind(cell: str) -> bool:
    """Whether a cell says sale or purchase: "Type" may be the heading of anything."""
    return folded(cell) in _SPELLINGS["kind"]


def fields_of(kind: str, *, with_client: bool = True) -> list[ImportField]:
    """Return the fields of a kind of rows, those that name the client second to the first."""
    own = [
        ImportField(
            name,
            label,
            synonyms=tuple(HEADINGS[kind][name]),
            joiner=_JOINERS.get(name),
            accepts=_is_kind if name == "kind" else None,
        )
        for name, label in LABELS[kind].items()
    ]
    client = _("Client")
    of_client = [
        ImportField(name, label, client, tuple(HEADINGS["client"][name]), owner=client) for name, label in _CLIENT.items() if with_client
    ]
    return [*own, *of_client]


def named(what: str, cell: str, choices: Mapping[str, str | Promise]) -> str:
    """Return the key of `choices` that a cell names by key, label, or any of the spellings of `what`. Raises `BadValue`."""
    words = folded(cell)
    known = _SPELLINGS[what].get(words)
    if known is not None and known in choices:
        return known
    for key, label in choices.items():
        if words in (folded(key), folded(str(label))):
            return key
    offered = ", ".join(str(label) for label in choices.values())
    raise BadValue("choice", _("Choose one of: %(choices)s.") % {"choices": offered})
