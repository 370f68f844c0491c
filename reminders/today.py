"""What Today shows: whom to call, in which order, and how much of the day is done.

A reminder for "that day" is due when the working day begins, and late only when the day is over: it stands under "later
today" until then. One for a time is due now from half an hour before it, and late ten minutes after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import dates as babel_dates
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import User, zone_named
from clients import card_facts
from clients.criteria.rules import company_clock
from clients.models import Client
from clients.quality.cadence import gone_quiet
from clients.querysets import LAST_TOUCH
from clients.worth import most_valuable_first
from reminders.models import Reminder
from reminders.wall_time import moment_of
from ui import formats

SIZE, MOST_SHOWN = 50, 500
"""How many rows a group shows, and by how many it grows; thousands of late ones want to be handed over, not read."""
MOST_COUNTED = 1_000
GRACE, SOON = timedelta(minutes=10), timedelta(minutes=30)
_WEEK = timedelta(days=7)

ALL, LATE, NOW, TODAY, WEEK, LATER, QUIET, NO_STEP = "all", "late", "now", "today", "week", "later", "quiet", "no_step"
GROUPS = (LATE, NOW, TODAY, WEEK, LATER)
LABELS: dict[str, str | Promise] = {
    ALL: gettext_lazy("All open"),
    LATE: pgettext_lazy("reminders", "Late"),
    NOW: gettext_lazy("Due now"),
    TODAY: gettext_lazy("Later today"),
    WEEK: gettext_lazy("This week"),
    LATER: pgettext_lazy("reminders", "After that"),
    QUIET: gettext_lazy("Gone quiet"),
    NO_STEP: gettext_lazy("No next step"),
}
VIEWS = (ALL, LATE, NOW, TODAY, WEEK, QUIET, NO_STEP)


@dataclass(frozen=True)
class Clock:
    """The moments that divide the day of one user."""

    now: datetime
    late_before: datetime
    soon: datetime
    begins: datetime
    tomorrow: datetime
    week_ends: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, user: User, now: datetime | None = None) -> Clock:
        """Return the moments of the day that `user` has; a week is today and the six days after it."""
        now = now or timezone.now()
        zone = zone_named(user.time_zone)
        today = now.astimezone(zone).date()

        def midnight(days: int) -> datetime:
            return moment_of(today + timedelta(days=days), time(), zone)

        tomorrow = midnight(1)
        return cls(now, now - GRACE, min(now + SOON, tomorrow), midnight(0), tomorrow, midnight(_WEEK.days), zone)

    def group_of(self, reminder: Reminder) -> str:
        """Return under which heading an open reminder stands."""
        at, timed = reminder.due_at, reminder.at_time is not None
        if at < (self.late_before if timed else self.begins):
            return LATE
        if timed and at < self.soon:
            return NOW
        if at < self.tomorrow:
            return TODAY
        return WEEK if at < self.week_ends else LATER

    def condition(self, group: str) -> Q:
        """Return the same as a condition: a range of the index reminder_of_owner, and what is left to ask of its rows."""
        timed, of_day = Q(at_time__isnull=False), Q(at_time=None)
        if group == LATE:
            late = (timed & Q(due_at__lt=self.late_before)) | (of_day & Q(due_at__lt=self.begins))
            return Q(due_at__lt=max(self.late_before, self.begins)) & late
        if group == NOW:
            return timed & Q(due_at__gte=self.late_before, due_at__lt=self.soon)
        if group == TODAY:
            return Q(due_at__gte=self.begins, due_at__lt=self.tomorrow) & (of_day | Q(due_at__gte=self.soon))
        if group == WEEK:
            return Q(due_at__gte=self.tomorrow, due_at__lt=self.week_ends)
        return Q(due_at__gte=self.week_ends)


@dataclass(frozen=True)
class Counts:
    """How many there are of each, up to MOST_COUNTED + 1; `done` counts what the user did today."""

    late: int
    now: int
    today: int
    week: int
    later: int
    done: int

    def of(self, group: str) -> int:
        found: int = getattr(self, group)
        return found

    @property
    def waiting(self) -> int:
        """How many are still to be done today."""
        return self.late + self.now + self.today

    @property
    def all_open(self) -> int:
        return self.waiting + self.week + self.later

    @property
    def whole_day(self) -> int:
        return self.done + self.waiting

    @property
    def share(self) -> int:
        """Percent of the day that is done."""
        return 100 * self.done // self.whole_day if self.whole_day else 0


_COUNTS = """
-- How many reminders of one owner stand under each heading, each counted up to a cap, and how many that person did today.
-- Indexes: reminder_of_owner, reminder_done_by.
WITH mine AS NOT MATERIALIZED (SELECT due_at, at_time FROM reminders_reminder WHERE owner_id = %(me)s AND state = 'open')
SELECT
  (SELECT count(*) FROM (SELECT FROM mine WHERE due_at < GREATEST(%(late)s, %(begins)s)
     AND due_at < CASE WHEN at_time IS NULL THEN %(begins)s::timestamptz ELSE %(late)s::timestamptz END LIMIT %(most)s) AS late),
  (SELECT count(*) FROM (SELECT FROM mine WHERE due_at >= %(late)s AND due_at < %(soon)s AND at_time IS NOT NULL LIMIT %(most)s) AS now),
  (SELECT count(*) FROM (SELECT FROM mine WHERE due_at >= %(begins)s AND due_at < %(tomorrow)s
     AND (at_time IS NULL OR due_at >= %(soon)s) LIMIT %(most)s) AS today),
  (SELECT count(*) FROM (SELECT FROM mine WHERE due_at >= %(tomorrow)s AND due_at < %(week)s LIMIT %(most)s) AS week),
  (SELECT count(*) FROM (SELECT FROM mine WHERE due_at >= %(week)s LIMIT %(most)s) AS later),
  (SELECT count(*) FROM (SELECT FROM reminders_reminder WHERE state = 'done' AND closed_by_id = %(me)s AND closed_at >= %(begins)s
     LIMIT %(most)s) AS done)
