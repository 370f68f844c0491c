"""Repeats by RFC 5545, on the wall."""

from datetime import date, time

import pytest

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
    ],
)
def test_what_is_no_repeat_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_repeat(text)


def test_a_rule_that_never_comes_true_ends_soon() -> None:
    assert next_day("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", first=date(2027, 1, 1), at=None, after=date(2027, 1, 1)) is None
