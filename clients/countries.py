"""Countries by ISO 3166 code, named in the three languages of the interface (names: Unicode CLDR through Babel)."""

from functools import cache

from babel import Locale
from django.utils.translation import get_language

LANGUAGES = ("en", "fr", "ru")
# Names in common use that CLDR does not give, folded as `_fold` does.
_ALSO = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "usa": "US",
    "united states of america": "US",
    "u.s.a.": "US",
    "eire": "IE",
    "rsa": "ZA",
    "uae": "AE",
    "holland": "NL",
    "the netherlands": "NL",
    "russian federation": "RU",
    "рф": "RU",
    "российская федерация": "RU",
    "россия (рф)": "RU",
    "сша": "US",
    "оаэ": "AE",
    "korea": "KR",
    "south korea": "KR",
    "czech republic": "CZ",
    "turkey": "TR",
    "belarus": "BY",
    "белоруссия": "BY",
    "états-unis d’amérique": "US",
    "etats-unis": "US",
}
_NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB"}
BLANKS = frozenset({"unspecified", "unknown", "n/a", "-", "–", "none", "не указано", "non précisé", "inconnu"})


def _fold(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split())


@cache
def country_names(language: str) -> dict[str, str]:
    """Return code -> name in `language`, in the order of the names."""
    territories = Locale.parse(language).territories
    names = {code: name for code, name in territories.items() if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES}
    return dict(sorted(names.items(), key=lambda item: _fold(item[1])))


def country_name(code: str) -> str:
    """Return the country's name in the language in force, or the code where it is not known."""
    return country_names((get_language() or "en")[:2] if (get_language() or "en")[:2] in LANGUAGES else "en").get(code, code)


@cache
def _codes_by_name() -> dict[str, str]:
    codes = {_fold(name): code for language in LANGUAGES for code, name in country_names(language).items()}
    return codes | {_fold(name): code for name, code in _ALSO.items()}


def country_code(name: str) -> str | None:
    """Return the code of a country given by code or by name in any of the three languages; None if unknown."""
    text = name.strip()
    if len(text) == 2 and text.upper() in country_names("en"):
        return text.upper()
    return _codes_by_name().get(_fold(text))
