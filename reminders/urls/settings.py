"""Addresses: one's own preferences, escalation, and what could not be delivered."""

from django.urls import URLPattern, path

from reminders.views import settings

urlpatterns: list[URLPattern] = [
    path("settings/reminders/", settings.preferences, name="preferences"),
    path("settings/reminders/devices/", settings.subscribe, name="subscribe"),
    path("settings/reminders/devices/<int:pk>/remove/", settings.unsubscribe, name="unsubscribe"),
    path("reminder-settings/", settings.escalation, name="escalation"),
    path("undelivered/", settings.undelivered, name="undelivered"),
    path("undelivered/try-again/", settings.retry, name="try_again"),
]
