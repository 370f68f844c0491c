"""What administrators see above every page when the nightly check found the figures out of step."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from redis import RedisError

from sales.models import LedgerCheck

_KEPT, _SECONDS = "sales:ledger_check", 60
"""The check runs once a night: no page needs to ask for it anew."""


def checked_part(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the banner says, or None while the last check found nothing (ui.shell_parts)."""
    with suppress(RedisError):
        if (known := cache.get(_KEPT)) is not None:
            return known or None
    last = LedgerCheck.objects.filter(pk=1).first()
    said = {"number": last.differences, "month": last.first_month, "at": last.checked_at} if last and last.differences else {}
    with suppress(RedisError):
        cache.set(_KEPT, said, _SECONDS)
    return said or None


def forget_check() -> None:
    """Have the next page ask anew: the figures were checked."""
    with suppress(RedisError):
        cache.delete(_KEPT)
