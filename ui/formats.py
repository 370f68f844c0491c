"""How figures, money, dates and phones are written in the reader's language.

Babel knows what each language does (CLDR); we keep look.md's two rules above it: a real minus "−" and a no-break
space before % and units.
"""

import datetime
import re
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel import Locale
from babel import dates as babel_dates
from babel import numbers as babel_numbers
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
QUIET_DAYS = 60  # from so many days on, a date in the past also says how long ago it was


@lru_cache
def _locale(language: str) -> Locale:
    # plain English in Babel is American; ours writes "24 Nov", as its readers in Europe do
    return Locale.parse({"en": "en_GB"}.get(language, language).replace("-", "_"))


def locale() -> Locale:
    """Return the reader's locale."""
    return _locale(get_language() or "en")


def _ours(text: str) -> str:
    # French groups digits with a narrow space, which Inter draws so thin that "84 200" reads as one number
    return text.replace("-", MINUS).replace("\N{NARROW NO-BREAK SPACE}", NBSP)


def number(value: float | Decimal, digits: int = 0) -> str:
    """Return `value` with `digits` decimals and the separators of the language."""
    return _number(value, digits, locale())


@lru_cache(maxsize=4096)  # Babel takes a fifth of a millisecond, and a page shows the same figures over and over
def _number(value: float | Decimal, digits: int, language: Locale) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return _ours(babel_numbers.format_decimal(value, pattern, locale=language))


def percent(value: float | Decimal, digits: int = 0) -> str:
    """Return `value` (92 for 92 %) with its sign."""
    return f"{number(value, digits)}{NBSP}%"


def exact_percent(value: Decimal) -> str:
    """Return `value` with its sign and with as many decimals as it has: "10 %", "12.5 %"."""
    return percent(value, max(0, -int(value.normalize().as_tuple().exponent)))


def money(value: Decimal | int, currency: str, digits: int = 0) -> str:
    """Return an amount with its currency as the language writes it: "€84,200", "84 200 €"."""
    return _money(value, currency, digits, locale())


@lru_cache(maxsize=4096)
def _money(value: Decimal | int, currency: str, digits: int, language: Locale) -> str:
    pattern = language.currency_formats["standard"].pattern.split(";")[0].replace("0.00", "0" + ("." + "0" * digits if digits else ""))
    text = _ours(babel_numbers.format_currency(value, currency, pattern, locale=language, currency_digits=False))
    return re.sub(r"([A-Z]{3})(?=\d)", rf"\1{NBSP}", text)  # "RUB 1,184": a code, unlike a sign, wants a space


def sign_of(currency: str) -> str:
    """Return the sign of a currency as the language writes it: "€", or the code where there is none."""
    return babel_numbers.get_currency_symbol(currency, locale=locale())


@lru_cache(maxsize=4096)
def phone(value: str) -> str:
    """Return an E.164 number as people write it; what is not a number comes back as it is."""
    try:
        parsed = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace(" ", NBSP)


def local(value: datetime.date) -> datetime.date:
    """Return `value` in the reader's time zone; a plain date stays as it is."""
    return timezone.localtime(value) if isinstance(value, datetime.datetime) and timezone.is_aware(value) else value


def _date_of(value: datetime.date) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _short(value: datetime.date, today: datetime.date) -> str:
    """ "3 Nov", or "3 Nov 2024" in another year."""
    return _skeleton("MMMd" if value.year == today.year else "yMMMd", _date_of(value), locale())


@lru_cache(maxsize=4096)
def _skeleton(skeleton: str, value: datetime.date, language: Locale) -> str:
    return babel_dates.format_skeleton(skeleton, value, locale=language).replace(" ", NBSP)


def clock(value: datetime.datetime) -> str:
    """Return the time of day of a local `value`: "10:30"."""
    return _clock(value.hour, value.minute, locale())


@lru_cache(maxsize=4096)  # a week of the calendar says hundreds of times, most of them the same few
def _clock(hour: int, minute: int, language: Locale) -> str:
    return babel_dates.format_time(datetime.time(hour, minute), "HH:mm", locale=language)


def day(value: datetime.date, now: datetime.datetime | None = None) -> str:
    """Return "today 10:30", "tomorrow 10:30", "yesterday", "Tue 24 Nov" within a week ahead, "3 Nov", "3 Nov 2024"."""
    value = local(value)
    today = timezone.localtime(now).date()
    date = _date_of(value)
    time = clock(value) if isinstance(value, datetime.datetime) else ""
    match (date - today).days:
        case 0:
            return _("today {time}").format(time=time) if time else _("today")
        case 1:
            return _("tomorrow {time}").format(time=time) if time else _("tomorrow")
        case -1:
            return _("yesterday {time}").format(time=time) if time else _("yesterday")
        case days if 1 < days < 7:
            weekday = babel_dates.format_skeleton("MMMEd", date, locale=locale()).replace(",", "")
            return weekday.replace(" ", NBSP)
    return _short(date, today)


