"""Language, time zone and theme of the person who asks."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware as DjangoLocaleMiddleware
from django.utils import timezone, translation


class LocaleMiddleware(DjangoLocaleMiddleware):
    """The browser's language until somebody has signed in (a cookie overrides it)."""


class PersonalSettingsMiddleware:
    """Switch language and time zone to the signed-in user's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        with translation.override(request.user.language), timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            request.LANGUAGE_CODE = request.user.language
            return self.get_response(request)
