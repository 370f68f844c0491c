"""One value at a time: from what people type to what the registry keeps.

Each function takes any text and returns the kept form, or raises `BadValue` with a code and what to do.
Nothing here asks the database, so a row of an import costs no query.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength
from stdnum.exceptions import ValidationError as NumberError

from clients import countries

_valid_email = EmailValidator()
_valid_url = URLValidator(schemes=["http", "https"])
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SEPARATORS = re.compile(r"[\s.\-/·]+")
_YEARS = range(1900, 2201)
# Numbers that companies give as their tax number besides the one for VAT.
_ALSO_ACCEPTED = {
    "fr": ("siren", "siret"),
    "us": ("ein",),
    "de": ("stnr",),
    "gb": ("utr",),
    "ua": ("edrpou", "rntrc"),
    "ru": ("inn", "ogrn"),
}


class BadValue(ValueError):
    """A value that can't be kept: a stable code and what to do."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


def text(value: object, *, limit: int, lines: bool = False) -> str:
    """Return text in NFC without control characters, stripped; one line unless `lines`."""
    if value is None:
        return ""
    if not isinstance(value, str | int | float):
        raise BadValue("text", _("Give this as text."))
    clean = plain(str(value), lines=lines)
    if len(clean) > limit:
        raise BadValue("too_long", _("Shorten this to %(limit)s characters.") % {"limit": limit})
    return clean


def plain(given: str, *, lines: bool = False) -> str:
    """Return `given` in NFC without control characters, stripped; one line unless `lines`. Never refuses."""
    clean = given
    if not given.isprintable() or not unicodedata.is_normalized("NFC", given):  # seldom, and an import asks a million times
        clean = unicodedata.normalize("NFC", _CONTROL.sub("", given.replace("\r\n", "\n")))
    return clean.strip() if lines else " ".join(clean.split())


def phone(value: object, region: str) -> str:
    """Return one phone in E.164; a number without a country code is read as of `region` (ISO 3166)."""
    return _phone(text(value, limit=60), region)


