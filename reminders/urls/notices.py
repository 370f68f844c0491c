"""Addresses: the bell, what was left lying, and the script of push messages."""

from django.urls import URLPattern, path

from reminders.views import notices, settings

urlpatterns: list[URLPattern] = [
    path("sw.js", notices.service_worker, name="service_worker"),
    path("notices/", notices.panel, name="notices"),
    path("notices/bell/", notices.bell, name="bell"),
    path("notices/seen/", notices.seen, name="seen"),
    path("left-lying/", settings.left_lying, name="left_lying"),
    path("left-lying/<int:pk>/take-over/", settings.take_over, name="take_over"),
]
