"""What a client is compared by: its facts, brought to one spelling.

From a row with its contacts (`parts_of`) or from values that are about to be written (`parts_of_values`); both give the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clients.duplicates import words
from clients.duplicates.folding import fold

if TYPE_CHECKING:
    from clients.models import Client, Contact

COLUMNS = (
    "kind", "full_name", "short_name", "former_names", "tax_number", "external_id", "birth_date", "phones", "emails", "website",
    "address", "city", "region", "postal_code", "country",
)  # fmt: skip
"""The attributes that are read, in this order."""
CONTACT_COLUMNS = ("full_name", "phones", "emails")

Words = Mapping[str, float]
"""Words common in this registry, with what each tells in bits: log2(clients / clients that have it)."""

TELLING = 3.0
"""A word that tells this many bits may bring two clients together by itself."""
_MOST_NAMES = 4
_MOST_WORDS = 10
_MOST_CONTACTS = 12
_TAIL = 9
"""So many last digits of a phone are compared: the national number, however the country or trunk prefix is written."""
_ALNUM = re.compile(r"[\W_]+")
_OTHER_NAMES = re.compile(r"[,;/|\n]+")
_NUMBER = re.compile(r"\d+[a-z]?")
_POSTCODE = re.compile(r"\d{5,6}")
_HOST_PREFIX = re.compile(r"^(?:www\d?|m)\.")


@dataclass(frozen=True, slots=True)
class Name:
    """One name without its legal form."""

    words: tuple[str, ...]
    """In their order, in one spelling each."""
    weights: tuple[float, ...]
    """What each word tells, in bits."""
    joined: str
    """As it was written, without blanks."""

    @property
    def bits(self) -> float:
        """What all of its words tell."""
        return sum(self.weights)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one client is compared by. Empty means unknown: a missing fact is never a different one."""

    person: bool
    names: tuple[Name, ...]
    telling: frozenset[str]
    """The words of all names that tell something."""
    sorted_names: tuple[str, ...]
    tax_number: str
    own_id: str
    birth_date: date | None
    phones: dict[str, str]
    """Compared digits -> phone as kept; those of contacts too."""
    emails: frozenset[str]
    domains: frozenset[str]
    """Of e-mails and of the web site, without those of free mail."""
    host: str
    street: tuple[str, ...]
    numbers: frozenset[str]
    city: str
    city_said: str
    region: str
    postcode: str
    country: str
    contacts: dict[str, str]
    """Words of the name, sorted -> name as kept."""


def parts_of(client: Client, contacts: Iterable[Contact], common: Words | None = None) -> Parts:
    """Return what a client of the registry is compared by."""
    people = [{name: getattr(contact, name) for name in CONTACT_COLUMNS} for contact in contacts]
    return parts_of_values({name: getattr(client, name) for name in COLUMNS}, people, common)


def parts_of_values(values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = (), common: Words | None = None) -> Parts:
    """Return what a client with these values (as a service keeps them) would be compared by."""
    said = values.get
    person = said("kind") == "person"
    country = said("country") or ""
    phones = _phones(said("phones") or ())
    emails = [mail.strip().lower() for mail in said("emails") or ()]
    people: dict[str, str] = {}
    for number, contact in enumerate(contacts):
        if number == _MOST_CONTACTS:
            break
        if folded := person_words(contact.get("full_name") or ""):
            people[" ".join(sorted(folded))] = contact.get("full_name") or ""
        phones |= _phones(contact.get("phones") or ())
        emails += [mail.strip().lower() for mail in contact.get("emails") or ()]
    host = host_of(said("website") or "")
    domains = {domain for mail in emails if (domain := mail.rpartition("@")[2]) not in words.FREE_MAIL}
    city = said("city") or ""
    street, numbers, postcode_within = _street(said("address") or "")
    postcode = _ALNUM.sub("", said("postal_code") or "").lower() or postcode_within
    names = _names(values, person, common or {})
    return Parts(
        person=person,
        names=names,
        telling=frozenset(word for name in names for word, bits in zip(name.words, name.weights, strict=True) if bits >= TELLING),
        sorted_names=tuple(" ".join(sorted(name.words)) for name in names),
        tax_number=tax_number_of(said("tax_number") or "", country),
        own_id=(said("external_id") or "").strip().lower(),
        birth_date=said("birth_date"),
        phones=phones,
        emails=frozenset(emails),
        domains=frozenset(domains | {host} if host else domains),
        host=host,
        street=street,
        numbers=numbers,
        city=city_of(city),
        city_said=city,
        region=_fold(said("region") or ""),
        postcode=postcode,
        country=country,
        contacts=people,
    )


