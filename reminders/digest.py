"""The morning's mail: what is late, what is due today, and what others left lying for whoever looks after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import structlog
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.models import Company, User, zone_named
from accounts.site import absolute
from reminders.models import MailWhen, Notice, Reminder, ReminderDigest, ReminderKind, ReminderPreferences, Stage
from reminders.querysets import ReminderQuerySet
from reminders.wall_time import Hours, moment_of
from ui import formats

MOST = 20
"""Lines of one part; the rest is counted."""
PASSES_AT = time(12)
"""A morning's mail that Seraph could not send until noon is not sent any more: Today says it better."""

logger = structlog.get_logger(__name__)


@dataclass
class Part:
    """One part of the mail: the first reminders of it, and how many there are."""

    reminders: list[Reminder] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.reminders)


@dataclass
class Morning:
    """What one person hears in the morning."""

    late: Part
    today: Part
    left_lying: Part

    @property
    def is_empty(self) -> bool:
        return not (self.late.count or self.today.count or self.left_lying.count)


def send_due_digests(now: datetime | None = None) -> int:
    """Send the morning's mail to everybody whose time has come and who has not got it; return to how many.

    May be started any number of times, by any number of workers. One whose mail can't be made delays no other.
    """
    now = now or timezone.now()
    wishes = {one.user_id: one for one in ReminderPreferences.objects.all()}
    kinds = list(ReminderKind.objects.values_list("key", flat=True))
    sent = 0
    for user in _waiting(now, wishes):
        try:
            wanted = [key for key in kinds if (wishes.get(user.pk) or ReminderPreferences(user=user)).mail_for(key) == MailWhen.DIGEST]
            sent += bool(wanted) and _send(user, now, wanted)
        except Exception as problem:
            logger.exception("the morning's mail could not be made", user=user.pk, problem=type(problem).__name__)
    return sent


def _waiting(now: datetime, wishes: dict[int, ReminderPreferences]) -> list[User]:
    """Return those for whom it is time, in a day on which they work, without those who have got theirs."""
    days = {user.pk: day for user in User.objects.active().order_by("pk") if (day := _day_of(user, wishes.get(user.pk), now))}
    got = set(ReminderDigest.objects.filter(day__in=set(days.values()), user__in=days).values_list("user", "day"))
    due = [pk for pk, day in days.items() if (pk, day) not in got]
    return list(User.objects.filter(pk__in=due).order_by("pk"))


def _day_of(user: User, wishes: ReminderPreferences | None, now: datetime) -> date | None:
    """Return the day of the mail for which it is time, on the wall of `user`, or None."""
    hours, begins = Hours.of(user), (wishes or ReminderPreferences(user=user)).digest_at
    day = now.astimezone(hours.zone).date()
    first = moment_of(day, begins, hours.zone)
    last = max(moment_of(day, PASSES_AT, hours.zone), first + timedelta(hours=1))
    return day if hours.works_on(day) and first <= now < last else None


def morning_of(user: User, now: datetime, kinds: Sequence[str]) -> Morning:
    """Return what `user` hears of reminders of these kinds (their keys): the own, and those that were passed on."""
    zone = zone_named(user.time_zone)
    today = now.astimezone(zone).date()
    begins, ends = (moment_of(day, time(), zone) for day in (today, today + timedelta(days=1)))
    own = Reminder.objects.visible_to(user).open().owned_by(user).filter(kind__key__in=kinds)
    passed_on = Notice.objects.shown_to(user).filter(stage=Stage.ESCALATION).values("reminder")
    lying = Reminder.objects.visible_to(user).left_lying().filter(kind__key__in=kinds, pk__in=passed_on)
    return Morning(
        late=_part(own.filter(due_at__lt=begins).soonest_first()),
        today=_part(own.filter(due_at__gte=begins, due_at__lt=ends).soonest_first()),
        left_lying=_part(lying.order_by("owner__full_name", "due_at", "pk")),
    )


def _part(found: ReminderQuerySet) -> Part:
    return Part(list(found.for_rows()[:MOST]), found.count())


@transaction.atomic
def _send(user: User, now: datetime, kinds: Sequence[str]) -> bool:
    """Make the mail and note it, both or neither. A morning on which there is nothing is noted too: it is over."""
    zone = zone_named(user.time_zone)
    day = now.astimezone(zone).date()
    _row, new = ReminderDigest.objects.get_or_create(user=user, day=day, defaults={"at": now})
    if not new:
        return False
    morning = morning_of(user, now, kinds)
    if morning.is_empty:
        return False
    with translation.override(user.language), timezone.override(zone):
        context = {
            "person": user,
            "company": Company.current(),
            "site_url": absolute("/"),
            "day": day,
            "morning": morning,
            "lying_url": absolute(reverse("reminders:left_lying")),
            "preferences_url": absolute(reverse("reminders:preferences")),
        }
        body = render_to_string("reminders/email/digest.txt", context)
        EmailMessage(" ".join(subject_of(morning).split()), body, to=[user.email]).send()
    return True


def subject_of(morning: Morning) -> str:
    """Return the morning in one line: "Today: 5 reminders, 2 late, 1 left lying"."""
    number = morning.today.count
    said = [ngettext("{number} reminder today", "{number} reminders today", number).format(number=formats.number(number))]
    if morning.late.count:
        said.append(ngettext("{number} late", "{number} late", morning.late.count).format(number=formats.number(morning.late.count)))
    if morning.left_lying.count:
        number = morning.left_lying.count
        said.append(ngettext("{number} left lying", "{number} left lying", number).format(number=formats.number(number)))
    return ", ".join(said)
