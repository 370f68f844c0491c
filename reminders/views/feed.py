"""The private feed, and the page on which one makes, renews and stops it."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import structlog
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from redis import RedisError

from accounts.access import public, requires
from reminders.calendar.feed import build_feed
from reminders.calendar.ics import CONTENT_TYPE
from reminders.models import CalendarFeed
from reminders.services.feeds import find_feed, note_read, renew_feed, revoke_feed
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

logger = structlog.get_logger(__name__)

_WINDOW = 60
READS_A_MINUTE = 20
"""Of one feed: several devices of one person at once, and no more."""


@public
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Answer a calendar program. Whoever has the address reads; it changes nothing but when it was last read."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if _count(f"missed:{address}", add=0) > settings.API_FAILURES_PER_MINUTE:
        return _too_often()
    found = find_feed(secret)
    if found is None:
        _count(f"missed:{address}")
        raise Http404
    if _count(f"read:{found.pk}") > READS_A_MINUTE:
        return _too_often()
    now = timezone.now()
    body = build_feed(found.user, now).encode()
    note_read(found, now)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = 'attachment; filename="seraph.ics"'
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    response["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response)
    assert answer is not None  # it is given one
    return answer


@requires("reminders.view_reminder")
@require_safe
def feed_settings(request: SignedInRequest) -> HttpResponse:
    """Show whether one's feed is on and when it was last read."""
    return render(request, "reminders/calendar/feed.html", {"feed": CalendarFeed.objects.filter(user=request.user).first()})


@requires("reminders.view_reminder")
@never_cache
@require_POST
def renew(request: SignedInRequest) -> HttpResponseBase:
    """Make the feed, or give it a new address; it is shown this once. Asks for the password again if it was long ago."""
    raise_if_reauthentication_required(request, app="allauth.mfa")
    address = renew_feed(user=request.user, now=timezone.now())
    context = {"address": address, "webcal": f"webcal://{address.partition('://')[2]}"}
    return render(request, "reminders/calendar/feed_made.html", context)


@requires("reminders.view_reminder")
@require_POST
def revoke(request: SignedInRequest) -> HttpResponseBase:
    """Stop the feed. Calendars that read it find nothing any more."""
    if revoke_feed(user=request.user):
        say(request, _("The feed is off; its address opens nothing any more"))
    return redirect("reminders:feed_settings")


def _too_often() -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(_WINDOW)})


def _count(name: str, add: int = 1) -> int:
    """Return how often `name` happened within this minute, with `add` more. Without its store nothing is counted."""
    key = f"feed:{name}:{int(time.time() // _WINDOW)}"
    try:
        if not add:
            return int(cache.get(key, 0))
        cache.add(key, 0, timeout=2 * _WINDOW)
        return int(cache.incr(key, add))
    except (RedisError, ValueError):  # a limit is a courtesy
        logger.warning("the limits of feeds are not counted: the cache does not answer")
        return 0
