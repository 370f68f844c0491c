"""The weekly mail to management: what changed most for the worse, and the totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Company, User, zone_named
from accounts.roles import Role
from accounts.site import absolute
from clients.criteria.rules import company_clock
from clients.models import QualityDigest, QualityRun, QualitySettings
from clients.quality.figures import Figures
from clients.quality.history import figures_of, sums_of, week_days
from clients.quality.measures import FIRST, MEASURES, Measure
from clients.quality.report import Change
from clients.quality.words import change_in_words
from ui import formats

MOST = 5
FROM = time(7)
"""From this time on Monday, in the company's time zone."""
_LAST_WEEKDAY = 1
"""Tuesday: if nothing ran on Monday. Whoever switches the mail on later waits for the next week."""


@dataclass(frozen=True)
class Worse:
    """A manager with more clients of a fault than last week."""

    name: str
    measure: Measure
    change: Change
    manager: int | None

    @property
    def url(self) -> str:
        """Where these clients are listed."""
        query = urlencode({"manager": self.manager if self.manager is not None else "none", **self.measure.query})
        return absolute(f"{reverse('clients:list')}?{query}")

    @property
    def in_words(self) -> str:
        """ "Boris Lind: 31 clients have gone quiet, 12 more"."""
        said = f"{self.measure.in_words(self.change.now)}, {change_in_words(self.change)}"
        return formats.named(self.name or _("Nobody in charge"), said)


def worst_changes(today: date, before: date) -> list[Worse]:
    """Return the faults that most more clients of one manager have than on the day `before`, the greatest first."""
    now, then = figures_of(today), figures_of(before)
    names = dict(User.objects.filter(pk__in=[pk for pk in now if pk is not None]).values_list("pk", "full_name"))
    found = [
        Worse(
            names.get(pk, "") if pk is not None else "",
            measure,
            Change(one.count(measure.key), then.get(pk, Figures()).count(measure.key)),
            pk,
        )
        for pk, one in now.items()
        for measure in MEASURES
        if measure.fault
    ]
    found = [one for one in found if one.change.by > 0]
    return sorted(found, key=lambda one: (-one.change.by, one.name, one.measure.key))[:MOST]


def receivers() -> list[User]:
    """Return who in management has not declined the mail."""
    declined = QualitySettings.current().declined.all() if QualitySettings.objects.exists() else User.objects.none()
    return list(User.objects.active().having_role(Role.MANAGEMENT).exclude(pk__in=declined).order_by("pk"))


def send_due_digest(now: datetime | None = None) -> int:
    """Send the mail of this week to those who have not got it; return to how many.

    May be started any number of times, by any number of workers: the row that notes a mail is written in the
    transaction that keeps it, and stands once for a week and a receiver.
    """
    now = now or timezone.now()
    today, zone = company_clock(now)
    if today.weekday() > _LAST_WEEKDAY or (today.weekday() == 0 and now.astimezone(zone).time() < FROM):
        return 0
    if not QualitySettings.current().digest or QualityRun.current().day != today:
        return 0
    earlier = week_days(today, 1)
    if not earlier:
        return 0  # there is nothing to compare with yet
    week = today - timedelta(days=today.weekday())
    got = set(QualityDigest.objects.filter(week=week).values_list("receiver", flat=True))
    waiting = [user for user in receivers() if user.pk not in got]
    if not waiting:
        return 0
    worse, sums = worst_changes(today, earlier[-1]), (sums_of(today), sums_of(earlier[-1]))
    return sum(_send(user, week, now, worse, sums) for user in waiting)


@transaction.atomic
def _send(user: User, week: date, now: datetime, worse: list[Worse], sums: tuple[Figures, Figures]) -> bool:
    noted, new = QualityDigest.objects.get_or_create(week=week, receiver=user, defaults={"sent_at": now})
    if not new:
        return False
    total, before = sums
    with translation.override(user.language), timezone.override(zone_named(user.time_zone)):
        changes = {measure: Change(total.count(measure.key), before.count(measure.key)) for measure in MEASURES}
        totals = [(measure.label, formats.number(change.now), change_in_words(change)) for measure, change in changes.items()]
        first = changes[FIRST]
        context = {
            "person": user,
            "company": Company.current(),
            "site_url": absolute("/"),
            "worse": worse,
            "totals": totals,
            "clients": total.clients,
            "required": total.required,
            "recommended": total.recommended,
            "day": noted.sent_at.astimezone(zone_named(user.time_zone)).date(),
            "page_url": absolute(reverse("quality:page")),
            "settings_url": absolute(reverse("quality:settings")),
        }
        subject = _("Data quality: {what}, {change}").format(what=FIRST.in_words(first.now), change=change_in_words(first))
        body = render_to_string("clients/email/quality_digest.txt", context)
        EmailMessage(" ".join(subject.split()), body, to=[user.email]).send()
    return True
