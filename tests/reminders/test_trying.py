"""When nobody answered: a sensible time to try again."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from reminders.trying import is_waking, next_try
from tests.reminders.conftest import PARIS


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "outcome", "again"),
    [
        (paris(24, 9, 10), "no_answer", paris(24, 15)),
        (paris(24, 11, 59), "no_answer", paris(24, 15)),
        (paris(24, 14, 20), "no_answer", paris(25, 10)),
        (paris(27, 14, 20), "no_answer", paris(30, 10)),  # a Friday: on Monday
        (paris(28, 10), "no_answer", paris(30, 10)),  # a Saturday
        (paris(24, 0, 30), "no_answer", paris(24, 15)),
        (paris(24, 10, 34), "busy", paris(24, 12)),
        (paris(24, 17, 40), "busy", paris(25, 10)),
    ],
)
def test_morning_gives_afternoon_and_afternoon_the_next_working_morning(now: datetime, outcome: str, again: datetime) -> None:
    assert next_try(User(time_zone="Europe/Paris"), outcome, now) == again


def test_who_ends_early_is_asked_for_the_next_morning() -> None:
    user = User(time_zone="Europe/Paris", work_from=time(6), work_until=time(14))
    assert next_try(user, "no_answer", paris(24, 9)) == paris(25, 7)


def test_nobody_is_called_at_night_by_their_own_clock() -> None:
    now = paris(24, 9, 10)  # 03:10 in New York
    there = now.astimezone(ZoneInfo("America/Los_Angeles"))
    again = next_try(User(time_zone="Europe/Paris"), "no_answer", now, client_zone=there)
    assert (again, is_waking(again.astimezone(there.tzinfo))) == (paris(24, 17), True)


def test_where_no_hour_fits_both_the_own_hours_hold() -> None:
    now = paris(24, 9, 10)
    there = now.astimezone(ZoneInfo("Pacific/Honolulu"))
    user = User(time_zone="Europe/Paris", work_until=time(17))
    assert next_try(user, "no_answer", now, client_zone=there) == paris(24, 15)
