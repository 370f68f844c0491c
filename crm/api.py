"""The API: the routers of all apps under one roof, and one answer for whatever goes wrong.

Nothing leaves here as HTML or with a stack trace. The endpoints are in the `api` of each app.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.parser import Parser

from accounts.access import Access, public
from accounts.api import FieldProblem, ProblemError, TokenAuth, problem, replay_repeats
from accounts.api import router as accounts_router
from accounts.api.auth import token_of
from accounts.api.text import check_query, unkeepable
from accounts.models import ApiToken, zone_named
from clients.api import field_errors, may_be_duplicate, merged, stale
from clients.api import router as clients_router
from clients.errors import MayBeDuplicate, Merged, Refused, StaleVersion
from clients.imports.reading import Unreadable
from clients.imports.starting import NotNow
from crm.openapi import OpenAPI
from reminders.api import router as reminders_router
from sales.api import router as sales_router
from scoring.api import cases_router, profitability_router

log = structlog.get_logger(__name__)


class UnsupportedMediaType(Exception):
    """The body is not JSON by its own account."""


class StrictParser(Parser):
    """Reads JSON as RFC 8259 has it, and only text that the database can keep."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body; ninja answers whatever is raised here with 400, save what `_http_error` looks for."""
        if request.content_type != "application/json":
            raise UnsupportedMediaType
        body = json.loads(request.body.decode(), parse_constant=_no_number, parse_float=_finite)
        if unkeepable(body):
            raise ValueError("NUL or half a surrogate pair")
        return body

    def parse_querydict(self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest) -> dict[str, Any]:
        """Return the values of a query or of a form."""
        if request.method == "POST" and data is not request.GET:
            if request.META.get("upload_too_large"):
                raise ProblemError(413)
            if request.content_type != "multipart/form-data":
                raise ProblemError(415, _("Send the file as multipart/form-data."))
        check_query(data)
        return dict(super().parse_querydict(data, list_fields, request))


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("a number out of range")
    return number


def speak(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Wrap the running of an endpoint: words in the language asked for, or else the user's; nothing kept by caches."""

    @wraps(run)
    def spoken(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        token = token_of(request)
        asked = request.headers.get("Accept-Language")
        language = translation.get_language() if asked or token is None else token.user.language
        with translation.override(language), _clock_of(token):
            response = run(request, **kwargs)
        response.headers.setdefault("Content-Language", language or "en")
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Authorization"])
        return response

    return spoken


def _clock_of(token: ApiToken | None) -> AbstractContextManager[None]:
    """Read days ("registered from …", "due today") by the user's clock, as the pages do."""
    return timezone.override(zone_named(token.user.time_zone) if token else None)


class SeraphAPI(NinjaAPI):
    """ninja's API with a complete schema, made once."""

    _documents: dict[str, OpenAPI] = {}

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> OpenAPI:
        """Return the OpenAPI document."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        if prefix not in self._documents:
            self._documents[prefix] = OpenAPI(self, prefix)
        return self._documents[prefix]


api = SeraphAPI(
    title="Seraph",
    version="1",
    description="The shared registry of clients, and its ledger. Errors are problem details (RFC 9457); docs/api.md tells the rest.",
    auth=TokenAuth(),
    parser=StrictParser(),
    docs_url=None,
    docs_decorator=public,
    urls_namespace="api",
)
api.add_decorator(replay_repeats, mode="view")
api.add_decorator(speak, mode="view")
api.add_router("", accounts_router)
api.add_router("", clients_router)
api.add_router("", reminders_router)
api.add_router("", cases_router)
api.add_router("", profitability_router)
api.add_router("", sales_router)


# --- what goes wrong -----------------------------------------------------------------------------


@api.exception_handler(ProblemError)
def _problem(request: HttpRequest, error: ProblemError) -> HttpResponse:
    return problem(error.status, detail=error.detail, name=error.name, errors=error.errors)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    return problem(422, errors=refused.errors)


@api.exception_handler(Merged)
def _merged(request: HttpRequest, error: Merged) -> HttpResponse:
    return merged(request, error)


@api.exception_handler(ValidationError)
def _shape(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(422, errors=field_errors(error.errors))


@api.exception_handler(StaleVersion)
def _stale(request: HttpRequest, error: StaleVersion) -> HttpResponse:
    return stale(request, error)


@api.exception_handler(MayBeDuplicate)
def _may_be_duplicate(request: HttpRequest, error: MayBeDuplicate) -> HttpResponse:
    return may_be_duplicate(error)


@api.exception_handler(Unreadable)
def _unreadable_file(request: HttpRequest, error: Unreadable) -> HttpResponse:
    return problem(422, errors=[FieldProblem(field="file", code=error.code, message=str(error.message))])


@api.exception_handler(NotNow)
def _not_now(request: HttpRequest, error: NotNow) -> HttpResponse:
    return problem(
        409, detail=_("The import is in a state that does not allow this: %(state)s.") % {"state": error.run.state}, name="not-now"
    )


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(403)


@api.exception_handler(ObjectDoesNotExist)
@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(404)


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(413)


@api.exception_handler(SuspiciousOperation)
@api.exception_handler(MultiPartParserError)
@api.exception_handler(UnreadablePostError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, UnsupportedMediaType):
        return problem(415, detail=_("Send JSON with the header Content-Type: application/json."))
    response = problem(error.status_code, detail=_("The body is no JSON that can be kept.") if error.status_code == 400 else "")
    if error.status_code == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Throttled):
        response["Retry-After"] = str(error.wait or 1)
    return response


@api.exception_handler(Exception)
def _failure(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("api_failed", path=request.path)
    return problem(500)


def urls() -> tuple[list[URLPattern | URLResolver], str, str]:
    """Return the URLconf of the API; each view declares that a token is asked of it, as every view must."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and not hasattr(pattern.callback, "access"):
            setattr(pattern.callback, "access", Access())  # noqa: B010  (the permissions stand at each method: see TokenAuth)
    return patterns, app_name, namespace
