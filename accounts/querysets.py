"""Reads of users and of what stands for them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from accounts.models import ApiToken, OneTimeToken  # noqa: F401  (named in quotes: models import this module)


class OneTimeTokenQuerySet(models.QuerySet["OneTimeToken"]):
    """Links that work once."""

    def usable(self, now: datetime) -> Self:
        """Those neither spent nor expired, of users who may still come in (or were invited to)."""
        alive = models.Q(user__is_active=True) | models.Q(purpose="invitation", user__deactivated_at=None)
        return self.filter(alive, used_at=None, expires_at__gt=now)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Keys to the API."""

    def alive(self) -> Self:
        """Those not revoked, of active users."""
        return self.filter(revoked_at=None, user__is_active=True)
