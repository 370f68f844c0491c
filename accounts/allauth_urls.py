"""The pages of allauth that are in use, each with who may open it. What is not listed here can't be reached.

They keep allauth's URL names, by which its own code leads from one to the next.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import URLPattern, path, re_path

from accounts.access import public, requires
from accounts.views import sign_in

signed_in = requires()

urlpatterns: list[URLPattern] = [
    path("login/", public(account.login), name="account_login"),
    path("logout/", sign_in.sign_out, name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("signup/", sign_in.no_sign_up, name="account_signup"),
    path("email/", sign_in.no_email_page, name="account_email"),
    path("reauthenticate/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", signed_in(account.password_change), name="account_change_password"),
    path("password/set/", signed_in(account.password_set), name="account_set_password"),
    path("password/reset/", public(account.password_reset), name="account_reset_password"),
    path("password/reset/done/", public(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        public(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", public(account.password_reset_from_key_done), name="account_reset_password_from_key_done"),
    path("2fa/", signed_in(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", public(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", signed_in(sign_in.activate_app), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", signed_in(sign_in.deactivate_app), name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", signed_in(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", signed_in(recovery_codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", signed_in(recovery_codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("2fa/webauthn/", signed_in(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", signed_in(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", public(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("2fa/webauthn/reauthenticate/", signed_in(webauthn.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", signed_in(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", signed_in(sign_in.remove_passkey), name="mfa_remove_webauthn"),
    path("sessions/", sign_in.no_sessions_page, name="usersessions_list"),
]
