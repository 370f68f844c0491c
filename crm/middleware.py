"""What wraps every request: its id, its line in the log, its place in the metrics."""

import ipaddress
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject

from accounts.access import is_in_background
from crm import metrics

STATIC = "static"
log: structlog.stdlib.BoundLogger = structlog.get_logger("seraph.request")


def route_of(request: HttpRequest) -> str:
    """Return the name of the route, never the path: paths hold ids, and anybody may invent any number of them."""
    if request.path_info.startswith(settings.STATIC_URL):
        return STATIC
    try:
        match = request.resolver_match or resolve(request.path_info)  # a middleware may have answered before the view
    except Resolver404:
        return "unknown"
    return match.view_name or match.route


def user_id_of(request: HttpRequest) -> int | None:
    """Return the id of the user whom the request turned out to be from, without asking the database for it now."""
    user = request.__dict__.get("_cached_user")  # set when the session's user was read
    if user is None and not isinstance(own := request.__dict__.get("user"), SimpleLazyObject):
        user = own  # set by the API for the owner of a token
    return getattr(user, "pk", None)


def _writer(route: str, status: int, quiet: bool) -> Callable[..., object]:
    """Return how loud to be: failures of ours are errors, refusals are warnings; static files and what scripts ask are hardly news."""
    if status >= 500:
        return log.error
    if status in {400, 403, 429}:
        return log.warning
    return log.debug if quiet or route == STATIC else log.info


class ClientAddressMiddleware:
    """Make REMOTE_ADDR the visitor's address, which rate limits count by.

    Each of our own proxies appends whom it heard from to X-Forwarded-For; what stands before that, the visitor may
    have written. So with n proxies the n-th entry from the end is the visitor's, and with none the header says nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        heard = request.headers.get("X-Forwarded-For", "").split(",")
        if 0 < settings.TRUSTED_PROXIES <= len(heard) and (address := _address(heard[-settings.TRUSTED_PROXIES])):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def _address(entry: str) -> str | None:
    """Return the address in an entry of X-Forwarded-For, which may carry a port, or None when it holds none."""
    entry = entry.strip()
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        return str(ipaddress.ip_address(entry))
    except ValueError:
        return None


class RequestLogMiddleware:
    """Give the request an id (also in the answer's X-Request-ID), log one line about it, count it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            route = route_of(request)
            _writer(route, response.status_code, is_in_background(request))(
                "request",
                method=metrics.known_method(request.method),
                route=route,
                status=response.status_code,
                user=user_id_of(request),
                ms=round(seconds * 1000, 1),
            )
        metrics.count_request(method=request.method, route=route, status=response.status_code, seconds=seconds)
        response["X-Request-ID"] = request_id
        return response
