"""Addresses of people, teams, the company and one's own settings."""

from django.urls import URLPattern, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/<str:secret>/", views.sign_in_link, name="sign_in_link"),
    path("settings/theme/", views.set_theme, name="theme"),
]
