"""Where each address leads."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.admin import site
from accounts.views.language import set_language
from crm import api, home

handler400 = "ui.errors.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("api/v1/", api.urls()),
    path("account/", include("accounts.allauth_urls")),
    path("admin/", site.urls),
    path("language/", set_language, name="set_language"),
    path("imports/", include("clients.imports.urls")),
    path("quality/", include("clients.urls_quality")),
    path("", include("accounts.urls")),
    path("", include("clients.urls")),
    path("", include("clients.urls_duplicates")),
    path("", include("clients.urls_rules")),
    path("", include("reminders.urls")),
    path("", include("sales.urls")),
    path("", include("scoring.urls")),
]
