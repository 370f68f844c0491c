"""The list of clients as the API asks for it: the filters, sorts, search and cursors of the page, but nothing is left out quietly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.forms import ChoiceField, IntegerField, MultipleChoiceField
from django.forms.fields import Field
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.api import ProblemError
from accounts.models import User
from clients.api.outputs import RELATED
from clients.errors import FieldError
from clients.filters import ClientFilters
from clients.models import Client
from clients.services.rules import ReferenceList, Rules
from clients.tables import SORTS
from clients.validation import BadValue
from clients.views.list import CLIENTS
from ui.lists import BadCursor, Count, ListFilters, ListState
from ui.lists.filters import MOST_VALUES

OWN = frozenset({"q", "sort", "cursor", "limit"})
LONGEST = 300
MOST_ROWS = 200
BY_NAME = {"manager": "managers", "source": "sources", "industry": "industries", "line_of_business": "lines_of_business"}
"""Filters by a reference, which may be named as well as numbered, and the list that knows the names."""


class ClientListing:
    """One page of the list for one user. Raises `ProblemError` (422) for whatever the query gets wrong."""

    def __init__(self, user: User, query: QueryDict, *, cursor: str, limit: int) -> None:
        self._refuse(self._misshapen(query))
        data = query.copy()
        for name in ("cursor", "limit"):
            data.pop(name, None)
        resolve_names(data)
        self.state = ListState(CLIENTS, user, data, size=limit)
        self._refuse(self._misread(data))
        try:
            keys = self.state.place(after=cursor)
        except BadCursor:
            self._refuse([FieldError("cursor", "cursor", _("Give back the cursor of the page before as it came."))])
        self.next: str | None = keys.after or None
        rows = Client.objects.visible_to(user).select_related(*RELATED).in_bulk(keys.ids)
        self.clients = [rows[pk] for pk in keys.ids if pk in rows]

    @property
    def count(self) -> Count:
        """How many clients match, up to the cap."""
        return self.state.count

    @staticmethod
    def _misshapen(query: QueryDict) -> Iterator[FieldError]:
        for name, values in query.lists():
            if len(values) > (1 if name in OWN else MOST_VALUES):
                yield FieldError(name[:60], "too_many", _("Give fewer values."))
            if any(len(value) > LONGEST for value in values) and name != "cursor":
                yield FieldError(name[:60], "too_long", _("Shorten this to %(limit)s characters.") % {"limit": LONGEST})

    def _misread(self, data: QueryDict) -> Iterator[FieldError]:
        filters = self.state.filters
        known = {key for keys in filters.params.values() for key in keys} | OWN
        for name in data:
            if name not in known:
                yield FieldError(name[:60], "unknown", _("The list has no such filter."))
        yield from misread(filters)
        asked = data.get("sort", "")
        if asked and asked.removeprefix("-") not in CLIENTS.sort_names:
            names = ", ".join(CLIENTS.sort_names)
            yield FieldError("sort", "choice", _("Choose one of: %(choices)s.") % {"choices": names})

    @staticmethod
    def _refuse(errors: Any) -> None:
        if found := list(errors):
            raise ProblemError(422, errors=found)


def resolve_names(data: QueryDict) -> None:
    """Put numbers where filters by a reference are given names; a name that no list has stays, and the filter refuses it."""
    rules: Rules | None = None
    for name, entries in BY_NAME.items():
        resolved = []
        for value in data.getlist(name):
            if value and not value.isdigit() and value not in ("none", "me"):
                rules = rules or Rules.load()
                resolved.append(_number_of(value, getattr(rules, entries)))
            else:
                resolved.append(value)
        if resolved:
            data.setlist(name, resolved)


def misread(filters: ListFilters) -> Iterator[FieldError]:
    """Yield what the filters of a list can't make anything of."""
    for name, wrong in filters.form.errors.as_data().items():
        for error in wrong:
            yield FieldError(name, _CODES.get(error.code or "", error.code or "value"), " ".join(error.messages))


def _number_of(name: str, entries: ReferenceList) -> str:
    """Return the id of an entry of a reference list; a name that is not in it stays, and the filter refuses it."""
    try:
        return str(entries.resolve(name))
    except BadValue:
        return name


_CODES = {"invalid_choice": "choice", "invalid": "value", "max_length": "too_long", "invalid_list": "list"}


def parameters() -> list[dict[str, Any]]:
    """Return what the schema says of the filters; custom fields come as custom_<key>, which only the registry knows."""
    orders = [f"{sign}{sort.name}" for sort in SORTS for sign in ("", "-")]
    found: list[dict[str, Any]] = [
        {
            "in": "query",
            "name": "sort",
            "required": False,
            "description": "A minus turns the order round; without it by name, and with a search the best matches first.",
            "schema": {"type": "string", "enum": orders},
        }
    ]
    for name, filter_ in ClientFilters.base_filters.items():
        field = filter_.field
        for key in filter_.param_names(name):
            found.append(
                {
                    "in": "query",
                    "name": key,
                    "required": False,
                    "description": str(filter_.label),
                    **_schema(name, key, field),
                }
            )
    return found


_WORDS = {
    **dict.fromkeys(BY_NAME, "An id, a name, or “none”; of a manager also a user name or “me”."),
    "team": "An id, or “me” for one's own.",
    "short_of": "The id of a criterion.",
    "city": "The beginning of the name.",
}


def _values(field: ChoiceField) -> list[str]:
    choices: Any = field.choices  # typed as whatever a choice may be declared by
    return [str(value) for value, _label in choices if value]


def _schema(name: str, key: str, field: Field) -> dict[str, Any]:
    text = {"type": "string", "maxLength": LONGEST}
    if isinstance(field, MultipleChoiceField):
        static = name not in _WORDS
        item = {"type": "string", "enum": _values(field)} if static else text
        words = {} if static else {"description": _WORDS[name]}
        return {"schema": {"type": "array", "items": item, "maxItems": MOST_VALUES}, "style": "form", "explode": True, **words}
    if isinstance(field, ChoiceField):
        return {"schema": {"type": "string", "enum": _values(field)}}
    if isinstance(field, IntegerField):
        return {"schema": {"type": "integer", "minimum": field.min_value, "maximum": field.max_value}}
    if key.endswith(("_from", "_until")):
        return {"schema": {"type": "string", "format": "date"}}
    if key == "touch":
        return {"schema": {"type": "string", "enum": ["over", "under", "never"]}}
    if key == "touch_days":
        return {"schema": {"type": "integer", "minimum": 1, "maximum": 36_500}}
    return {"schema": text, **({"description": _WORDS[name]} if name in _WORDS else {})}
