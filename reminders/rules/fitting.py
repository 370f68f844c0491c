"""What a rule would make at a moment: one statement, by which it is previewed and by which it is run.

All arithmetic of working days and wall times is that of `reminders.wall_time`: it depends on whoever acts and on the
weekday only, so Python works it out for each person and hands it over as two small tables, and the statement only joins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from accounts.models import Company, User, zone_named
from clients.criteria.sql import Sql
from reminders.models import ReminderRule
from reminders.rules.audience import Audience
from reminders.rules.pieces import EARLIEST, LATEST, fill
from reminders.sources import Asked, DateSource, source_of
from reminders.wall_time import Hours, moment_of

HORIZON = timedelta(days=14)
"""Made are the reminders of the coming days only: what a rule makes of a far date would be wrong by then, and a million rows."""
GRACE = timedelta(days=7)
"""A rule that was switched on still makes what was due so shortly before."""
LOOK_BACK = timedelta(days=90)
"""What a rule that has long been on missed (Seraph was off, a date was entered late) is made up for so far back."""
A_DAY = 5
"""Of what is there already when a rule is switched on, so many a working day for each who acts."""
NOBODY = 0
"""In the tables: whoever looks after clients without a manager, by the company's clock."""


class NotReady(Exception):
    """The rule can't be run as it is. `code` is kept as its problem; `said` what is wrong with its conditions."""

    def __init__(self, code: str, said: str = "") -> None:
        self.code, self.said = code, said
        super().__init__(f"{code}: {said}")