@lru_cache(maxsize=20_000)
def _fold(value: str) -> str:
    return fold(value)


@lru_cache(maxsize=20_000)
def city_of(value: str) -> str:
    """Return a city folded, by one of its names: Köln and Cologne are one."""
    folded = fold(value)
    for before in ("g ", "gorod ", "ville de ", "city of "):
        folded = folded.removeprefix(before)
    return words.CITIES.get(folded, folded)


def _phones(phones: Iterable[str]) -> dict[str, str]:
    kept = {}
    for phone in phones:
        digits = "".join(filter(str.isdigit, phone))
        if len(digits) > 4:
            kept[digits[-_TAIL:]] = phone
    return kept


def tax_number_of(value: str, country: str) -> str:
    """Return a tax number without blanks, without its country before it, and without the number of a branch behind it."""
    number = _ALNUM.sub("", value.partition("/")[0]).upper()
    if number[:2].isalpha() and len(number) > 4 and (not country or number[:2] in {country, "EL"}):
        country, number = country or number[:2], number[2:]
    if country == "FR" and number.isdigit():
        number = number[:9] if len(number) == 14 else number[2:] if len(number) == 11 else number
    return number


def host_of(website: str) -> str:
    """Return the host of a site without www, or nothing where anybody may have a page."""
    if not website:
        return ""
    host = (urlsplit(website if "//" in website else f"//{website}").hostname or "").lower()
    host = _HOST_PREFIX.sub("", host)
    return "" if host in words.FREE_MAIL else host


def person_words(name: str) -> list[str]:
    """Return the words of a person's name without titles."""
    folded = fold(name).split()
    return [word for word in folded if word not in words.TITLES] or folded


def _names(values: Mapping[str, Any], person: bool, common: Words) -> tuple[Name, ...]:
    given = [values.get("full_name") or "", values.get("short_name") or ""]
    given += _OTHER_NAMES.split(values.get("former_names") or "")
    names: dict[tuple[str, ...], Name] = {}
    for one in given:
        if one and (name := _name(one, person, common)).words and len(names) < _MOST_NAMES:
            names.setdefault(name.words, name)
    return tuple(names.values())


def _name(value: str, person: bool, common: Words) -> Name:
    bare = person_words(value) if person else _bare_words(value)
    kept = tuple(dict.fromkeys(bare if person else _canonical(bare)))[:_MOST_WORDS]
    weigh = _weight_in_person if person else _weight_in_company
    return Name(kept, tuple(min(weigh(word), common.get(word, 99.0)) for word in kept), "".join(bare))


def company_words(name: str) -> list[str]:
    """Return the words of a company's name without legal form, articles and "and", in one spelling each."""
    return _canonical(_bare_words(name))


def _bare_words(name: str) -> list[str]:
    folded = fold(name)
    bare = words.LEGAL_PHRASES.sub(" ", folded).split()
    kept = [word for word in bare if word not in words.LEGAL_WORDS and word not in words.JOINERS]
    return kept or [word for word in bare if word not in words.JOINERS] or folded.split()


def _canonical(bare: list[str]) -> list[str]:
    return [one for word in bare for one in words.COMPOUND.get(word, (words.CANON.get(word, word),))]


@lru_cache(maxsize=100_000)
def _weight_in_company(word: str) -> float:
    if word in words.GENERIC:
        return words.GENERIC_BITS
    if word.isdigit():
        return 3.5
    if not word.isascii():
        return min(2.5 * len(word), 8.0)  # a letter of Chinese or Japanese is a word
    return (0.7, 0.7, 2.0, 4.5, 6.0, 6.5, 7.0, 7.5)[min(len(word), 7)]


@lru_cache(maxsize=100_000)
def _weight_in_person(word: str) -> float:
    return (0.5, 0.5, 2.0, 3.5, 4.0, 4.3, 4.6, 5.0)[min(len(word), 7)]


@lru_cache(maxsize=20_000)
def _street(address: str) -> tuple[tuple[str, ...], frozenset[str], str]:
    """Return the telling words of an address, its numbers, and the postcode that stands in it."""
    postcode = ""
    street: list[str] = []
    numbers: list[str] = []
    for word in fold(address).split():
        if _POSTCODE.fullmatch(word):
            postcode = word
        elif _NUMBER.fullmatch(word):
            numbers.append(word)
        elif word not in words.STREET_WORDS:
            street.append(words.STREET_ENDING.sub("", word) or word)
    return tuple(street), frozenset(numbers), postcode
