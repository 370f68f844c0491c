"""Repeats by RFC 5545, on the wall."""

from datetime import date, time
from typing import Any

import pytest
from dateutil.rrule import _iterinfo

from clients.errors import Refused
from reminders.recurrence import next_day, read_repeat


@pytest.mark.parametrize(
    ("rule", "first", "after", "following"),
    [
        ("FREQ=DAILY", date(2027, 1, 1), date(2027, 1, 1), date(2027, 1, 2)),
        ("FREQ=WEEKLY;BYDAY=MO,TH", date(2027, 1, 4), date(2027, 1, 4), date(2027, 1, 7)),
        ("FREQ=MONTHLY", date(2027, 1, 31), date(2027, 1, 31), date(2027, 3, 31)),  # as RFC 5545 has it: months without a 31st are skipped
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2027, 1, 31), date(2027, 1, 31), date(2027, 2, 28)),
        ("FREQ=MONTHLY;INTERVAL=3", date(2027, 1, 15), date(2027, 5, 1), date(2027, 7, 15)),
        ("FREQ=YEARLY", date(2028, 2, 29), date(2028, 2, 29), date(2032, 2, 29)),
        ("FREQ=DAILY;UNTIL=20270103", date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)),
        ("FREQ=DAILY;UNTIL=20270103T000000Z", date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)),
        ("FREQ=DAILY;UNTIL=20270103", date(2027, 1, 1), date(2027, 1, 3), None),
        ("FREQ=WEEKLY;COUNT=2", date(2027, 1, 4), date(2027, 1, 11), None),
    ],
)
def test_the_next_time_of_a_repeat(rule: str, first: date, after: date, following: date | None) -> None:
    assert next_day(read_repeat(rule), first=first, at=time(10, 30), after=after) == following


@pytest.mark.parametrize(
    "text",
    [
        "every Monday",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9,10",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=9999",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY\nRRULE:FREQ=DAILY",
        "FREQ=DAILY;UNTIL=someday",
        "FREQ=DAILY;" + "BYDAY=MO;" * 60,
        "FREQ=YEARLY;INTERVAL=0;BYMONTH=2;BYMONTHDAY=31",  # would be looked for without an end
        "FREQ=DAILY;COUNT=3 DTSTART:20200101T000000",  # dateutil reads it as two lines
        "FREQ=DAILY;COUNT=3\rDTSTART:20200101T000000",
        "FREQ=DAILY;COUNT=\u0663",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;UNTIL=2027",
        "FREQ=DAILY;UNTIL=20271332",
        "FREQ=DAILY;UNTIL=99991231",
        "FREQ=YEARLY;BYEASTER=1",
    ],
)
def test_what_is_no_repeat_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_repeat(text)


def test_the_days_are_those_of_the_calendar_of_that_year() -> None:
    """They are asked for 7,600 years later, where the calendar is the same."""
    mondays = [date(2099, 12, 28), date(2100, 1, 4), date(2100, 2, 22), date(2100, 3, 1)]
    for day, following in zip(mondays[::2], mondays[1::2], strict=True):
        assert next_day("FREQ=WEEKLY;BYDAY=MO", first=date(2026, 11, 23), at=time(9), after=day) == following
    assert next_day("FREQ=YEARLY", first=date(2096, 2, 29), at=None, after=date(2096, 2, 29)) == date(2104, 2, 29)
    assert next_day("FREQ=YEARLY;INTERVAL=400", first=date(2026, 1, 1), at=None, after=date(2026, 1, 1)) is None


@pytest.mark.parametrize("rule", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "FREQ=WEEKLY;BYSETPOS=300", "FREQ=MONTHLY;BYSETPOS=300"])
def test_what_never_comes_is_not_looked_for_through_eight_thousand_years(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    years = set()
    rebuild = _iterinfo.rebuild

    def noting(info: Any, year: int, month: int) -> None:
        years.add(year)
        rebuild(info, year, month)

    monkeypatch.setattr(_iterinfo, "rebuild", noting)
    assert next_day(read_repeat(rule), first=date(2027, 1, 1), at=None, after=date(2027, 1, 1)) is None
    assert 173 <= len(years) < 400


def test_a_rule_that_never_comes_true_ends_soon() -> None:
    assert next_day("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", first=date(2027, 1, 1), at=None, after=date(2027, 1, 1)) is None
