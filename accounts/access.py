"""Who may open a view. Every view says so: `@requires("clients.view_client")` or `@public`.

A test walks the URLconf and refuses a view that declares nothing, so forgetting is not an option.
Rows are another matter: they come through `visible_to` and `editable_by` of their queryset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from accounts.models import User

    class SignedInRequest(HttpRequest):
        """The request of a view behind `requires`: somebody has signed in."""

        user: User  # narrower than Django's User | AnonymousUser: `requires` has checked
        htmx: HtmxDetails


type View[R, **P] = Callable[Concatenate[R, P], HttpResponseBase]


@dataclass(frozen=True)
class Access:
    """What a view declares: open to everybody, or to those who have every one of `permissions`."""

    public: bool = False
    permissions: tuple[str, ...] = ()


PUBLIC = Access(public=True)


def declared(view: Callable[..., Any]) -> Access | None:
    """Return what `view` declares, or None when it says nothing."""
    access = getattr(view, "access", None)
    return access if isinstance(access, Access) else None


def public[**P, R](view: Callable[P, R]) -> Callable[P, R]:
    """Declare that nobody needs to sign in for `view`."""
    setattr(view, "access", PUBLIC)  # noqa: B010  (a function has no such attribute for mypy)
    return view


def in_background[**P, R](view: Callable[P, R]) -> Callable[P, R]:
    """Declare that a script asks `view` again and again by itself: no sign that somebody is at the device, and no news for the log."""
    setattr(view, "in_background", True)  # noqa: B010  (a function has no such attribute for mypy)
    return view


def is_in_background(request: HttpRequest) -> bool:
    """Return whether a script asked by itself (see `in_background`)."""
    return request.resolver_match is not None and getattr(request.resolver_match.func, "in_background", False)


def requires[**P](*permissions: str) -> Callable[[View[SignedInRequest, P]], View[HttpRequest, P]]:
    """Declare and enforce that the user has signed in and has every one of `permissions` ("app.codename").

    Nobody signed in is led to the sign-in page and back; a user who lacks a permission gets 403.
    `@requires()` asks for a signed-in user only.
    """

    def decorate(view: View[SignedInRequest, P]) -> View[HttpRequest, P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)  # type: ignore[arg-type]  # the two checks above make it a SignedInRequest

        setattr(guarded, "access", Access(permissions=permissions))  # noqa: B010  a function has no such attribute for mypy
        return guarded

    return decorate


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in page and, afterwards, back to the page that the person was looking at."""
    url = f"{resolve_url('account_login')}?{urlencode({'next': _page_of(request)})}"
    return HttpResponseClientRedirect(url) if _is_htmx(request) else HttpResponseRedirect(url)


def _page_of(request: HttpRequest) -> str:
    """Return the path of the page in the browser: a fragment or a POST is no page that one could come back to."""
    if request.method in {"GET", "HEAD"} and not _is_htmx(request):
        return request.get_full_path()
    seen = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(seen, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(seen)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if url_has_allowed_host_and_scheme(path, allowed_hosts=None) else "/"  # "//host" is a path and an address


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