"""


def count_day(user: User, clock: Clock) -> Counts:
    """Count what `user` has to do and has done."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNTS,
            {
                "me": user.pk,
                "late": clock.late_before,
                "begins": clock.begins,
                "soon": clock.soon,
                "tomorrow": clock.tomorrow,
                "week": clock.week_ends,
                "most": MOST_COUNTED + 1,
            },
        )
        counts = Counts(*cursor.fetchone())
    user.__dict__[_COUNTED] = counts  # the navigation of the same page asks for them
    return counts


_COUNTED = "_reminders_of_today"


def count_for_navigation(user: AbstractBaseUser) -> int | None:
    """Return how many reminders `user` has to act on today, late ones included; None for none."""
    assert isinstance(user, User)  # nobody else has signed in
    if isinstance(counted := user.__dict__.get(_COUNTED), Counts):
        return counted.waiting or None
    waiting = Reminder.objects.visible_to(user).open().owned_by(user).due_before(Clock.of(user).tomorrow)
    return waiting.values("pk")[: MOST_COUNTED + 1].count() or None


def shown_count(number: int) -> str:
    """Return a count as it is read; what was not counted to the end says so."""
    return f"{formats.number(MOST_COUNTED)}+" if number > MOST_COUNTED else formats.number(number)


@dataclass(frozen=True)
class Row:
    """One reminder of the queue."""

    reminder: Reminder
    clock: Clock

    @property
    def client(self) -> Client:
        return self.reminder.client

    @property
    def group(self) -> str:
        return self.clock.group_of(self.reminder)

    @cached_property
    def phone(self) -> card_facts.BestPhone | None:
        """The number to call: of the person whom it is with, else the best one of the client."""
        contact = self.reminder.contact
        if contact is not None and contact.phones:
            return card_facts.BestPhone(contact.phone, contact.full_name)
        return card_facts.best_phone(self.client, self.client.contacts.all())

    @property
    def missing(self) -> int:
        """How many required facts the card lacks."""
        standing = getattr(self.client, "standing", None)
        return standing.required_missing if standing is not None else 0

    @property
    def when(self) -> str:
        """When it is due, as short as its heading allows: "2 days late", "10:30", "any time", "Wed 9:00", "3 Nov"."""
        due, group = self.reminder.due_at, self.group
        if group == LATE:
            return formats.due(due, self.clock.now)
        here = due.astimezone(self.clock.zone)
        timed = self.reminder.at_time is not None
        if group in (NOW, TODAY):
            return formats.clock(here) if timed else _("any time")
        if group == WEEK:
            weekday = babel_dates.format_date(here.date(), "ccc", locale=formats.locale()).rstrip(".")
            weekday = weekday[:1].upper() + weekday[1:]
            return f"{weekday} {formats.clock(here)}" if timed else weekday
        return formats.day(here.date(), self.clock.now)


@dataclass(frozen=True)
class QuietRow:
    """One client of the lists beside the queue."""

    client: Client

    @property
    def silence(self) -> str:
        """How long nobody has talked to it: "94 days ago"; one never touched since it was registered."""
        return formats.how_long_ago(self.client.last_touch_at or self.client.created_at)

    @cached_property
    def phone(self) -> card_facts.BestPhone | None:
        return card_facts.best_phone(self.client, self.client.contacts.all())

    @property
    def missing(self) -> int:
        standing = getattr(self.client, "standing", None)
        return standing.required_missing if standing is not None else 0


_LEAST_SHOWN = 10


