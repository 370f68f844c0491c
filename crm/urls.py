"""Where each address leads."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from accounts.access import public

handler400 = "ui.errors.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("allauth.urls")),
    path("language/", public(set_language), name="set_language"),
    path("", include("accounts.urls")),
]
