"""What the page of data quality shows to one user: the figures now, how they changed, and the place of each manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Team, User
from clients.criteria.overview import SMALL, about_how_many
from clients.criteria.rules import company_today
from clients.models import QualityRun, QualitySettings, QualitySnapshot
from clients.quality import history, ranking
from clients.quality.figures import Figures, count_now
from clients.quality.history import History
from clients.quality.measures import FIRST, MEASURES, Measure

MOST_NAMED = 50
"""So many managers the list's filter takes at once."""


@dataclass(frozen=True)
class Change:
    """How a count differs from last week's."""

    now: int
    before: int

    @property
    def by(self) -> int:
        return self.now - self.before

    @property
    def size(self) -> int:
        return abs(self.by)


@dataclass
class Line:
    """The figures of a manager, a team or the company."""

    name: str
    whose: Mapping[str, object]
    """What the list of clients is narrowed by."""
    measure: Measure
    now: Figures
    past: Mapping[date, Figures]
    days: tuple[date, ...]
    """The days that the past may hold, the oldest first; the last one stands for last week."""
    user: User | None = None
    place: int | None = None
    listed: bool = True
    """Whether the list can be narrowed to these clients."""

    @property
    def cells(self) -> list[Cell]:
        """The figures of all measures."""
        return [Cell(self, measure) for measure in MEASURES]

    @property
    def chosen(self) -> Cell:
        """The figure of the measure that the page is about."""
        return Cell(self, self.measure)

    @property
    def url(self) -> str:
        """Where exactly these clients are listed; empty where the list can't be narrowed so."""
        return self.url_of({})

    def url_of(self, query: Mapping[str, str]) -> str:
        """Return where those of these clients are listed that `query` finds."""
        asked = urlencode({**self.whose, **query}, doseq=True)
        return f"{reverse('clients:list')}?{asked or 'view=all'}" if self.listed else ""


@dataclass(frozen=True)
class Cell:
    """One figure: so many clients, which share of all, where they are listed, and how it was before."""

    line: Line
    measure: Measure

    @property
    def count(self) -> int:
        return self.line.now.count(self.measure.key)

    @property
    def share(self) -> float | None:
        """Percent of the clients; None where there are none."""
        return self.line.now.share(self.measure.key)

    @property
    def digits(self) -> int:
        """How many decimals the share wants: one where it would be shown as nothing or as all."""
        share = self.share or 0
        return 1 if 0 < share < 1 or 99 < share < 100 else 0

    @property
    def url(self) -> str:
        """Where exactly these clients are listed; empty where there are none."""
        return self.line.url_of(self.measure.query) if self.count else ""

    @property
    def change(self) -> Change | None:
        """The change since last week; None where nobody counted then."""
        if not self.line.days:
            return None
        return Change(self.count, self.line.past.get(self.line.days[-1], Figures()).count(self.measure.key))

    @property
    def trend(self) -> list[float | None]:
        """The share week by week, the oldest first, now the last; None for a week without clients."""
        past = [one.share(self.measure.key) if (one := self.line.past.get(day)) else None for day in self.line.days]
        return [*past, self.share]


@dataclass
class Group:
    """A team with its managers, the best place first."""

    total: Line
    lines: list[Line] = field(default_factory=list)