@lru_cache(maxsize=4096)
def _phone(given: str, region: str) -> str:
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        raise BadValue("phone", _("Write the phone with its country code, for example +33 1 42 68 53 00.")) from None
    if not phonenumbers.is_possible_number(number):
        raise BadValue(
            "phone", _("This phone has too few or too many digits; write it with its country code, for example +33 1 42 68 53 00.")
        )
    if number.extension:
        raise BadValue("phone_extension", _("Write the phone without its extension; the note of the contact is the place for that."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def parts(value: object) -> list[object]:
    """Return the entries of a list, or of text with entries parted by commas, semicolons or line breaks."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [part for part in re.split(r"[,;\n|]+", value) if part.strip()]
    if isinstance(value, Iterable) and not isinstance(value, bytes | dict):
        return [part for part in value if part not in (None, "")]
    return [value]


def email(value: object) -> str:
    """Return one e-mail with its domain in lower case."""
    return _email(text(value, limit=254))


@lru_cache(maxsize=4096)
def _email(given: str) -> str:
    given = given.removeprefix("mailto:")
    try:
        _valid_email(given)
    except ValidationError:
        raise BadValue("email", _("Write the e-mail like name@company.com.")) from None
    name, _at, domain = given.rpartition("@")
    return f"{name}@{domain.lower()}"


def website(value: object) -> str:
    """Return an http or https address; "company.com" becomes "https://company.com"."""
    given = text(value, limit=200)
    if not given:
        return ""
    if "://" not in given:
        given = f"https://{given}"
    try:
        _valid_url(given)
    except ValidationError:
        raise BadValue("website", _("Write the web site like company.com.")) from None
    return given


def country(value: object) -> str:
    """Return the ISO 3166 code of a country given by code or name (English, French, Russian); empty stays empty."""
    given = text(value, limit=100)
    if not given or given.casefold() in countries.BLANKS:
        return ""
    code = countries.country_code(given)
    if code is None:
        raise BadValue("country", _("Give the country by its name or two-letter code."))
    return code


def tax_number(value: object, country_code: str) -> str:
    """Return a tax number without separators, checked by the rules of its country where these are known.

    The country is the number's own prefix (as in FR61954506077) or `country_code`; without either, it is kept as given.
    """
    given = _SEPARATORS.sub("", text(value, limit=40)).upper()
    return _tax_number(given, country_code.lower()) if given else ""


@lru_cache(maxsize=4096)
def _tax_number(given: str, country_code: str) -> str:
    if len(given) > 32:
        raise BadValue("too_long", _("Shorten this to %(limit)s characters.") % {"limit": 32})
    prefix = given[:2].lower()
    if prefix.isalpha() and (prefix == country_code or not country_code) and _checks(prefix):
        country_code = prefix
    failures: list[NumberError] = []
    for check in _checks(country_code):
        try:
            check.validate(given)
        except NumberError as failure:
            failures.append(failure)
        else:
            return given
    if not failures:
        return given
    if any(isinstance(failure, InvalidChecksum) for failure in failures):
        raise BadValue("tax_number", _("A digit of the tax number is wrong: its check digit does not fit."))
    if any(isinstance(failure, InvalidLength | InvalidFormat) for failure in failures):
        raise BadValue(
            "tax_number", _("This is not how tax numbers of %(country)s look; check the digits.") % {"country": country_code.upper()}
        )
    raise BadValue("tax_number", _("This tax number does not exist in %(country)s; check the digits.") % {"country": country_code.upper()})


@lru_cache(maxsize=512)
def _checks(country_code: str) -> tuple[Any, ...]:
    if len(country_code) != 2 or not country_code.isalpha() or not country_code.isascii():
        return ()
    found = [get_cc_module(country_code, name) for name in ("vat", *_ALSO_ACCEPTED.get(country_code, ()))]
    return tuple(module for module in found if module is not None)


def day(value: object) -> date | None:
    """Return a date of the years 1900 to 2200, given as a date or as text (ISO, or day.month.year, or day/month/year)."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        found: date | None = value
    else:
        found = _day(text(value, limit=40))
    if found is None or found.year not in _YEARS:
        raise BadValue("date", _("Write the date like 2026-11-24."))
    return found


def _day(given: str) -> date | None:
    try:
        return parse_date(given[:10]) if re.match(r"\d{4}-\d", given) else datetime.strptime(given.replace("/", "."), "%d.%m.%Y").date()  # noqa: DTZ007
    except ValueError:
        return None


def whole_number(value: object, *, most: int = 2_000_000_000) -> int | None:
    """Return a whole number from 0 to `most`; empty is None."""
    if value is None or value == "":
        return None
    given = str(value).replace(" ", "").replace("\u00a0", "").replace("\u202f", "").removesuffix(".0")
    if isinstance(value, bool) or not given.isascii() or not given.isdigit() or len(given) > 12 or int(given) > most:
        raise BadValue("number", _("Give a whole number."))
    return int(given)


_YES = frozenset({"1", "true", "yes", "y", "x", "+", "on", "oui", "vrai", "да", "истина", "✓"})
_NO = frozenset({"0", "false", "no", "n", "-", "off", "non", "faux", "нет", "ложь", ""})


def yes_or_no(value: object) -> bool:
    """Return a yes or no given in any of the three languages; empty is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    given = str(value).strip().casefold()
    if given in _YES:
        return True
    if given in _NO:
        return False
    raise BadValue("yes_or_no", _("Answer yes or no."))


def choice(value: object, choices: dict[str, str | Promise]) -> str:
    """Return one of the keys of `choices`, given as key or as label in any language of the interface."""
    given = text(value, limit=60).casefold()
    if given in choices:
        return given
    for key, label in choices.items():
        if given == str(label).casefold():
            return key
    raise BadValue("choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(str(label) for label in choices.values())})
