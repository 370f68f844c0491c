"""The periods that a report may be of, as the address of the page names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from babel import dates as babel_dates
from django.utils.translation import gettext as _

from clients.criteria.days import add_months
from sales.periods import first_of_month
from ui import formats

LONGEST = timedelta(days=3_660)
LAST_YEAR = 2199
NOW = ("month", "quarter", "year", "rolling")
_KEY = re.compile(
    r"(?P<what>month|quarter|year|rolling)-(?P<year>\d{4})(?:-(?P<number>\d{1,2}))?|(?P<now>month|quarter|year|rolling)"
    r"|(?P<first>\d{4}-\d\d-\d\d)_(?P<last>\d{4}-\d\d-\d\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Period:
    """[first, end) in the company's days. `key` is what the address says: "month-2026-10", "quarter-2026-4", "year-2026",
    "rolling-2026-10" (the twelve months up to the end of that one), "2026-01-05_2026-02-10" (both days included). An address
    may say "month", "quarter", "year" or "rolling" alone: the one that it is now."""

    key: str
    first: date
    end: date

    @classmethod
    def month(cls, first: date) -> Period:
        return cls(f"month-{first:%Y-%m}", first, add_months(first, 1))

    @classmethod
    def quarter(cls, day: date) -> Period:
        number = (day.month - 1) // 3
        first = date(day.year, number * 3 + 1, 1)
        return cls(f"quarter-{day.year}-{number + 1}", first, add_months(first, 3))

    @classmethod
    def year(cls, year: int) -> Period:
        return cls(f"year-{year}", date(year, 1, 1), date(year + 1, 1, 1))

    @classmethod
    def rolling(cls, month: date) -> Period:
        """The twelve months up to the end of `month` (its first day)."""
        end = add_months(month, 1)
        return cls(f"rolling-{month:%Y-%m}", add_months(end, -12), end)

    @classmethod
    def free(cls, first: date, last: date) -> Period:
        return cls(f"{first}_{last}", first, last + timedelta(days=1))

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.end - timedelta(days=1)

    @property
    def what(self) -> str:
        """Return month, quarter, year or rolling; free for one between two days."""
        found = self.key.partition("-")[0]
        return found if found.isalpha() else "free"

    @property
    def before(self) -> Period:
        """The period that it is compared with: the one of the same length that ends where it begins."""
        first, end = before(self.first, self.end)
        match self.what:
            case "month":
                return Period.month(first)
            case "quarter":
                return Period.quarter(first)
            case "year":
                return Period.year(first.year)
            case "rolling":
                return Period.rolling(add_months(end, -1))
        return Period.free(first, end - timedelta(days=1))

    @property
    def label(self) -> str:
        """What it is called: "October 2026", "12 months to Nov 2026", "5 Jan – 10 Feb 2026"."""
        language = formats.locale()
        match self.what:
            case "month":
                name = babel_dates.format_date(self.first, "LLLL y", locale=language)
                return name[:1].upper() + name[1:]
            case "quarter":
                return _("Quarter {number} of {year}").format(number=(self.first.month + 2) // 3, year=self.first.year)
            case "year":
                return str(self.first.year)
            case "rolling":
                return _("12 months to {month}").format(month=babel_dates.format_skeleton("yMMM", self.last, locale=language))
        return self.days

    @property
    def days(self) -> str:
        """From which day to which, in full."""
        language = formats.locale()
        first, last = (babel_dates.format_skeleton("yMMMd", day, locale=language) for day in (self.first, self.last))
        return _("{first} to {last}").format(first=first, last=last)

    @property
    def than_before(self) -> str:
        """What a change is against, after the figure: "on the month before"."""
        match self.what:
            case "month":
                return _("on the month before")
            case "quarter":
                return _("on the quarter before")
            case "year" | "rolling":
                return _("on the year before")
        return _("on the time before")


def before(first: date, end: date) -> tuple[date, date]:
    """Return the time of the same length that ends where [first, end) begins: so many months, or so many days."""
    if first.day == end.day == 1:
        months = (end.year - first.year) * 12 + end.month - first.month
        return add_months(first, -months), first
    return first - (end - first), first


def period_of(first: date, end: date) -> Period:
    """Return [first, end) by the name that people know it by: a month, a quarter, a year, twelve months; else its days."""
    if first.day == end.day == 1:
        known = (Period.month(first), Period.quarter(first), Period.year(first.year), Period.rolling(add_months(end, -1)))
        for one in known:
            if (one.first, one.end) == (first, end):
                return one
    return Period.free(first, end - timedelta(days=1))


def read_period(said: str, today: date) -> Period:
    """Return the period that an address names; what makes no sense is the twelve months up to now."""
    usual = Period.rolling(first_of_month(today))
    found = _KEY.fullmatch(said)
    if found is None:
        return usual
    if found["now"]:
        month = first_of_month(today)
        now = {"month": Period.month(month), "quarter": Period.quarter(month), "year": Period.year(today.year), "rolling": usual}
        return now[found["now"]]
    try:
        return _read(found) or usual
    except ValueError:  # no such day or month
        return usual


def _read(found: re.Match[str]) -> Period | None:
    if found["first"]:
        first, last = date.fromisoformat(found["first"]), date.fromisoformat(found["last"])
        sound = first <= last and last - first <= LONGEST and first.year > 1900 and last.year <= LAST_YEAR
        return Period.free(first, last) if sound else None
    year, number = int(found["year"]), int(found["number"] or 0)
    if not 1900 < year <= LAST_YEAR:
        return None
    match found["what"]:
        case "month":
            return Period.month(date(year, number, 1))
        case "rolling":
            return Period.rolling(date(year, number, 1))
        case "quarter":
            return Period.quarter(date(year, number * 3, 1))
        case "year" if not number:
            return Period.year(year)
    return None


def offered(today: date) -> list[Period]:
    """Return the periods that the page offers: the twelve months up to now, and this and the last month, quarter and year."""
    month = first_of_month(today)
    return [
        Period.rolling(month),
        Period.month(month),
        Period.month(add_months(month, -1)),
        Period.quarter(month),
        Period.quarter(add_months(month, -3)),
        Period.year(today.year),
        Period.year(today.year - 1),
    ]
