"""The addresses of the registry."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.access import requires
from clients.views import find
from clients.views.list import CLIENTS
from ui import lists

app_name = "clients"

urlpatterns: list[URLPattern | URLResolver] = [
    path("clients/", include(lists.urls(CLIENTS, requires("clients.view_client")))),
    path("find/", find.find, name="find"),
]
