"""What allauth does differently here: closed sign-up, our words, links and mails that no request can bend."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.devices import describe
from accounts.models import Company, User
from accounts.site import absolute

_WRONG_PASSWORD = _("This e-mail or username and this password don’t belong together.")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in, reset and notices."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account has been deactivated."),
        "email_password_mismatch": _WRONG_PASSWORD,
        "username_password_mismatch": _WRONG_PASSWORD,
        "enter_current_password": _("This is not your current password."),
        "incorrect_password": _("This is not your password."),
        "incorrect_code": _("This code is not right, or it has been used. Wait for the next one and type it."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait a minute, then try again."),
        "invalid_password_reset": _("This link has been used or is too old. Ask for a new one."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody: users are invited."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Only the host that was asked, which Django has checked against ALLOWED_HOSTS."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count the attempts per account. allauth counts per host and spelling: `localhost:1`, `localhost:2` …, the
        e-mail and the username would each give a guesser a fresh set of attempts at one account."""
        name = str(credentials.get("email") or credentials.get("username") or "").strip()
        user = User.objects.known_as(name).only("pk").first()
        return f"user:{user.pk}" if user else f"name:{name.lower()}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of the mail, whatever Host the request named."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return absolute(path.replace("UID-KEY", key))

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to the user in the user's language."""
        user = context.get("user")
        with translation.override(user.language if isinstance(user, User) else translation.get_language()):
            shared = {"company": Company.current(), "site_url": settings.SITE_URL, "email": email}
            self.render_mail(template_prefix, email, {**shared, **context}).send()

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the user of a change to the account: when, from where, by what device."""
        device = describe(self.get_http_user_agent(self.request))
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user, "device": device}, email or user.email)

    def set_password(self, user: User, password: str) -> None:
        """A new password ends every session (Django) and every open link of the user."""
        user.set_password(password)
        user.save(update_fields=["password"])
        user.one_time_tokens.filter(used_at=None).update(used_at=timezone.now())

    def login(self, request: HttpRequest, user: User) -> None:
        """Who signs in has just proved who it is: no second question for the next five minutes."""
        super().login(request, user)
        record_authentication(request, user, method="sign_in", reauthenticated=True)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps, passkeys and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _("Your role must use a second factor. Add another one first, then remove this one."),
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def get_totp_issuer(self) -> str:
        return "Seraph"

    def _get_site_name(self) -> str:
        return "Seraph"

    def encrypt(self, text: str) -> str:
        """Keep seeds unreadable in the database and its backups: they are sealed with a key made of SECRET_KEY."""
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last second factor of a user whose role must use one."""
        others = Authenticator.objects.exclude(pk=authenticator.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
        if others.filter(user=authenticator.user_id).exists():
            return True
        return authenticator.user.role not in Company.current().second_factor_roles

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a new passkey after the device that makes it."""
        return describe(context.request.headers.get("User-Agent", "")) or gettext("Passkey")


def _seal() -> MultiFernet:
    """Return the box for seeds. Keys that SECRET_KEY_FALLBACKS keeps still open what they sealed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(key))) for key in keys])


def _derive(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"seraph second factor").derive(key.encode())