def share_out(counts: Mapping[str, int], size: int = SIZE) -> dict[str, int]:
    """Return how many of a page's `size` rows each heading shows, given how many stand under it.

    Each shows a few, so that hundreds of late ones don't hide what is due now; the rest of the page goes to the first ones.
    """
    shown = {group: min(count, _LEAST_SHOWN) for group, count in counts.items()}
    left = max(0, size - sum(shown.values()))
    for group, count in counts.items():
        more = min(count - shown[group], left)
        shown[group] += more
        left -= more
    return shown


def read_rows(user: User, clock: Clock, sizes: Mapping[str, int]) -> list[Row]:
    """Return the first open reminders of `user` under each heading, so many as `sizes` says, soonest first: two queries and
    the contacts."""
    mine = Reminder.objects.visible_to(user).open().owned_by(user)
    parts = [mine.filter(clock.condition(group)).soonest_first().values("pk")[:size] for group, size in sizes.items()]
    ids = [row["pk"] for row in (parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0])]
    rows = [Row(one, clock) for one in Reminder.objects.for_today().filter(pk__in=ids).soonest_first()]
    for row in rows:
        row.reminder.owner = user
    return rows


BY_LIFECYCLE = Case(
    When(lifecycle="current", then=Value(0)), When(lifecycle="potential", then=Value(1)), default=2, output_field=IntegerField()
)
"""Who buys comes first; among those, who buys most (clients.worth)."""
_BY_RANK = (Q(lifecycle="current"), Q(lifecycle="potential"), ~Q(lifecycle__in=["current", "potential"]))
_MOST_WEIGHED = 500
"""Of each lifecycle, so many of those who are silent longest are compared by what they are worth."""


_UNPLANNED = Q(lifecycle="current", next_step_at=None)


def own_clients(user: User) -> QuerySet[Client]:
    return Client.objects.visible_to(user).in_registry().filter(manager=user)


def quiet_now() -> Q:
    """Return the condition of clients that had no touch for longer than their cadence, as of today."""
    return gone_quiet(*company_clock())


def quiet_clients(user: User) -> QuerySet[Client]:
    """Return the own clients that had no touch for longer than their cadence: who buys first, by how much, then the longest silence."""
    return _most_wanted_first(own_clients(user).filter(quiet_now()))


def first_quiet_clients(user: User, quiet: Q, size: int) -> QuerySet[Client]:
    """Return the first `size` of the same. Each lifecycle is walked for itself, by client_by_touch or client_of_manager, and only
    as far as _MOST_WEIGHED: an order that begins with an expression has no index, and sorts thousands whole."""
    found = own_clients(user).filter(quiet)
    ranks = [found.filter(rank).order_by(LAST_TOUCH, "pk").values("pk")[:_MOST_WEIGHED] for rank in _BY_RANK]
    ids = [row["pk"] for row in ranks[0].union(*ranks[1:], all=True)]
    return _most_wanted_first(Client.objects.filter(pk__in=ids))[:size]


def _most_wanted_first(clients: QuerySet[Client]) -> QuerySet[Client]:
    return clients.order_by(BY_LIFECYCLE, *most_valuable_first(), LAST_TOUCH, "pk")


def without_next_step(user: User) -> QuerySet[Client]:
    """Return the own current clients for which nothing is planned, the longest silence first."""
    return own_clients(user).filter(_UNPLANNED).order_by(LAST_TOUCH, "pk")


def count_own_clients(user: User, quiet: Q) -> tuple[int, int]:
    """Return how many of the own clients have gone quiet, and for how many current ones nothing is planned, each up to
    MOST_COUNTED + 1: one query that stops there, however many clients one has. Index: client_of_manager."""
    found = own_clients(user).order_by().values("pk")
    parts = [found.filter(one)[: MOST_COUNTED + 1].query.sql_with_params() for one in (quiet, _UNPLANNED)]
    counts = ", ".join(f"(SELECT count(*) FROM ({sql}) AS found)" for sql, _params in parts)  # noqa: S608  the ORM's own
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for _sql, params in parts for value in params])
        gone, unplanned = cursor.fetchone()
    return gone, unplanned


def client_rows(found: QuerySet[Client], size: int) -> list[QuietRow]:
    """Return the first `size` of `found` as rows."""
    return [QuietRow(one) for one in found.select_related("standing").prefetch_related("contacts")[:size]]


def end_of(group: str, rows: Sequence[Row], count: int) -> str:
    """Return what the heading of a group says at its end."""
    if group == LATE:
        return _("oldest first")
    if group == NOW:
        return _("within 30 minutes")
    if group == WEEK and count > len(rows) and count <= MOST_COUNTED:
        more = count - len(rows)
        return ngettext("{n} more", "{n} more", more).format(n=formats.number(more))
    return ""


__all__ = ["Clock", "Counts", "Row", "count_day", "count_for_navigation", "quiet_clients", "read_rows", "without_next_step"]
