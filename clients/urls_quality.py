"""Addresses of data quality."""

from django.urls import path

from clients.views import mending, quality

app_name = "quality"
urlpatterns = [
    path("", quality.page, name="page"),
    path("count/", quality.count, name="count"),
    path("export/", quality.export_figures, name="export"),
    path("settings/", quality.settings, name="settings"),
    path("mend/", mending.mend, name="mend"),
    path("mend/<int:pk>/confirm/", mending.confirm, name="confirm"),
]
