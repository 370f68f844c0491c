"""Countries, currencies and time zones to choose from, named in the reader's language (Babel, CLDR)."""

import zoneinfo
from functools import lru_cache

import phonenumbers
from babel.core import get_global

from ui.formats import locale

type Choices = list[tuple[str, str]]


def countries() -> Choices:
    """Return (ISO 3166 code, name) by name: the countries whose telephone numbers can be read."""
    return _countries(str(locale()))


def currencies() -> Choices:
    """Return (ISO 4217 code, "EUR, euro") by code: the currencies that some country pays with today."""
    return _currencies(str(locale()))


@lru_cache
def time_zones() -> Choices:
    """Return (IANA name, name for people) by name; old aliases ("EST5EDT", "Etc/…") are left out."""
    continents = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    names = sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in continents)
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


@lru_cache
def _countries(_language: str) -> Choices:
    names = locale().territories
    return sorted(((code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS), key=lambda choice: _fold(choice[1]))


@lru_cache
def _currencies(_language: str) -> Choices:
    names = locale().currencies
    in_use = {
        code
        for history in get_global("territory_currencies").values()
        for code, _since, until, tender in history
        if until is None and tender
    }
    return [(code, f"{code}, {names[code]}" if code in names else code) for code in sorted(in_use)]


def _fold(name: str) -> str:
    """Order "Îles Féroé" under I and "Åland" under A."""
    import unicodedata

    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() or name.lower()
