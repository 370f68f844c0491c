"""By which keys two clients meet: only those that share one are ever compared.

A key is a hash of a fact that tells much alone (a phone), or of two that tell it together (a word of the name and the
city). Each likely way of writing a client differently must leave it one key at least. The lowest bit says whether the key
is strong: a registry of a million has so many clients that share a weak one that they meet by several only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from clients.duplicates.folding import sound
from clients.duplicates.parts import TELLING, Name, Parts

MOST_IN_BLOCK = 40
"""A key that more clients share tells too little: those that are one share another key too."""
_LARGE = 50_000
_END = 3
_WORDS = 2
_WORDS_OF_PERSON = 3
_NUMBERS = 2

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meeting:
    """How two clients of a registry meet: how many may share a weak key, and how many of them two clients must share."""

    most_weak: int
    least_weak: int

    @classmethod
    def in_registry_of(cls, clients: int) -> Meeting:
        """Return what suits a registry of so many clients."""
        return cls(12, 4) if clients > _LARGE else cls(MOST_IN_BLOCK, 1)


def keys_of(parts: Parts) -> set[int]:
    """Return the keys of a client, as the database keeps them."""
    strong = {_hashed(key) | 1 for key in (*_alone(parts), *_of_address(parts), *_of_people(parts))}
    weak = {_hashed(key) & ~1 for key in (*_of_names(parts), *_of_streets(parts), *_of_contacts(parts))}
    return strong | weak


def _hashed(key: Key) -> int:
    return int.from_bytes(blake2b("|".join(key).encode(), digest_size=8).digest(), signed=True)


def _alone(parts: Parts) -> Iterator[Key]:
    if parts.tax_number:
        yield "tax", parts.tax_number
    if parts.own_id:
        yield "own", parts.own_id
    yield from (("phone", phone) for phone in parts.phones)
    yield from (("mail", mail) for mail in parts.emails)
    if not parts.person:
        yield from (("domain", domain) for domain in parts.domains)


def _of_address(parts: Parts) -> Iterator[Key]:
    longest = _longest(parts)
    for place in _places(parts):
        if longest:
            yield from (("address", number, longest, *place) for number in _numbers(parts))


def _of_people(parts: Parts) -> Iterator[Key]:
    if parts.birth_date:
        born = parts.birth_date.isoformat()
        for name in parts.names[:1]:
            yield from (("born", born, sound(word)[:2]) for word in name.words[:_WORDS_OF_PERSON])
        yield from (("born", born, *place) for place in _places(parts))
    for contact in parts.contacts:
        if " " in contact and parts.city:
            yield "contact", sound(contact), parts.city


def _of_contacts(parts: Parts) -> Iterator[Key]:
    yield from (("contact", sound(contact)) for contact in parts.contacts if " " in contact)


def _of_names(parts: Parts) -> Iterator[Key]:
    places = _places(parts)
    for name in parts.names:
        telling = _telling(name, _WORDS_OF_PERSON if parts.person else _WORDS)
        yield "name", *sorted(map(sound, telling or name.words))
        if len(name.words) > 1 and not parts.person:
            yield "name", sound(name.joined)
        ends = telling if parts.person else (telling or name.words)[:1]
        for place in places:
            yield from (("word", sound(word), *place) for word in telling or name.words[:1])
            yield from (("begins", sound(word)[:_END], *place) for word in ends)
            if not parts.person:
                yield from (("ends", sound(word)[-_END:], *place) for word in ends)


def _of_streets(parts: Parts) -> Iterator[Key]:
    longest = _longest(parts)
    if longest and parts.person:
        for name in parts.names[:1]:
            yield from (("neighbour", longest, sound(word)) for word in name.words[:_WORDS_OF_PERSON])
    if longest and not parts.person:
        yield from (("address", number, longest) for number in _numbers(parts))
    if parts.postcode:
        yield from (("number", number, parts.postcode) for number in _numbers(parts))
        if longest and parts.person:
            yield "street", longest, parts.postcode


def _places(parts: Parts) -> list[Key]:
    return [(kind, place) for kind, place in (("city", sound(parts.city)), ("postcode", parts.postcode)) if place]


def _numbers(parts: Parts) -> list[str]:
    return sorted(parts.numbers)[:_NUMBERS]


def _longest(parts: Parts) -> str:
    return sound(max(parts.street, key=lambda word: (len(word), word), default=""))


def _telling(name: Name, most: int) -> list[str]:
    """The words of a name that tell the most of it."""
    ranked = sorted(zip(name.weights, name.words, strict=True), key=lambda pair: (-pair[0], pair[1]))
    return [word for weight, word in ranked[:most] if weight >= TELLING]
