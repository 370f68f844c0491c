"""When to try again: nobody answered, or somebody was busy."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from accounts.models import User
from clients.models import TouchOutcome
from reminders.wall_time import Hours, moment_of

NOON, AFTERNOON, MORNING_AFTER = time(12), time(15), timedelta(hours=1)
_STEP = timedelta(minutes=30)
_LEAST = timedelta(hours=2)
"""Who did not answer is not called again sooner."""
_BUSY = timedelta(hours=1)
DAY_BEGINS, DAY_ENDS = time(8), time(20)
"""Nobody is called outside of these, by the clock of where they are."""
_STEPS_TO_TRY = 2 * 24 * 7


def is_waking(there: datetime | None) -> bool:
    """Return whether people may be called at what their clock shows; where nobody knows, they may."""
    return there is None or DAY_BEGINS <= there.time() < DAY_ENDS


def next_try(user: User, outcome: str, now: datetime, *, client_zone: datetime | None = None) -> datetime:
    """Return a sensible moment for the next try, within the working hours of `user`.

    No answer in the morning: this afternoon; in the afternoon: the next working day's morning. Busy: in an hour.
    `client_zone` is `now` as the client's clock shows it: a moment is moved on to one at which people there are awake,
    unless the working hours have none within a week.
    """
    hours = Hours.of(user)
    found = _busy(hours, now) if outcome == TouchOutcome.BUSY else _unanswered(hours, now)
    if client_zone is None:
        return found
    for step in range(_STEPS_TO_TRY):
        later = found + step * _STEP
        if _works_at(hours, later) and is_waking(later.astimezone(client_zone.tzinfo)):
            return later
    return found


def _unanswered(hours: Hours, now: datetime) -> datetime:
    here = now.astimezone(hours.zone)
    if here.time() < NOON and hours.works_on(here.date()):
        afternoon = max(moment_of(here.date(), AFTERNOON, hours.zone), _rounded(now + _LEAST))
        if _works_at(hours, afternoon):
            return afternoon
    return _next_morning(hours, now)


def _busy(hours: Hours, now: datetime) -> datetime:
    soon = _rounded(now + _BUSY)
    return soon if _works_at(hours, soon) else _next_morning(hours, now)


def _next_morning(hours: Hours, now: datetime) -> datetime:
    here = now.astimezone(hours.zone)
    # at one in the night the morning that comes is today's
    first = here.date() if here.time() < hours.starts else here.date() + timedelta(days=1)
    day = hours.working_day_from(first)
    morning = moment_of(day, hours.starts, hours.zone) + MORNING_AFTER
    return morning if _works_at(hours, morning) else moment_of(day, hours.starts, hours.zone)


def _works_at(hours: Hours, moment: datetime) -> bool:
    here = moment.astimezone(hours.zone)
    return hours.works_on(here.date()) and hours.starts <= here.time().replace(tzinfo=None) < hours.ends


def _rounded(moment: datetime) -> datetime:
    """Return the next full half hour."""
    over = (moment - datetime.min.replace(tzinfo=moment.tzinfo)) % _STEP
    return moment + (_STEP - over if over else timedelta())
