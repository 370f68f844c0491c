"""Secrets that stand for a user: one-time links and API tokens.

A secret has 256 random bits and is seen once, by its owner; the database keeps its SHA-256 digest. The digest of
a random secret needs no salt and no slow hash, and looking it up by index gives an attacker nothing to time.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, OneTimeToken, User
from accounts.services.audit import note
from accounts.site import absolute

SIGN_IN_LIFETIME = timedelta(minutes=15)
INVITATION_LIFETIME = timedelta(days=7)
TOUCH_INTERVAL = timedelta(minutes=1)
API_TOKEN_PREFIX = "seraph_"  # noqa: S105  (lets secret scanners know a leaked one)


def digest(secret: str) -> str:
    """Return what the database keeps of `secret`."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


class ResetTokenGenerator(PasswordResetTokenGenerator):
    """Reset links die with the user's stamp (role change, deactivation), besides what Django binds them to:
    the password, the e-mail, the last sign-in and PASSWORD_RESET_TIMEOUT."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.session_stamp}"


# --- links that work once ------------------------------------------------------------------------


def make_one_time_token(*, user: User, purpose: OneTimeToken.Purpose, lifetime: timedelta, now: datetime | None = None) -> str:
    """Return a new secret for `user`; earlier ones for the same purpose stop working."""
    now = now or timezone.now()
    secret = secrets.token_urlsafe(32)
    user.one_time_tokens.filter(purpose=purpose, used_at=None).update(used_at=now)
    user.one_time_tokens.create(purpose=purpose, digest=digest(secret), expires_at=now + lifetime)
    return secret


def peek_one_time_token(*, secret: str, purpose: OneTimeToken.Purpose, now: datetime | None = None) -> User | None:
    """Return the user whom `secret` would let in for `purpose`, and leave it unused: mail scanners follow links."""
    token = OneTimeToken.objects.usable(now or timezone.now()).filter(digest=digest(secret), purpose=purpose).first()
    return token.user if token else None


def use_one_time_token(*, secret: str, purpose: OneTimeToken.Purpose, now: datetime | None = None) -> User | None:
    """Spend `secret` and return its user; None if it is unknown, spent, expired or for another purpose."""
    now = now or timezone.now()
    token = OneTimeToken.objects.filter(digest=digest(secret), purpose=purpose)
    # the condition stands in the UPDATE itself: of two requests at once, the row lock lets only one find it unused
    if not token.usable(now).update(used_at=now):
        return None
    return token.get().user


def make_sign_in_link(user: User, *, now: datetime | None = None) -> str:
    """Return the address of a page where `user` signs in once, within 15 minutes, without a password."""
    secret = make_one_time_token(user=user, purpose=OneTimeToken.Purpose.SIGN_IN, lifetime=SIGN_IN_LIFETIME, now=now)
    return absolute(reverse("accounts:sign_in_link", args=[secret]))


# --- keys to the API -----------------------------------------------------------------------------


@transaction.atomic
def create_api_token(*, user: User, name: str, scope: ApiToken.Scope, by: User | None = None) -> tuple[ApiToken, str]:
    """Return a new token and its key. The key can't be had again. `by` is None on the command line of the server."""
    key = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=name, scope=scope, digest=digest(key))
    note("token_made", by=by, about=user, token=name, scope=scope.value)
    return token, key


def find_api_token(key: str, *, now: datetime | None = None) -> ApiToken | None:
    """Return the living token of `key` with its user, or None. Notes its use, at most once a minute, in the audit once a day."""
    if not key.startswith(API_TOKEN_PREFIX):
        return None
    now = now or timezone.now()
    token = ApiToken.objects.opening().select_related("user").filter(digest=digest(key)).first()
    if token is None:
        return None
    stale = now - TOUCH_INTERVAL
    if token.last_used_at is None or token.last_used_at < stale:
        used = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale), pk=token.pk).update(last_used_at=now)
        if used and (token.last_used_at is None or token.last_used_at.date() != now.date()):
            note("token_used", by=token.user, about=token.user, token=token.name, scope=token.scope)
    return token


@transaction.atomic
def revoke_api_token(*, user: User, token_id: int, by: User | None = None, now: datetime | None = None) -> bool:
    """Stop one of the user's own tokens; False if it has no such token alive."""
    living = user.api_tokens.filter(pk=token_id, revoked_at=None)
    name = living.values_list("name", flat=True).first()
    if not living.update(revoked_at=now or timezone.now()):
        return False
    note("token_revoked", by=by, about=user, token=name)
    return True
