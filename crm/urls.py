"""Where each address leads."""

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from accounts.access import public
from crm import api

handler400 = "ui.errors.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls()),
    path("account/", include("allauth.urls")),
    path("language/", public(set_language), name="set_language"),
    path("", include("accounts.urls")),
]
