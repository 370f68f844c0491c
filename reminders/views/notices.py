"""The bell: how many notices are new, what they say, and noting that they were seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import in_background, public, requires
from reminders import notices
from reminders.lying import LeftLying
from reminders.models import Notice, PushDevice, Reminder, ReminderPreferences, ReminderPulse
from reminders.notices import COUNTED, News

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

READ = "reminders.view_reminder"


def bell_part(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the bell in the frame of each page shows (ui.shell_parts)."""
    assert request.user.is_authenticated  # a part that asks for a permission is for those who have signed in
    bell = notices.bell_of(request.user)
    renews = bell.push and not _hears_here(request)
    return {"news": bell.news, "figure": figure_of(bell.news), "desktop": bell.desktop, "renews": renews}


def _hears_here(request: HttpRequest) -> bool:
    """Whether a device takes push messages under this sign-in. One that did under an earlier one renews itself by script."""
    return PushDevice.objects.living().filter(user=request.user.pk, session_key=request.session.session_key or "").exists()


def figure_of(news: News) -> str:
    """Return the count as it stands on the bell."""
    return f"{COUNTED - 1}+" if news.count >= COUNTED else str(news.count)


@in_background
@require_GET
@requires()
def bell(request: SignedInRequest) -> HttpResponse:
    """What is new since the state that the page knows (`known`); 204 when nothing is. Every open page asks this.

    Whoever has nothing new is answered without a query: the news came with the user. Permissions are asked before anything is said.
    """
    news = notices.news_of(request.user)
    if request.GET.get("known") == news.tag:
        return HttpResponse(status=204)
    if not request.user.has_perm(READ):
        raise PermissionDenied
    return JsonResponse(
        {
            "tag": news.tag,
            "figure": figure_of(news) if news.count else "",
            "label": label_of(news),
            "rings": [_ring(notice) for notice in notices.ringing(news)],
        }
    )


def label_of(news: News) -> str:
    """Return what a screen reader says of the bell."""
    return _("Notices: {number} new").format(number=figure_of(news)) if news.count else _("Notices: none new")


def _ring(notice: Notice) -> dict[str, Any]:
    word = notices.word_of(notice.reminder, notice.stage)
    desktop = ReminderPreferences.of(notice.recipient).desktop_for(notice.reminder.kind.key)
    return {"id": notice.pk, "client": word.client, "text": f"{word.why}, {word.when}", "url": word.url, "desktop": desktop}


@require_GET
@requires(READ)
@never_cache
def panel(request: SignedInRequest) -> HttpResponse:
    """The latest notices: in the drawer, and without script on a page of its own."""
    shown = [(notice, notices.word_of(notice.reminder, notice.stage)) for notice in notices.for_panel(request.user)]
    context = {
        "lines": shown,
        "unseen": [notice.pk for notice, _word in shown if notice.seen_at is None],
        "more": max(0, notices.news_of(request.user).count - notices.SHOWN),
        "today_url": today_url(),
        "lying": LeftLying.count_for(request.user),
    }
    name = "reminders/notices/panel.html" if request.htmx else "reminders/notices/page.html"
    return render(request, name, context)


def today_url() -> str:
    """Where the day's work stands: Today, or the first page."""
    try:
        return reverse("reminders:today")
    except NoReverseMatch:
        return reverse("home")


@require_POST
@requires(READ)
def seen(request: SignedInRequest) -> HttpResponse:
    """Note that the named notices (`id`), or with `all` every one, were seen. The bell asks anew."""
    ids = [int(text) for text in request.POST.getlist("id")[: notices.SHOWN] if text.isascii() and text.isdigit() and len(text) < 19]
    notices.mark_seen(user=request.user, ids=None if request.POST.get("all") else ids)
    if not request.htmx:
        return redirect("reminders:notices")
    response = HttpResponse(status=204)
    response["HX-Trigger"] = "seraph:heard"
    return response


def late_part(request: HttpRequest) -> dict[str, Any] | None:
    """Return what the banner says to an administrator while nothing tells of reminders (ui.shell_parts)."""
    assert request.user.is_authenticated  # likewise
    age = ReminderPulse.tick_age()
    if age is not None and age <= settings.REMINDERS_LATE_SECONDS:
        return None
    if age is None and timezone.now() - request.user.date_joined <= timedelta(seconds=settings.REMINDERS_LATE_SECONDS):
        return None  # set up just now: the first tick is on its way
    return {"minutes": int(age // 60) if age is not None else None, "due": Reminder.objects.to_fire_count()}


@require_GET
@public
def service_worker(request: HttpRequest) -> HttpResponse:
    """The script that shows push messages. It stands at the root, since it serves the whole site; it holds nothing of anybody's."""
    response = render(request, "reminders/notices/sw.js", content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response
