"""The page that a manager's day begins with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from babel import dates as babel_dates
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_GET

from accounts.access import requires
from reminders import today
from reminders.today import Clock, QuietRow, Row
from reminders.views.today.pane import Pane, find_pane, pane_of_row
from ui import formats

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_FIRST_QUIET = 5


@dataclass(frozen=True)
class Tab:
    """A view of the page, with how many stand there."""

    key: str
    label: str | Promise
    count: str
    url: str
    current: bool


@dataclass(frozen=True)
class Group:
    """A heading of the queue with its first rows."""

    key: str
    label: str | Promise
    count: str
    end: str
    rows: list[Row]
    more_url: str


class TodayPage:
    """What the page shows to one user, each part read when it is first drawn."""

    def __init__(self, request: SignedInRequest) -> None:
        self.request = request
        self.user = request.user
        self.clock = Clock.of(request.user, timezone.now())
        asked = request.POST if request.method == "POST" else request.GET
        view = asked.get("view", "")
        self.view = view if view in (*today.VIEWS, today.LATER) else today.ALL
        show = asked.get("show", "")
        self.size = min(max(int(show) if show.isascii() and show.isdigit() and len(show) < 5 else 0, today.SIZE), today.MOST_SHOWN)
        self.at = asked.get("at", "")
        self.counts = today.count_day(self.user, self.clock)  # before the navigation is drawn: it shows them too

    @property
    def said(self) -> str:
        """The day and the time, as the reader's clock shows them: "Tuesday 24 November, 10:34"."""
        here = self.clock.now.astimezone(self.clock.zone)
        day = babel_dates.format_skeleton("MMMMEEEEd", here, locale=formats.locale()).replace(",", "")
        return f"{day[:1].upper()}{day[1:]}, {formats.clock(here)}"

    @cached_property
    def _own_clients(self) -> tuple[int, int]:
        return today.count_own_clients(self.user, self._quiet)

    @cached_property
    def _quiet(self) -> Q:
        return today.quiet_now()

    @property
    def quiet_count(self) -> int:
        return self._own_clients[0]

    @property
    def no_step_count(self) -> int:
        return self._own_clients[1]

    def _count(self, view: str) -> int:
        match view:
            case today.ALL:
                return self.counts.all_open
            case today.QUIET:
                return self.quiet_count
            case today.NO_STEP:
                return self.no_step_count
        return self.counts.of(view)

    @property
    def tabs(self) -> list[Tab]:
        views = today.VIEWS if self.view != today.LATER else (*today.VIEWS[:5], today.LATER, *today.VIEWS[5:])
        return [Tab(one, today.LABELS[one], today.shown_count(self._count(one)), self.url_of(one), one == self.view) for one in views]

    def url_of(self, view: str, show: int = 0) -> str:
        """Return the address of a view of the page."""
        query = {"view": view} if view != today.ALL else {}
        return reverse("reminders:today") + (f"?{urlencode(query | ({'show': show} if show else {}))}" if query or show else "")

    @property
    def refresh_url(self) -> str:
        return self.url_of(self.view, self.size if self.size != today.SIZE else 0)

    @property
    def shows_clients(self) -> bool:
        """Whether this view lists clients instead of reminders."""
        return self.view in (today.QUIET, today.NO_STEP)

    @cached_property
    def groups(self) -> list[Group]:
        """The headings that have anything under them."""
        if self.shows_clients:
            return []
        wanted = [self.view] if self.view != today.ALL else [one for one in today.GROUPS if one != today.LATER and self.counts.of(one)]
        sizes = today.share_out({one: self.counts.of(one) for one in wanted}, self.size)
        rows = today.read_rows(self.user, self.clock, sizes) if wanted else []
        found = [self._group(one, [row for row in rows if row.group == one]) for one in wanted]
        if self.view == today.ALL and self.counts.later:
            found.append(self._group(today.LATER, []))
        return [group for group in found if group.rows or group.more_url]

    def _group(self, key: str, rows: list[Row]) -> Group:
        count = self.counts.of(key)
        more = ""
        if count > len(rows) and self.size < today.MOST_SHOWN:
            more = self.url_of(key, len(rows) + today.SIZE if rows else 0)
        return Group(key, today.LABELS[key], today.shown_count(count), today.end_of(key, rows, count), rows, more)

    @cached_property
    def clients(self) -> list[QuietRow]:
        """The clients of the view, or, while nothing is due, the first of those that have gone quiet."""
        if self.view == today.NO_STEP:
            return today.client_rows(today.without_next_step(self.user), self.size)
        size = self.size if self.view == today.QUIET else _FIRST_QUIET
        return today.client_rows(today.first_quiet_clients(self.user, self._quiet, size), size)

    @property
    def more_clients_url(self) -> str:
        more = self._count(self.view) > len(self.clients) and self.size < today.MOST_SHOWN
        return self.url_of(self.view, len(self.clients) + today.SIZE) if more else ""

    @property
    def list_url(self) -> str:
        """The same clients in their list."""
        narrowed = {"quiet": "yes"} if self.view != today.NO_STEP else {"lifecycle": "current", "next_step": "none"}
        return f"{reverse('clients:list')}?{urlencode({'manager': 'me'} | narrowed)}"

    @property
    def nothing_due(self) -> bool:
        """Whether the day is done: then the page says what to do instead."""
        return self.view == today.ALL and not self.counts.waiting

    @cached_property
    def first(self) -> str:
        """The key of the row that one begins with."""
        for group in self.groups:
            if group.rows and (group.key not in (today.WEEK, today.LATER) or self.view == group.key):
                return str(group.rows[0].reminder.pk)
        if (self.shows_clients or self.nothing_due) and self.clients:
            return f"c{self.clients[0].client.pk}"
        return next((str(group.rows[0].reminder.pk) for group in self.groups if group.rows), "")

    @cached_property
    def pane(self) -> Pane | None:
        """What the pane shows: the row that was asked for, else the first."""
        return find_pane(self.request, self.at) or self._pane_of_row(self.first)

    def _pane_of_row(self, key: str) -> Pane | None:
        """Return the pane of a row that the queue has read already."""
        row = next((row for group in self.groups for row in group.rows if str(row.reminder.pk) == key), None)
        return pane_of_row(self.request, row.reminder) if row else find_pane(self.request, key)


@require_GET
@requires("reminders.view_reminder")
def page(request: SignedInRequest) -> HttpResponseBase:
    """Show whom to call today; to htmx only what has changed beside the pane, so that nothing typed there is lost."""
    shown = TodayPage(request)
    return refreshed(request, shown) if request.htmx else render(request, "reminders/today/page.html", {"page": shown, "pane": shown.pane})


def refreshed(request: SignedInRequest, shown: TodayPage | None = None) -> HttpResponse:
    """Answer with the queue, the counts and the bar as they are now."""
    shown = shown or TodayPage(request)
    return render(request, "reminders/today/refresh.html", {"page": shown})


def after_write(request: SignedInRequest) -> HttpResponseBase:
    """Answer a click on a row: the queue as it is now; without htmx the page."""
    shown = TodayPage(request)
    return refreshed(request, shown) if request.htmx else redirect(shown.refresh_url)
