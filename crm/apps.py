"""The project itself, as an app for its commands."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "crm"
