"""The addresses of reminders."""

from django.urls import URLPattern, URLResolver

from reminders.urls import acting, calendar, notices, rules, settings, today

app_name = "reminders"

urlpatterns: list[URLPattern | URLResolver] = [
    *today.urlpatterns,
    *acting.urlpatterns,
    *calendar.urlpatterns,
    *rules.urlpatterns,
    *notices.urlpatterns,
    *settings.urlpatterns,
]