@dataclass(frozen=True)
class Clock:
    """The moment, and the company's zone."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def at(cls, now: datetime) -> Clock:
        return cls(now, zone_named(Company.current().time_zone))

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class People:
    """Who may have to act, with their hours; `NOBODY` stands for clients without a manager."""

    hours: dict[int, Hours]
    clock: Clock

    @classmethod
    def read(cls, clock: Clock) -> People:
        """Read everybody: hundreds at most."""
        rows = User.objects.values_list("pk", "time_zone", "work_from", "work_until", "work_days")
        hours = {pk: Hours.read(*row) for pk, *row in rows}
        return cls({NOBODY: Hours.of(User(time_zone=clock.zone.key)), **hours}, clock)

    def first_day(self, hours: Hours) -> date:
        """Return the first working day that is not over yet."""
        here = self.clock.now.astimezone(hours.zone)
        return hours.working_day_from(here.date() + timedelta(days=0 if here.time() < hours.ends else 1))

    def days(self) -> Iterator[tuple[int, date, datetime]]:
        """Yield for each the working days until the horizon, with the moment at which each begins."""
        last = self.clock.today + HORIZON
        for pk, hours in self.hours.items():
            day = first = self.first_day(hours)
            while day <= last or day == first:
                yield pk, day, moment_of(day, hours.starts, hours.zone)
                day = hours.working_day_from(day + timedelta(days=1))

    def shifts(self, rule: ReminderRule) -> Iterator[tuple[int, int, int]]:
        """Yield for each person and weekday (ISO number) of a source's date how many days later the rule's day is."""
        for pk, hours in self.hours.items():
            for weekday in range(1, 8):
                yield pk, weekday, (due_day(rule, _A_MONDAY + timedelta(days=weekday - 1), hours) - _A_MONDAY).days - weekday + 1


_A_MONDAY = date(2024, 1, 1)


def due_day(rule: ReminderRule, day: date, hours: Hours) -> date:
    """Return the day for which `rule` makes a reminder of the source's date `day`, for somebody with these hours.

    What falls on a day off is for the first working day after it.
    """
    if rule.unit == ReminderRule.Unit.WORKING_DAYS and rule.offset:
        return hours.add_working_days(day, rule.offset)
    return hours.working_day_from(day + timedelta(days=rule.offset))


_FITTING = """
WITH days AS MATERIALIZED (
  SELECT * FROM unnest(%(day_who)s::bigint[], %(day_days)s::date[], %(day_moments)s::timestamptz[]) AS d (who, day, due_at)
), shifts AS MATERIALIZED (
  SELECT * FROM unnest(%(shift_who)s::bigint[], %(shift_weekdays)s::int[], %(shift_days)s::int[]) AS s (who, weekday, days)
), firsts AS MATERIALIZED (
  SELECT who, min(day) AS day FROM days GROUP BY who
), fitting AS (
  SELECT f.client_id, f.key, f.contact_id, f.on_day, f.who, f.on_day + s.days AS due, r.id AS again
  FROM (
    SELECT d.client_id, d.key, {contact} AS contact_id, d.on_day, COALESCE({owner}, 0) AS who
    FROM ({dates}) AS d JOIN ({audience}) AS a (id, manager_id) ON a.id = d.client_id
  ) AS f
  JOIN shifts s ON s.who = f.who AND s.weekday = EXTRACT(isodow FROM f.on_day)
  LEFT JOIN reminders_reminder r ON r.rule_id = %(rule)s AND r.client_id = f.client_id AND r.rule_key = f.key
  WHERE f.on_day + s.days BETWEEN %(since)s AND %(until)s
    -- made once; what the system itself took back because it did not fit is put back
    AND (r.id IS NULL OR (r.state = 'cancelled' AND r.closed_by_id IS NULL))
), on_time AS (
  -- what is past already is for the first working day from now on: nobody is late for what nobody asked for
  SELECT f.*, GREATEST(f.due, p.day) AS day FROM fitting f JOIN firsts p USING (who) WHERE f.due >= p.day OR NOT %(backlog)s
), taken AS (
  SELECT t.who, t.day, sum(t.number) AS number FROM (
    SELECT COALESCE(owner_id, 0) AS who, on_day AS day, count(*) AS number FROM reminders_reminder
    WHERE %(backlog)s AND rule_id = %(rule)s AND on_day >= %(today)s::date - 1 AND NOT (state = 'cancelled' AND closed_by_id IS NULL)
    GROUP BY 1, 2
    UNION ALL
    SELECT who, day, count(*) FROM on_time WHERE %(backlog)s GROUP BY 1, 2
  ) AS t GROUP BY 1, 2
), slots AS (
  SELECT d.who, d.day, row_number() OVER (PARTITION BY d.who ORDER BY d.day) AS place
  FROM days d LEFT JOIN taken t USING (who, day)
  CROSS JOIN LATERAL generate_series(1, %(a_day)s - COALESCE(t.number, 0)) AS free
  WHERE %(backlog)s
), waiting AS (
  -- what has waited longest comes first
  SELECT f.*, row_number() OVER (PARTITION BY f.who ORDER BY f.due, f.client_id, f.key) AS place
  FROM fitting f JOIN firsts p USING (who) WHERE %(backlog)s AND f.due < p.day
), placed AS (
  SELECT o.client_id, o.key, o.contact_id, o.on_day, o.who, o.due, o.again, o.day, d.due_at FROM on_time o JOIN days d USING (who, day)
  UNION ALL
  SELECT w.client_id, w.key, w.contact_id, w.on_day, w.who, w.due, w.again, s.day, d.due_at
  FROM waiting w JOIN slots s USING (who, place) JOIN days d USING (who, day)
)
"""


@dataclass(frozen=True)
class Fitting:
    """A rule (it need not be saved) at a moment, with what its statements need."""

    rule: ReminderRule
    source: DateSource
    audience: Audience
    people: People

    @classmethod
    def of(cls, rule: ReminderRule, clock: Clock, people: People | None = None) -> Fitting:
        """Raises `NotReady` where its source is not there or its conditions can't be answered."""
        source, audience = source_of(rule.source), Audience(rule.filters)
        if source is None:
            raise NotReady("source")
        if audience.problems:
            raise NotReady("filters", " ".join(audience.problems))
        return cls(rule, source, audience, people or People.read(clock))

    @property
    def clock(self) -> Clock:
        return self.people.clock

    @property
    def since(self) -> date:
        """The earliest day for which the rule still makes a reminder."""
        if self.source.backlog:
            return EARLIEST
        began = (self.rule.active_since or self.clock.now) if self.rule.active else self.clock.now
        return max(began.astimezone(self.clock.zone).date() - GRACE, self.clock.today - LOOK_BACK)

    @property
    def until(self) -> date:
        return self.clock.today + HORIZON

    @cached_property
    def asked(self) -> Asked:
        """The source's dates from which a day of the rule may follow, whoever acts."""
        shifts = [days for _who, _weekday, days in self.people.shifts(self.rule)]
        first = EARLIEST if self.since == EARLIEST else self.since - timedelta(days=max(shifts))
        return Asked(first, self.until - timedelta(days=min(shifts)), self.clock.today, self.clock.zone)

    def dates(self, asked: Asked) -> Sql:
        """Return the statement of the source's dates."""
        found = self.source.sql
        return fill(found, values=asked.values) if isinstance(found, str) else found(asked)

    def statement(self, then: str, **more: object) -> Sql:
        """Return the statement of what fits (`placed`, and `fitting` with what has to wait), followed by what is done with it."""
        days, shifts = list(self.people.days()), list(self.people.shifts(self.rule))
        owner = Sql("a.manager_id") if self.rule.assignee == ReminderRule.Assignee.MANAGER else Sql("%s::bigint", (self.rule.user_id,))
        pieces = {
            "dates": self.dates(self.asked),
            "audience": self.audience.sql(self.clock.zone),
            "owner": owner,
            "contact": Sql("d.contact_id" if self.source.of_contacts else "NULL::bigint"),
        }
        values = {
            "day_who": [who for who, _day, _moment in days],
            "day_days": [day for _who, day, _moment in days],
            "day_moments": [moment for _who, _day, moment in days],
            "shift_who": [who for who, _weekday, _days in shifts],
            "shift_weekdays": [weekday for _who, weekday, _days in shifts],
            "shift_days": [number for _who, _weekday, number in shifts],
            "rule": self.rule.pk,
            "since": self.since,
            "until": self.until,
            "today": self.clock.today,
            "backlog": self.source.backlog,
            "a_day": A_DAY,
        }
        return fill(_FITTING + then, pieces, {**values, **more})

    @contextmanager
    def planned(self) -> Iterator[None]:
        """Let the planner join what fits by hashing where it may be most of the registry (within a transaction).

        It can't guess how many rows these steps leave and takes a handful: row by row, the waiting (hundreds of thousands)
        would be held against the slots (tens of thousands).
        """
        with transaction.atomic(), connection.cursor() as cursor:
            if self.source.backlog:
                cursor.execute("SET LOCAL enable_nestloop = off")
            yield
            if self.source.backlog:
                cursor.execute("SET LOCAL enable_nestloop = DEFAULT")

    def all_dates(self) -> Sql:
        """Return the statement of the source's dates without an end, for what was made of them before."""
        if self.source.yearly:
            around = timedelta(days=1200)  # more than any offset, in calendar days
            return self.dates(Asked(self.clock.today - around, self.clock.today + around, self.clock.today, self.clock.zone))
        return self.dates(Asked(EARLIEST, LATEST, self.clock.today, self.clock.zone))