class Report:
    """The page for one user. Who may not see everybody's figures sees the own, the team's sum, the company's, and the own place."""

    def __init__(
        self, user: User, *, measure: Measure = FIRST, weeks: int = 8, team: Team | None = None, now: datetime | None = None
    ) -> None:
        self.user, self.measure, self.weeks, self.team = user, measure, weeks, team
        self.today = company_today(now)
        self.sees_all = user.has_perm("clients.see_quality")

    @cached_property
    def run(self) -> QualityRun:
        return QualityRun.current()

    @cached_property
    def settings(self) -> QualitySettings:
        return QualitySettings.current()

    @cached_property
    def counted_at(self) -> datetime | None:
        """When the figures were counted; None: just now, as in a registry that is small enough."""
        return None if about_how_many() <= SMALL else self.run.taken_at

    @cached_property
    def everybody(self) -> dict[int | None, Figures]:
        """The figures of all managers now, by id."""
        if self.counted_at is None or self.run.day is None:
            return count_now()
        return history.figures_of(self.run.day)

    @cached_property
    def people(self) -> dict[int, User]:
        """The managers that have clients, and the user."""
        ids = {pk for pk in self.everybody if pk is not None} | {self.user.pk}
        return User.objects.select_related("team").in_bulk(ids)

    @cached_property
    def figures(self) -> dict[int | None, Figures]:
        """The figures that the page is about: of all, of the chosen team, or (for who may see no more) the user's own."""
        if not self.sees_all:
            return {self.user.pk: self.everybody.get(self.user.pk, Figures())}
        if self.team is None:
            return self.everybody
        return {pk: one for pk, one in self.everybody.items() if pk is not None and self.people[pk].team_id == self.team.pk}

    @cached_property
    def past(self) -> History:
        rows: QuerySet[QualitySnapshot] = QualitySnapshot.objects.all()
        if self.sees_all and self.team is not None:
            rows = rows.filter(team=self.team)
        return history.read_history(self.today, self.weeks, rows)

    @cached_property
    def total(self) -> Line:
        """The first line of the page: the whole, or the user's own."""
        if not self.sees_all:
            return self._manager(self.user.pk)
        whose = {"team": self.team.pk} if self.team else {}
        name = str(self.team) if self.team else _("Whole registry")
        return self._line(name, whose, sum(self.figures.values(), Figures()), self.past.totals)

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each manager by the chosen measure, among all of the company."""
        key = self.measure.key
        return ranking.places({pk: (one.count(key), one.clients) for pk, one in self.everybody.items() if pk is not None})

    @property
    def ranked(self) -> int:
        """How many managers have a place."""
        return len(self.places)

    def _manager(self, pk: int | None) -> Line:
        user = self.people.get(pk) if pk is not None else None
        line = self._line(
            str(user) if user else _("Nobody in charge"),
            {"manager": pk if pk is not None else "none"},
            self.everybody.get(pk, Figures()),
            self.past.by_manager.get(pk, {}),
        )
        line.user, line.place = user, self.places.get(pk) if pk is not None else None
        return line

    def _line(self, name: str, whose: Mapping[str, object], now: Figures, past: Mapping[date, Figures]) -> Line:
        return Line(name, whose, self.measure, now, past, tuple(self.past.days))

    @cached_property
    def groups(self) -> list[Group]:
        """Teams with their managers, the best first in both; those without a team last. Only for who may see them."""
        if not self.sees_all:
            return []
        found: dict[int | None, Group] = {}
        for pk in self.figures:
            line = self._manager(pk)
            team = line.user.team if line.user else None
            group = found.setdefault(team.pk if team else None, Group(self._team(team)))
            group.total.now += line.now
            group.lines.append(line)
        for group in found.values():
            group.lines.sort(key=lambda line: (line.place is None, line.place or 0, line.user is None, line.name))
        if None in found:
            self._narrow_to_members(found[None])
        return [found[team] for team in sorted(found, key=lambda team: (team is None, self._range(found[team].total)))]

    def _team(self, team: Team | None) -> Line:
        past = self.past.by_team.get(team.pk if team else None, {})
        return self._line(str(team) if team else _("Without a team"), {"team": team.pk} if team else {}, Figures(), past)

    def _narrow_to_members(self, group: Group) -> None:
        """The list has no filter for "without a team": it is asked for the managers by name, if they are not too many."""
        group.total.whose = {"manager": [line.user.pk if line.user else "none" for line in group.lines]}
        group.total.listed = len(group.lines) <= MOST_NAMED

    def _range(self, line: Line) -> tuple[float, float]:
        return ranking.sure_range(line.now.count(self.measure.key), line.now.clients)

    @cached_property
    def comparison(self) -> list[Line]:
        """What a manager sees beside the own line: the sums of the team and of the company."""
        if self.sees_all:
            return []
        company = self._line(_("Whole registry"), {}, sum(self.everybody.values(), Figures()), self.past.totals)
        team = self.user.team
        if team is None:
            return [company]
        line = self._team(team)
        members = User.objects.filter(team=team).values_list("pk", flat=True)
        line.now = sum((self.everybody[pk] for pk in members if pk in self.everybody), Figures())
        return [line, company]

    @property
    def trends(self) -> list[Line]:
        """The lines whose trend is drawn beside each other: the teams, or what a manager is compared with."""
        return [group.total for group in self.groups] if self.sees_all else [self.total, *self.comparison]

    @property
    def scale(self) -> float:
        """The largest share that a line of `trends` shows: they are drawn to one scale."""
        return max((share for line in self.trends for share in line.chosen.trend if share is not None), default=0)

    @property
    def enough(self) -> int:
        """How many clients it takes to have a place."""
        return ranking.ENOUGH

    @property
    def query(self) -> str:
        """What the address of the page holds."""
        return f"measure={self.measure.key}&{self.others}"

    @property
    def others(self) -> str:
        """What of it stays when another measure is chosen."""
        return urlencode({"weeks": self.weeks, **({"team": self.team.pk} if self.team else {})})

    @cached_property
    def keeping(self) -> tuple[int, int]:
        """How many of the managers shown keep the standard, of how many."""
        managers = [one for pk, one in self.figures.items() if pk is not None and one.clients]
        return sum(ranking.keeps(one.count(FIRST.key), one.clients, self.settings.standard) for one in managers), len(managers)
