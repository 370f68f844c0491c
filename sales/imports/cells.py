"""What the cells of the ledger's files say: numbers and dates as programs of many countries write them.

Nothing here asks the database. The cells of a file repeat themselves, so each reading is kept for the next one.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.validation import BadValue
from sales.values import CENT, to_the_cent

_FOUR_DIGITS = Decimal("0.0001")
EIGHT_DIGITS = Decimal("0.00000001")
_MOST_QUANTITY = Decimal(10) ** 12
_MOST_RATE = Decimal(10) ** 8
_KEPT = 1 << 14
"""Readings kept: prices, quantities, days."""

_BLANKS = str.maketrans({"−": "-", "‒": "-", "–": "-", "’": None, "'": None, "\u00a0": None, "\u202f": None, "\u2009": None, " ": None})
_MONEY_SIGN = re.compile(r"^(?:[€$£¥₽₴₸₹₺]|[A-Z]{3})|(?:[€$£¥₽₴₸₹₺]|[A-Z]{3}|руб\.?|р\.)$")
_DIGITS = re.compile(r"-?\d+(?:\.\d*)?|-?\.\d+", re.ASCII)
_THOUSANDS = re.compile(r"-?\d{1,3}(?:S\d{3})+".replace("S", "[.,]"), re.ASCII)
_TIME = re.compile(r"(.{6,}?)[T ]\s*\d{1,2}:\d{2}.*", re.ASCII)

POINT, COMMA = "point", "comma"
"""The decimal sign of a file, where somebody says it; else it is read off each number."""


def money(given: str, sign: str = "") -> Decimal:
    """Return an amount, rounded to the cent (halves away from zero). Raises `BadValue`."""
    return to_the_cent(number(given, sign))


def quantity(given: str, sign: str = "") -> Decimal:
    """Return a quantity with four digits behind the point. Raises `BadValue`."""
    found = number(given, sign)
    if abs(found) >= _MOST_QUANTITY:
        raise BadValue("number", _("Give a number, for example 12.5."))
    return found.quantize(_FOUR_DIGITS, ROUND_HALF_UP) + 0


def rate(given: str, sign: str = "") -> Decimal:
    """Return what one unit of a currency is worth in the company's. Raises `BadValue`."""
    found = number(given, sign).quantize(EIGHT_DIGITS, ROUND_HALF_UP)
    if not 0 < found < _MOST_RATE:
        raise BadValue("rate", _("Give the rate as a number above zero, like 0.9154."))
    return found


def hours(given: str, sign: str = "") -> Decimal:
    """Return hours, zero or more. Raises `BadValue`."""
    found = number(given, sign).quantize(CENT, ROUND_HALF_UP)
    if not 0 <= found < 10**6:
        raise BadValue("number", _("Give the hours as a number, for example 1.5."))
    return found


@lru_cache(_KEPT)
def number(given: str, sign: str = "") -> Decimal:
    """Return a number with its decimal point or comma, thousands parted or not, a currency before or behind, in brackets or
    with a minus at the end where it is negative. `sign` says which decimal sign the file has; without it "1,234" is refused,
    for it may be either. Raises `BadValue`.
    """
    text = given.translate(_BLANKS)
    negative = len(text) > 2 and ((text[0] == "(" and text[-1] == ")") or text[-1] == "-")
    if negative:
        text = text[1:-1] if text[0] == "(" else text[:-1]
    text = _MONEY_SIGN.sub("", text)
    plain = _with_a_point(text, sign)
    if len(plain) > 40 or not _DIGITS.fullmatch(plain):
        raise BadValue("number", _("Give a number, for example 1250.50."))
    found = Decimal(plain)
    return -found if negative else found


def _with_a_point(text: str, sign: str) -> str:
    commas, points = text.count(","), text.count(".")
    if not commas and (points == 0 or (points == 1 and sign != COMMA)):
        return text
    if commas and points:
        decimal = "," if text.rindex(",") > text.rindex(".") else "."
        whole, _sign, rest = text.rpartition(decimal)
        return f"{re.sub('[.,]', '', whole)}.{rest}" if _THOUSANDS.fullmatch(whole) else text
    if commas + points > 1 or (sign == POINT and commas) or (sign == COMMA and points):
        return re.sub("[.,]", "", text) if _THOUSANDS.fullmatch(text) else text + "?"
    if not sign and _THOUSANDS.fullmatch(text) and not text.lstrip("-").startswith("0"):
        raise BadValue("decimal_sign", _("This may be thousands or a fraction. Say beside the columns which decimal sign the file has."))
    return text.replace(",", ".")


@lru_cache(_KEPT)
def day(given: str, *, month_first: bool = False) -> date:
    """Return a date as `clients.validation.day` reads it, or as 20261124; a time of day behind it is left aside.
    `month_first`: 11/24/2026. Raises `BadValue`.
    """
    text = given.strip()
    if timed := _TIME.fullmatch(text):
        text = timed[1].strip()
    if len(text) == 8 and text.isascii() and text.isdigit():
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    elif month_first and "-" not in text:
        try:
            text = datetime.strptime(text.replace(".", "/"), "%m/%d/%Y").date().isoformat()  # noqa: DTZ007  a day has no zone
        except ValueError:
            raise BadValue("date", _("Write the date like 11/24/2026.")) from None
    found = validation.day(text)
    if found is None:
        raise BadValue("date", _("Write the date like 2026-11-24."))
    return found


@lru_cache(_KEPT)
def currency(given: str) -> str:
    """Return the ISO 4217 code of a currency. Raises `BadValue`."""
    code = given.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code, re.ASCII):
        raise BadValue("currency", _("Give the currency by its three letters, like EUR."))
    return code
