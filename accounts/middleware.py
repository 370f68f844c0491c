"""What happens to every request before its view: first run, language and time zone, second factor, device."""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.middleware.locale import LocaleMiddleware as DjangoLocaleMiddleware
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect
from pghistory.middleware import HistoryMiddleware as PgHistoryMiddleware

from accounts import first_run
from accounts.access import is_in_background
from accounts.models import zone_named

DEVICE_INTERVAL = 300
"""Seconds between two notes of when a device was last seen: each costs a write."""

type Next = Callable[[HttpRequest], HttpResponse]


class LocaleMiddleware(DjangoLocaleMiddleware):
    """The browser's language until somebody has signed in (the choice on the sign-in page overrides it)."""


class FirstRunMiddleware:
    """While there is no user, every page leads to the one that makes the first."""

    open_paths = ("/setup/", "/language/", "/static/", "/healthz", "/readyz", "/metrics", "/api/")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated or first_run.is_over() or request.path_info.startswith(self.open_paths):
            return self.get_response(request)
        return HttpResponseRedirect(reverse("accounts:setup"))


class PersonalSettingsMiddleware:
    """Switch language and time zone to the signed-in user's own, and keep the answer out of other people's caches."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        language = request.user.language  # read now: after the view, somebody may have signed out
        with translation.override(language), timezone.override(zone_named(request.user.time_zone)):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers["Content-Language"] = language
            response.headers.setdefault("Cache-Control", "private, no-cache")
            return response


class SecondFactorMiddleware:
    """Lead a user whose role must use a second factor, and who has none, to the page that sets one up."""

    open_paths = ("/account/", "/language/", "/static/", "/healthz", "/readyz")

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        owes = request.user.is_authenticated and getattr(request.user, "owes_second_factor", False)
        if not owes or request.path_info.startswith(self.open_paths):
            return self.get_response(request)
        url = reverse("mfa_index")
        if request.path_info.startswith("/api/"):
            detail = gettext("Your role must use a second factor. Set one up at %(url)s, then come back.") % {"url": url}
            problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "code": "second_factor_required", "detail": detail}
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return HttpResponseClientRedirect(url) if request.headers.get("HX-Request") == "true" else HttpResponseRedirect(url)


class DeviceMiddleware:
    """Note, now and then, when and from where a device was last seen."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_in_background(request):
            return response
        now = time.time()
        if request.user.is_authenticated and request.session.session_key and now - request.session.get("seen_at", 0) > DEVICE_INTERVAL:
            request.session["seen_at"] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
            )
        return response


class HistoryMiddleware(PgHistoryMiddleware):
    """Tell history who is at work. The address is for the audit's triggers; the contexts that history keeps lose it."""

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().get_context(request), "ip": get_adapter().get_client_ip(request)}
