"""How figures, money, dates and phones read in the three languages."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from ui import formats

NOW = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)  # a Tuesday, 10:00 in Paris


@pytest.fixture(autouse=True)
def _in_paris() -> Iterator[None]:
    with timezone.override("Europe/Paris"), translation.override("en"):
        yield


def at(day: int, hour: int = 9, minute: int = 30, month: int = 11, year: int = 2026) -> datetime.datetime:
    return datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (at(24), "today 10:30"),
        (at(25), "tomorrow 10:30"),
        (at(23), "yesterday 10:30"),
        (at(26), "Thu 26 Nov"),
        (at(3), "3 Nov"),
        (at(2, month=12), "2 Dec"),
        (at(3, year=2024), "3 Nov 2024"),
        (datetime.date(2026, 11, 24), "today"),
        (at(24, hour=23, minute=30), "tomorrow 00:30"),  # the day is the reader's, not UTC's
    ],
)
def test_a_day_as_people_say_it(value: datetime.date, said: str) -> None:
    assert plain(formats.day(value, NOW)) == said


@pytest.mark.parametrize(("language", "said"), [("en", "22 Aug"), ("fr", "22 août"), ("ru", "22 авг.")])
def test_a_touch_long_ago_says_how_long(language: str, said: str) -> None:
    with translation.override(language):
        text = plain(formats.ago(datetime.date(2026, 8, 22), NOW))
    assert text.startswith(f"{said}, 94 ")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (at(24), "today"),
        (at(30), "today"),  # a clock that is ahead
        (at(23), "1 day ago"),
        (at(26, month=9), "59 days ago"),
        (at(25, month=9), "1 month ago"),
        (at(24, month=9, year=2025), "14 months ago"),
        (at(25, month=11, year=2023), "35 months ago"),
        (at(24, month=11, year=2023), "3 years ago"),
        (datetime.date(2020, 1, 1), "6 years ago"),
    ],
)
def test_how_long_ago_is_said_in_one_measure(value: datetime.date, said: str) -> None:
    assert plain(formats.how_long_ago(value, NOW)) == said


def test_a_day_on_which_somebody_did_it_says_neither_time_nor_days() -> None:
    now = timezone.localtime()
    assert formats.on_day(now) == "today"
    assert plain(formats.on_day(datetime.datetime(2024, 8, 22, 12, 0, tzinfo=datetime.UTC))) == "22 Aug 2024"


def test_what_is_late_says_by_how_much() -> None:
    assert plain(formats.due(at(22), NOW)) == "2 days late"
    assert plain(formats.due(at(24, hour=4, minute=0), NOW)) == "5 h late"
    assert plain(formats.due(at(24, hour=8, minute=48), NOW)) == "12 min late"
    assert plain(formats.due(at(24), NOW)) == "today 10:30"


@pytest.mark.parametrize(("language", "said"), [("en", "−€84,200"), ("fr", "−84 200 €"), ("ru", "−84 200 €")])
def test_money_stands_as_the_language_writes_it(language: str, said: str) -> None:
    with translation.override(language):
        assert plain(formats.money(Decimal("-84200.4"), "EUR")) == said


def test_percent_keeps_its_sign_with_a_no_break_space() -> None:
    assert formats.percent(92) == "92\N{NO-BREAK SPACE}%"


def test_a_phone_reads_in_groups_and_a_bad_one_stays_as_it_is() -> None:
    assert plain(formats.phone("+33381550142")) == "+33 3 81 55 01 42"
    assert formats.phone("ask Rina") == "ask Rina"
