"""Wall-clock times, and the working hours of people.

A reminder is promised for a time on the wall of a zone ("Tuesday 10:30 in Paris"). Where the clock is put forward, a
time that the wall never shows moves on by what was skipped (02:30 is 03:30); where it is put back, a time that it shows
twice is its first showing. So each wall time is one moment, and the order of times is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User, zone_named

_DAYS_TO_LOOK_AT = 370
"""Somebody whose settings name no working day works every day; longer holidays are handed over."""


@dataclass(frozen=True)
class Hours:
    """When somebody works: from, until, on which days (ISO weekday numbers), in which zone."""

    zone: ZoneInfo
    starts: time
    ends: time
    days: frozenset[int]

    @classmethod
    def of(cls, user: User) -> Hours:
        """Return the hours that `user` set."""
        return cls.read(user.time_zone, user.work_from, user.work_until, user.work_days)

    @classmethod
    def read(cls, zone: str, starts: time, ends: time, days: list[int]) -> Hours:
        """Return the hours that stand in a row of a user. A day that ends before it begins goes on until midnight."""
        return cls(zone_named(zone), starts, ends if ends > starts else time.max, frozenset(days) or frozenset(range(1, 8)))

    def works_on(self, day: date) -> bool:
        return day.isoweekday() in self.days

    def working_day_from(self, day: date) -> date:
        """Return `day`, or the first working day after it."""
        return next((one for one in _days_from(day) if self.works_on(one)), day)

    def add_working_days(self, day: date, number: int) -> date:
        """Return the working day that is `number` of them after `day` (before it where negative)."""
        step, left = (1 if number > 0 else -1), abs(number)
        while left:
            day += timedelta(days=step)
            left -= self.works_on(day)
        return day

    def after(self, moment: datetime, hours: float) -> datetime:
        """Return the moment by which `hours` of working time have passed since `moment`."""
        left = timedelta(hours=hours)
        for day in _days_from(moment.astimezone(self.zone).date()):
            if not self.works_on(day):
                continue
            begins, ends = max(moment_of(day, self.starts, self.zone), moment), moment_of(day, self.ends, self.zone)
            if ends - begins >= left:
                return begins + left
            left -= max(ends - begins, timedelta())
        return moment + left

    def next_beginning(self, moment: datetime) -> datetime:
        """Return `moment` if it lies in a working day's hours or before its end, else the beginning of the next working day."""
        day = moment.astimezone(self.zone).date()
        if self.works_on(day):
            return moment
        return moment_of(self.working_day_from(day), self.starts, self.zone)


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) at which the wall of `zone` shows `at` on `day`, as the module says."""
    return datetime.combine(day, at.replace(tzinfo=None, fold=0), zone).astimezone(UTC)


def on_the_wall(moment: datetime, zone: ZoneInfo) -> tuple[date, time]:
    """Return what the wall of `zone` shows at `moment`."""
    here = moment.astimezone(zone)
    return here.date(), here.time().replace(tzinfo=None, fold=0)


def moved_to_wall(day: date, at: time, here: ZoneInfo, there: ZoneInfo) -> tuple[date, time]:
    """Return what the wall of `there` shows when that of `here` shows `at` on `day`."""
    return on_the_wall(moment_of(day, at, here), there)


def _days_from(day: date) -> Iterator[date]:
    return (day + timedelta(days=number) for number in range(_DAYS_TO_LOOK_AT))
