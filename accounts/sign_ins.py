"""What allauth and Django tell of sign-ins, noted in the audit."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver

from accounts.models import User
from accounts.services.audit import note


@receiver(user_logged_in)
def note_sign_in(request: Any, user: User, **kwargs: Any) -> None:
    """Say by what: a password, a link, and the second factor."""
    records = get_authentication_records(request, user)
    note("signed_in", by=user, about=user, how=[str(record.get("type") or record["method"]) for record in records])


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """Say whose account it was; a name that nobody has may be a password typed into the wrong field, so it is not kept."""
    name = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.known_as(name).first() if name else None
    note("sign_in_failed", by=getattr(request, "user", None), about=user, how=["password"])


@receiver(authentication_failed)
def note_wrong_code(user: User, authenticator: Authenticator | None = None, request: Any = None, **kwargs: Any) -> None:
    """Say whose second factor it was that was not met."""
    note("sign_in_failed", by=getattr(request, "user", None), about=user, how=[authenticator.type if authenticator else "totp"])


@receiver([password_changed, password_reset, password_set])
def note_new_password(user: User, **kwargs: Any) -> None:
    """Say that an account has a new password."""
    note("password_changed", by=user, about=user)


@receiver(authenticator_added)
def note_new_factor(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Say which second factor an account has more."""
    note("second_factor_added", by=user, about=user, how=[authenticator.type])


@receiver(authenticator_removed)
def note_lost_factor(user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Say which second factor an account has no longer."""
    note("second_factor_removed", by=user, about=user, how=[authenticator.type])
