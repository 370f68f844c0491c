"""How often one token may ask, and how often one address may fail to sign in."""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import Throttled

from accounts.models import ApiToken

logger = logging.getLogger(__name__)
WINDOW = 60  # seconds


def count_request(token: ApiToken) -> None:
    """Count a request of `token`; raise `Throttled` past API_REQUESTS_PER_MINUTE."""
    _count(f"api:token:{token.pk}", settings.API_REQUESTS_PER_MINUTE)


def count_failure(request: HttpRequest) -> None:
    """Count a request without a living token; raise `Throttled` past API_FAILURES_PER_MINUTE of one address.

    A living token is never locked out by what others at its address do wrong: it has 256 random bits, so
    there is nothing to be won by guessing.
    """
    _count(f"api:failed:{request.META.get('REMOTE_ADDR', '')}", settings.API_FAILURES_PER_MINUTE)


def _count(name: str, most: int) -> None:
    now = time.time()
    key = f"{name}:{int(now // WINDOW)}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        used = cache.incr(key)
    except Exception:  # the limit is a courtesy: without its store the API goes on
        logger.warning("The API's limits are not counted: the cache does not answer.", exc_info=True)
        return
    if used > most:
        raise Throttled(wait=WINDOW - int(now % WINDOW))
