"""Problem details (RFC 9457): the one shape of everything that the API can't do."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 100

_TITLES: dict[int, str | Promise] = {
    307: _("This record is found under another number."),
    400: _("The request can't be read."),
    401: _("A living API token is needed."),
    403: _("This is not allowed."),
    404: _("There is nothing at this address."),
    405: _("This address does not know this method."),
    409: _("Somebody else changed the record since it was read."),
    413: _("The request is too large."),
    415: _("This kind of content is not read here."),
    422: _("Some fields need mending."),
    429: _("Too many requests."),
    500: _("Something went wrong on the server."),
    503: _("The server is not ready."),
}
_NAMES = {
    400: "malformed", 401: "unauthorised", 403: "forbidden", 404: "not-found", 405: "method", 409: "stale-version", 413: "too-large",
    415: "media-type", 422: "refused", 429: "throttled", 500: "server", 503: "not-ready",
}  # fmt: skip


class ErrorOfField(Protocol):
    """What a service says about one field (`clients.errors.FieldError` and its like)."""

    @property
    def field(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str | Promise: ...


class FieldProblem(BaseModel):
    """One thing to mend."""

    field: str = Field(description="The field as the API names it; the parts of a nested one are joined by dots, as in contacts.0.phones.")
    code: str = Field(description="A stable code; forms and imports use the same.")
    message: str = Field(description="What to do, in the language of the user or of Accept-Language.")


class Problem(BaseModel):
    """Problem details as RFC 9457 has them."""

    type: str = Field(description="A name that never changes, as in urn:seraph:problem:refused.")
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldProblem] = Field(default_factory=list, description="One entry for each thing to mend.")


class ProblemError(Exception):
    """Raised where an endpoint can't go on; answered as the problem that it describes."""

    def __init__(self, status: int, detail: str | Promise = "", *, name: str = "", errors: Iterable[ErrorOfField] = ()) -> None:
        self.status = status
        self.detail = detail
        self.name = name
        self.errors = list(errors)
        super().__init__(f"{status} {name}")


def problem(
    status: int,
    *,
    title: str | Promise = "",
    detail: str | Promise = "",
    name: str = "",
    errors: Iterable[ErrorOfField] = (),
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return the answer for a problem; `title` where its status alone would say something else, `more` are members beyond
    those of RFC 9457."""
    response = HttpResponse(status=status)
    return as_problem(response, title=title, detail=detail, name=name, errors=errors, more=more)


def as_problem(
    response: HttpResponse,
    *,
    title: str | Promise = "",
    detail: str | Promise = "",
    name: str = "",
    errors: Iterable[ErrorOfField] = (),
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Turn `response` into a problem of its status and keep its headers."""
    status = response.status_code
    body: dict[str, Any] = {
        "type": f"urn:seraph:problem:{name or _NAMES.get(status, status)}",
        "title": str(title or _TITLES.get(status, _TITLES[400 if status < 500 else 500])),
        "status": status,
        "detail": str(detail) or None,
        "errors": [
            {"field": error.field, "code": error.code, "message": str(error.message)}
            for error, _number in zip(errors, range(MOST_ERRORS), strict=False)
        ],
        **(more or {}),
    }
    response.content = json.dumps(body, cls=DjangoJSONEncoder).encode()
    response["Content-Type"] = MEDIA_TYPE
    return response
