"""What the bell shows: notices in words, what of them is new, and noting what was seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from reminders.models import Notice, Reminder, Stage
from ui import formats

SHOWN = 50
"""Lines of the bell's list."""
COUNTED = 100
"""From so many on the count is "99+"; nobody counts further."""
FRESH = timedelta(minutes=10)
"""A notice rings (toast, desktop) only while it is younger: whoever signs in on Monday is not rung for the weekend."""
_RINGS = 5
"""So many of one look at the server ring; more are only counted."""


@dataclass(frozen=True)
class Word:
    """Word of a reminder as the bell, a toast and a phone say it."""

    client: str
    why: str
    when: str
    url: str


def word_of(reminder: Reminder, stage: str, *, now: datetime | None = None) -> Word:
    """Return what to say of `reminder`, in the reader's language and time zone."""
    why = formats.named(reminder.kind, reminder.subject) if reminder.subject else str(reminder.kind)
    when = formats.due(reminder.due_at, now)
    if stage == Stage.ESCALATION:
        when = _("{name} has not acted, {when}").format(name=reminder.owner or _("Nobody in charge"), when=when)
    return Word(str(reminder.client), why, when, reverse("clients:card", args=[reminder.client_id]))


@dataclass(frozen=True)
class News:
    """The numbers of what somebody has not seen yet, the newest first, at most `COUNTED`."""

    ids: tuple[int, ...]

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def tag(self) -> str:
        """Names this state: whoever knows it has nothing to learn."""
        return hashlib.blake2b(repr(self.ids).encode(), digest_size=8).hexdigest()


def news_of(user: User) -> News:
    """Return what `user` has not seen: read with the user of a request, as every open page asks for it again and again."""
    return News(tuple(_with_bell(user).unseen_notices))


@dataclass(frozen=True)
class Bell:
    """What the bell of a page begins with: the news, whether the desktop is told, whether the user's phones are."""

    news: News
    desktop: bool
    push: bool


def bell_of(user: User) -> Bell:
    """Return the bell of `user`: it stands on every page, and costs the user of a request no query."""
    read = _with_bell(user)
    return Bell(News(tuple(read.unseen_notices)), bool(read.hears_on_desktop), bool(read.hears_by_push))


def unseen_notices() -> ArraySubquery:
    """Return the numbers of what a user has not seen, to be read with the user. Index: notice_unseen_newest."""
    unseen = Notice.objects.filter(recipient=OuterRef("pk"), withdrawn_at=None).unseen()
    return ArraySubquery(unseen.order_by("-id").values("pk")[:COUNTED])


READ_WITH_USER: dict[str, Callable[[], ArraySubquery | F]] = {
    "unseen_notices": unseen_notices,
    "hears_on_desktop": lambda: F("reminder_preferences__desktop"),
    "hears_by_push": lambda: F("reminder_preferences__push"),
}
"""What the bell needs of the user of each page (accounts.read_with_user)."""


def _with_bell(user: User) -> Any:
    """Return `user` with these: as it came with the request, else read anew."""
    if hasattr(user, "unseen_notices"):
        return user
    return User.objects.annotate(**{name: made() for name, made in READ_WITH_USER.items()}).only("pk").get(pk=user.pk)


def ringing(news: News, *, now: datetime | None = None) -> list[Notice]:
    """Return the notices of `news` that ring: fresh ones, the newest first, with what their recipient wants."""
    now = now or timezone.now()
    fresh = Notice.objects.filter(pk__in=news.ids[: 4 * _RINGS], at__gt=now - FRESH).for_panel()
    return list(fresh.select_related("recipient__reminder_preferences").order_by("-id")[:_RINGS])


def for_panel(user: User) -> list[Notice]:
    """Return what the bell's list shows: what is not seen yet, then what was, each the newest first."""
    shown = Notice.objects.shown_to(user).for_panel()
    unseen = list(shown.unseen().order_by("-id")[:SHOWN])
    return unseen + list(shown.exclude(seen_at=None).newest_first()[: SHOWN - len(unseen)])


def mark_seen(*, user: User, ids: Sequence[int] | None, now: datetime | None = None) -> int:
    """Note that `user` saw these notices (None: all there are); return how many were new. Those of others stay as they are.

    Named one by one: of two notices the later number may be committed first, and what nobody was shown is not seen.
    """
    mine = Notice.objects.shown_to(user).unseen()
    return (mine if ids is None else mine.filter(pk__in=ids)).update(seen_at=now or timezone.now())
