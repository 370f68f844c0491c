"""Addresses of the importer."""

from django.urls import URLPattern, path

from clients.views import imports

app_name = "imports"
urlpatterns: list[URLPattern] = [
    path("", imports.imports, name="list"),
    path("upload/", imports.upload, name="upload"),
    path("profiles/<int:pk>/forget/", imports.forget_profile, name="forget_profile"),
    path("<int:pk>/", imports.show, name="show"),
    path("<int:pk>/columns/", imports.columns, name="columns"),
    path("<int:pk>/read-again/", imports.read_again, name="read_again"),
    path("<int:pk>/add-missing/", imports.add_missing, name="add_missing"),
    path("<int:pk>/try/", imports.try_out, name="try"),
    path("<int:pk>/write/", imports.write, name="write"),
    path("<int:pk>/stop/", imports.stop, name="stop"),
    path("<int:pk>/undo/", imports.undo, name="undo"),
    path("<int:pk>/discard/", imports.discard, name="discard"),
    path("<int:pk>/refused/", imports.refused, name="refused"),
    path("<int:pk>/refused/rows/", imports.refused_rows, name="refused_rows"),
]
