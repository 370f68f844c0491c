"""A wall time is one moment, also where the clock is put forward or back."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reminders.wall_time import Hours, moment_of, on_the_wall
from tests.faults.zones import WALLS

ZONES = sorted({wall[0] for wall in WALLS})


@pytest.mark.parametrize(("zone", "day", "at", "documented"), WALLS, ids=str)
def test_in_the_gap_it_moves_on_and_of_two_showings_it_is_the_first(zone: str, day: date, at: time, documented: str) -> None:
    assert moment_of(day, at, ZoneInfo(zone)) == datetime.fromisoformat(documented)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(ZONES), st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(0, 1439)
)  # fmt: skip
def test_a_time_that_the_wall_shows_is_shown_at_its_moment(zone: str, day: date, minute: int) -> None:
    at = time(minute // 60, minute % 60)
    moment = moment_of(day, at, ZoneInfo(zone))
    shown = on_the_wall(moment, ZoneInfo(zone))

    if shown != (day, at):  # in a gap: the wall goes from before it to after it, and shows the time by as much later as it skips
        skipped = datetime.combine(*shown) - datetime.combine(day, at)
        assert timedelta() < skipped <= timedelta(hours=2)
        assert on_the_wall(moment - skipped, ZoneInfo(zone)) < (day, at)
    else:  # and nowhere earlier
        assert all(on_the_wall(moment - timedelta(minutes=back), ZoneInfo(zone)) != (day, at) for back in (30, 60, 120))


def test_working_hours_pass_over_nights_and_days_off() -> None:
    hours = Hours(ZoneInfo("Europe/Paris"), time(9), time(18), frozenset({1, 2, 3, 4, 5}))
    friday = datetime.fromisoformat("2027-02-05T16:00+01:00")

    assert hours.after(friday, 8) == datetime.fromisoformat("2027-02-08T15:00+01:00")


def test_working_hours_over_a_change_of_the_clock_are_hours_that_passed() -> None:
    hours = Hours(ZoneInfo("Europe/Paris"), time(0), time(9), frozenset(range(1, 8)))
    night = datetime.fromisoformat("2027-03-28T00:00+01:00")  # this night has no 02:00

    assert hours.after(night, 4) == datetime.fromisoformat("2027-03-28T05:00+02:00")
