"""From errors to problems: shapes that pydantic refuses, versions that moved on, clients that may be here already or were merged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.api import problem
from accounts.api.auth import token_of
from clients.api.outputs import RELATED, Candidate, ClientOut, ContactOut
from clients.api.values import OWN
from clients.errors import FieldError, MayBeDuplicate, Merged, StaleVersion
from clients.models import Client, Contact

_CODES: dict[str, tuple[str, str | Promise]] = {
    "missing": ("required", _("Give a value for this field.")),
    "extra_forbidden": ("unknown", _("There is no such field.")),
    "too_long": ("too_many", _("This is more than is taken at once.")),
    "string_too_long": ("too_long", _("Shorten this.")),
    "too_short": ("too_few", _("This is less than is needed.")),
    "model_type": ("object", _("Give this as an object.")),
    "model_attributes_type": ("object", _("Give this as an object.")),
    "dict_type": ("object", _("Give this as an object.")),
    "list_type": ("list", _("Give this as a list.")),
    "string_type": ("text", _("Give this as text.")),
    "bool_type": ("yes_or_no", _("Answer yes or no.")),
    "bool_parsing": ("yes_or_no", _("Answer yes or no.")),
    "int_type": ("number", _("Give a whole number.")),
    "int_parsing": ("number", _("Give a whole number.")),
    "int_parsing_size": ("number", _("Give a whole number.")),
    "int_from_float": ("number", _("Give a whole number.")),
    "greater_than_equal": ("number", _("Give a larger number.")),
    "less_than_equal": ("number", _("Give a smaller number.")),
    "literal_error": ("choice", _("Choose one of the values that the schema lists.")),
    "enum": ("choice", _("Choose one of the values that the schema lists.")),
}


def field_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Return what pydantic found as errors by field, in the codes that services use."""
    found = []
    for error in errors:
        # ("body", "payload", "contacts", 0, "phones"): where, which argument, then the path in it; ("query", "limit") has no argument
        where = [str(part)[:60] for part in error["loc"]]
        path = where[2:] if where[0] == "body" else where[1:]
        code, message = _CODES.get(error["type"], (error["type"].removeprefix(OWN), error["msg"]))
        found.append(FieldError(".".join(path) or where[0], code, message))
    return found


Current = Callable[[HttpRequest, Any], dict[str, Any]]
_current: dict[type[Model], Current] = {}


def register_current(model: type[Model], tell: Current) -> None:
    """Let a conflict over rows of `model` say how they stand now; `tell(request, row)` returns that by field."""
    _current[model] = tell


def _client_now(request: HttpRequest, client: Client) -> dict[str, Any]:
    token = token_of(request)
    visible = Client.objects.visible_to(token.user) if token else Client.objects.none()
    return ClientOut.of(visible.select_related(*RELATED).get(pk=client.pk)).model_dump()


register_current(Client, _client_now)
register_current(Contact, lambda request, contact: ContactOut.of(contact).model_dump())


def stale(request: HttpRequest, error: StaleVersion) -> HttpResponse:
    """Return 409 with the record as it stands now and, field by field, both values where they differ."""
    wanted = getattr(request, "changes", {})
    row = error.current
    tell = _current.get(type(row)) if isinstance(row, Model) else None
    current = tell(request, row) if tell else {"id": row.pk, "version": row.version}
    conflicts = [
        {"field": name, "yours": value, "current": current[name]}
        for name, value in wanted.items()
        if name in current and not _same(value, current[name])
    ]
    return problem(409, more={"current": current, "conflicts": conflicts})


def may_be_duplicate(error: MayBeDuplicate) -> HttpResponse:
    """Return 409 with the clients that the new one may be."""
    return problem(
        409,
        name="may-be-duplicate",
        title=_("This client may be in the registry already."),
        detail=_("Use one of the candidates, or say in allow_duplicate why this is another client."),
        more={"code": "may_be_duplicate", "candidates": [Candidate.of(one).model_dump() for one in error.candidates]},
    )


def merged(request: HttpRequest, error: Merged) -> HttpResponse:
    """Lead a reader on to the survivor; tell a writer, 409, under which number the client is now."""
    message, went = error.errors[0].message, {"merged_into": error.survivor.pk}
    if request.method not in {"GET", "HEAD"}:
        return problem(409, detail=message, name="merged", more=went)
    answer = problem(307, detail=message, name="merged", more=went)
    answer["Location"] = re.sub(rf"/clients/{error.client.pk}(?=[/?]|$)", f"/clients/{error.survivor.pk}", request.get_full_path())
    return answer


def _same(yours: Any, current: Any) -> bool:
    if isinstance(current, dict) and current.keys() == {"id", "name"}:
        return yours in (current["id"], current["name"])
    return str(yours or "") == str(current or "") if not isinstance(yours, bool) else yours == current