def named(name: object, what: object) -> str:
    """Return "name: what", with the colon as the language sets it (French puts a no-break space before it)."""
    return _("{name}: {what}").format(name=name, what=what)


def weekday(number: int, *, short: bool = False) -> str:
    """Return an ISO weekday (1 is Monday) as it stands within a sentence: "Monday", "понедельник"; short "Mon", "пн"."""
    return str(babel_dates.get_day_names("abbreviated" if short else "wide", locale=locale())[number - 1])


def on_day(value: datetime.date) -> str:
    """Return the day alone, for "on that day by somebody": "today", "yesterday", "3 Nov", "3 Nov 2024"."""
    return day(_date_of(local(value)))


def month(value: datetime.date, now: datetime.datetime | None = None) -> str:
    """Return the month of `value` as a heading: "This month", "October", "October 2024"."""
    date, today = _date_of(local(value)), timezone.localtime(now).date()
    if (date.year, date.month) == (today.year, today.month):
        return _("This month")
    # LLLL is the month as it stands alone: "октябрь", not "октября"
    name = babel_dates.format_date(date, "LLLL" if date.year == today.year else "LLLL y", locale=locale())
    return name[:1].upper() + name[1:]


def ago(value: datetime.date, now: datetime.datetime | None = None) -> str:
    """Return a date in the past: "today", "17 Nov", and once it matters "22 Aug, 94 days"."""
    today = timezone.localtime(now).date()
    date = _date_of(local(value))
    days = (today - date).days
    if days == 0:
        return _("today")
    if days < QUIET_DAYS:
        return _short(date, today)
    return (
        ngettext("{date}, {days} day", "{date}, {days} days", days)
        .format(date=_short(date, today), days=number(days))
        .replace(f"{number(days)} ", f"{number(days)}{NBSP}")
    )


def how_long_ago(value: datetime.date, now: datetime.datetime | None = None) -> str:
    """Return how long ago a date in the past was, in one measure: "today", "12 days ago", "14 months ago", "3 years ago"."""
    today, date = timezone.localtime(now).date(), _date_of(local(value))
    days = (today - date).days
    if days <= 0:
        return _("today")
    if days < QUIET_DAYS:
        return ngettext("{days} day ago", "{days} days ago", days).format(days=days).replace(" ", NBSP)
    months = (today.year - date.year) * 12 + today.month - date.month - (today.day < date.day)
    if months < 36:
        return ngettext("{months} month ago", "{months} months ago", months).format(months=months).replace(" ", NBSP)
    return ngettext("{years} year ago", "{years} years ago", months // 12).format(years=months // 12).replace(" ", NBSP)


def is_quiet(value: datetime.datetime, now: datetime.datetime | None = None) -> bool:
    """Return whether `value` lies so many days back that `ago` says how many."""
    return ((now or timezone.now()) - value).days >= QUIET_DAYS


def is_late(value: datetime.datetime, now: datetime.datetime | None = None) -> bool:
    """Return whether `value` lies before now."""
    return value < (now or timezone.now())


def due(value: datetime.datetime, now: datetime.datetime | None = None) -> str:
    """Return when something is due; what is late says by how much: "2 days late", "5 h late"."""
    now = now or timezone.now()
    if not is_late(value, now):
        return day(value, now)
    days = (timezone.localtime(now).date() - timezone.localtime(value).date()).days
    if days >= 1:
        return ngettext("{days} day late", "{days} days late", days).format(days=number(days))
    minutes = int((now - value).total_seconds() // 60)
    if minutes >= 60:
        return _("{hours} h late").format(hours=minutes // 60)
    return _("{minutes} min late").format(minutes=minutes) if minutes else _("due now")


def stamp(value: datetime.datetime, now: datetime.datetime | None = None) -> str:
    """Return a day with its time, for lists of what happened: "today 10:30", "17 Nov, 15:04"."""
    here = local(value)
    assert isinstance(here, datetime.datetime)
    today = timezone.localtime(now).date()
    return day(value, now) if here.date() == today else f"{_short(here.date(), today)}, {clock(here)}"


def full(value: datetime.date) -> str:
    """Return a date in full: "24 November 2026", "24 November 2026, 10:30"."""
    value = local(value)
    date = _long(_date_of(value), locale())
    return f"{date}, {clock(value)}" if isinstance(value, datetime.datetime) else date


@lru_cache(maxsize=4096)
def _long(value: datetime.date, language: Locale) -> str:
    return babel_dates.format_date(value, "long", locale=language)
