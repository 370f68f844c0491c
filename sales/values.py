"""One value at a time: from what people type to what the ledger keeps, as `clients.validation` does it for the registry.

Nothing here asks the database, so a row of an import costs no query.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clients.validation import BadValue, text

CENT = Decimal("0.01")
_MOST_MONEY = Decimal(10) ** 14
_SIGNS = str.maketrans({"−": "-", "‒": "-", "–": "-", "٫": ".", "’": "", "'": "", "\u00a0": "", "\u202f": "", " ": ""})
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}\Z", re.ASCII)
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)\Z", re.ASCII)


def money(value: object) -> Decimal | None:
    """Return an amount with at most two digits behind the point; empty is None.

    Thousands may be parted by spaces or apostrophes, or by the sign that is not the decimal one: "1.234,50" and "1,234.50"
    are the same. "1,234" alone is a thousand in English, and is refused where the comma is the decimal sign.
    """
    number = _decimal(value, BadValue("money", _("Write an amount like 1250.50.")))
    if number is None:
        return None
    if isinstance(value, str) and _MAY_BE_THOUSANDS.match(_bare(value)) and not _in_english(value):
        raise BadValue("money", _("This may be thousands or cents; write it like 1250.00 or 1.25."))
    if abs(number) >= _MOST_MONEY:
        raise BadValue("money", _("This is more money than can be kept."))
    return _at_most(number, 2, BadValue("money", _("Write an amount with at most two digits behind the point, like 1250.50.")))


def to_the_cent(amount: Decimal) -> Decimal:
    """Round to the cent, halves away from zero, as the database does. Raises `BadValue` where it is more than can be kept."""
    if abs(amount) >= _MOST_MONEY:
        raise BadValue("money", _("This is more money than can be kept."))
    return amount.quantize(CENT, ROUND_HALF_UP) + 0  # no minus before a zero


def rate(value: object) -> Decimal | None:
    """Return what one unit of another currency is worth in the company's: above zero, eight digits behind the point."""
    wrong = BadValue("rate", _("Give the rate as a number above zero, like 0.9154."))
    number = _decimal(value, wrong)
    if number is None:
        return None
    number = round(number, 8)
    if not 0 < number < 10**8:
        raise wrong
    return number


def quantity(value: object) -> Decimal | None:
    """Return a quantity with at most four digits behind the point; empty is None."""
    wrong = BadValue("number", _("Give a number, for example 12.5."))
    number = _decimal(value, wrong)
    if number is None:
        return None
    if abs(number) >= 10**12:
        raise wrong
    return _at_most(number, 4, wrong)


def hours(value: object) -> Decimal | None:
    """Return hours, zero or more, with at most two digits behind the point; empty is None."""
    wrong = BadValue("number", _("Give the hours as a number, for example 1.5."))
    number = _decimal(value, wrong)
    if number is None:
        return None
    if not 0 <= number < 10**6:
        raise wrong
    return _at_most(number, 2, wrong)


def weight(value: object) -> Decimal | None:
    """Return a weight beside others, zero or more; empty is None."""
    wrong = BadValue("number", _("Give a weight of zero or more, for example 2.5."))
    number = _decimal(value, wrong)
    if number is None:
        return None
    if not 0 <= number < 10**10:
        raise wrong
    return _at_most(number, 4, wrong)


def percent(value: object) -> Decimal | None:
    """Return a share of a hundred with at most two digits behind the point, with or without its sign; empty is None."""
    wrong = BadValue("percent", _("Give a percentage from 0 to 100, for example 12.5."))
    number = _decimal(value.strip().removesuffix("%") if isinstance(value, str) else value, wrong)
    if number is None:
        return None
    if not 0 <= number <= 100:
        raise wrong
    return _at_most(number, 2, wrong)


def currency(value: object) -> str:
    """Return a currency by its ISO 4217 code; empty stays empty."""
    given = text(value, limit=10).upper()
    if given and not re.fullmatch(r"[A-Z]{3}", given, re.ASCII):
        raise BadValue("currency", _("Give the currency by its three letters, like EUR."))
    return given


def _decimal(value: object, wrong: BadValue) -> Decimal | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) or len(str(value)) > 40:
        raise wrong
    if isinstance(value, str):
        given = _with_a_point(_bare(value))
        if not _PLAIN.match(given):
            raise wrong
    else:
        given = str(value)
    try:
        number = Decimal(given)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or abs(number) >= 10**16:
        raise wrong
    return number + 0  # no minus before a zero


def _in_english(value: str) -> bool:
    return "," in value and (get_language() or "en").startswith("en")


def _bare(value: str) -> str:
    return value.strip().translate(_SIGNS)


def _with_a_point(given: str) -> str:
    """Return a number as text with its decimal sign a point and nothing between thousands."""
    if "," in given and "." in given:
        decimal, thousands = (",", ".") if given.rindex(",") > given.rindex(".") else (".", ",")
        whole = given.rpartition(decimal)[0].split(thousands)
        return given.replace(thousands, "").replace(decimal, ".") if _are_thousands(whole) else given
    sign = "," if "," in given else "."
    parts = given.split(sign)
    comma_parts_thousands = sign == "," and _in_english(given)
    if _are_thousands(parts) and (len(parts) > 2 or (len(parts) == 2 and comma_parts_thousands)):
        return "".join(parts)
    return given.replace(",", ".")


def _are_thousands(parts: list[str]) -> bool:
    return 1 <= len(parts[0].lstrip("+-")) <= 3 and all(len(part) == 3 for part in parts[1:])


def _at_most(number: Decimal, digits: int, wrong: BadValue) -> Decimal:
    rounded = round(number, digits)
    if rounded != number:
        raise wrong
    return rounded
