"""What a calendar page shows: its address says it all."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import models
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User, zone_named

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
MINE, TEAMLESS = "", "0"
MOST_PEOPLE = 50


class View(models.TextChoices):
    MONTH = "month", pgettext_lazy("calendar", "Month")
    WEEK = "week", pgettext_lazy("calendar", "Week")
    DAY = "day", pgettext_lazy("calendar", "Day")


@dataclass(frozen=True)
class CalendarState:
    """Which days, and whose: of oneself, or of people of a team. `chosen` is empty for all of them."""

    view: View
    day: date
    today: date
    team: str = MINE
    teams: Sequence[tuple[str, str]] = ()
    members: Sequence[User] = ()
    chosen: Sequence[int] = field(default=())

    @classmethod
    def read(cls, given: QueryDict, user: User, today: date) -> CalendarState:
        """Return what an address asks for, as far as `user` may see it; what it makes no sense of is left out."""
        view = next((one for one in View if one.value == given.get("view")), View.WEEK)
        teams = teams_seen_by(user)
        team = given.get("team", MINE) if given.get("team") in dict(teams) else MINE
        members = _members(team) if team != MINE else []
        known = {member.pk for member in members}
        chosen = [int(one) for one in given.getlist("person")[:MOST_PEOPLE] if one.isdecimal() and len(one) < 19 and int(one) in known]
        return cls(view, _day(given.get("day", ""), today), today, team, teams, members, chosen)

    @property
    def people(self) -> Sequence[User]:
        """Whose reminders of a team are shown."""
        return [member for member in self.members if not self.chosen or member.pk in self.chosen]

    @property
    def is_team(self) -> bool:
        return self.team != MINE

    @property
    def first(self) -> date:
        """The first day that is shown: weeks begin on Monday."""
        if self.view == View.DAY:
            return self.day
        start = self.day.replace(day=1) if self.view == View.MONTH else self.day
        return start - timedelta(days=start.weekday())

    @property
    def last(self) -> date:
        if self.view == View.DAY:
            return self.day
        if self.view == View.WEEK:
            return self.first + timedelta(days=6)
        end = self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1])
        return end + timedelta(days=6 - end.weekday())

    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    def address(self, *, view: str | None = None, day: date | None = None, chosen: Sequence[int] | None = None) -> str:
        """Return the address of the same calendar, with what is given changed."""
        return f"{reverse('reminders:calendar')}?{self.query(view=view, day=day, chosen=chosen)}"

    def query(self, *, view: str | None = None, day: date | None = None, chosen: Sequence[int] | None = None) -> str:
        pairs = [("view", view or self.view.value), ("day", (day or self.day).isoformat())]
        if self.is_team:
            pairs += [("team", self.team), *(("person", str(one)) for one in (self.chosen if chosen is None else chosen))]
        return urlencode(pairs)

    @cached_property
    def here(self) -> str:
        return self.query()  # each entry that may be moved says it

    @property
    def before(self) -> str:
        return self.address(day=self._step(-1))

    @property
    def after(self) -> str:
        return self.address(day=self._step(1))

    @property
    def now(self) -> str:
        return self.address(day=self.today)

    def _step(self, by: int) -> date:
        if self.view == View.MONTH:
            months = self.day.year * 12 + self.day.month - 1 + by
            found = date(months // 12, months % 12 + 1, 1)
        else:
            found = self.day + timedelta(days=by * (7 if self.view == View.WEEK else 1))
        return min(max(found, FIRST), LAST)

    def views(self) -> list[tuple[str, str, str, bool]]:
        """Return the views: key on the keyboard, label, address, whether it is the one that is shown."""
        return [(view.value[0], str(view.label), self.address(view=view.value), view == self.view) for view in View]

    def toggles(self) -> list[tuple[User, str, bool]]:
        """Return the people of the team: who, the address that shows or hides that one, whether shown."""
        shown = {one.pk for one in self.people}
        return [(one, self.address(chosen=sorted(shown ^ {one.pk})), one.pk in shown) for one in self.members]


def teams_seen_by(user: User) -> list[tuple[str, str]]:
    """Return the teams whose calendar `user` may see: all for management, the own for a head. None: nobody's but the own."""
    if user.has_perm("reminders.see_team_reminders"):
        return [*((str(pk), name) for pk, name in Team.objects.values_list("pk", "name")), (TEAMLESS, str(_("Without a team")))]
    return [(str(pk), name) for pk, name in Team.objects.filter(head=user.pk).values_list("pk", "name")]


def _members(team: str) -> list[User]:
    return list(User.objects.able_to_hold_clients().filter(team=None if team == TEAMLESS else int(team)))


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if FIRST <= day <= LAST else today


Kind = Literal["month", "week", "lanes", "day", "people", "list"]
"""How it is drawn: `lanes` is a week of a team, `people` a day of a team, `list` a day on which more happens than a grid shows."""


def zone_of(user: User) -> ZoneInfo:
    """Return the zone in which `user` reads the calendar."""
    return zone_named(user.time_zone)
