"""Addresses of people, teams, the company and one's own settings."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.access import requires
from accounts.views import company, first_run, links, mail, people, personal, teams, theme
from accounts.views.audit import AUDIT
from ui import lists

app_name = "accounts"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/<str:secret>/", links.sign_in_link, name="sign_in_link"),
    path("invitation/<str:secret>/", links.invitation, name="invitation"),
    path("setup/", first_run.set_up, name="setup"),
    path("settings/", personal.settings, name="settings"),
    path("settings/theme/", theme.set_theme, name="theme"),
    path("settings/tokens/", personal.create_token, name="create_token"),
    path("settings/tokens/<int:pk>/revoke/", personal.revoke_token, name="revoke_token"),
    path("settings/devices/sign-out/", personal.end_other_devices, name="end_other_devices"),
    path("settings/devices/<int:pk>/sign-out/", personal.end_device, name="end_device"),
    path("users/", people.users, name="users"),
    path("users/invite/", people.invite, name="invite"),
    path("users/<int:pk>/", people.user, name="user"),
    path("users/<int:pk>/invite-again/", people.invite_again, name="invite_again"),
    path("users/<int:pk>/deactivate/", people.deactivate, name="deactivate"),
    path("users/<int:pk>/reactivate/", people.reactivate, name="reactivate"),
    path("users/<int:pk>/second-factor/remove/", people.remove_second_factor, name="remove_second_factor"),
    path("users/<int:pk>/devices/sign-out/", people.end_devices_of_user, name="end_devices_of_user"),
    path("users/<int:pk>/tokens/<int:token>/revoke/", people.revoke_token_of_user, name="revoke_token_of_user"),
    path("teams/", teams.teams, name="teams"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("teams/<int:pk>/remove/", teams.remove_team, name="remove_team"),
    path("company/", company.company, name="company"),
    path("audit/", include(lists.urls(AUDIT, requires("accounts.read_audit")))),
    path("mail/", mail.mail, name="mail"),
    path("mail/<int:pk>/", mail.stored_mail, name="stored_mail"),
]
