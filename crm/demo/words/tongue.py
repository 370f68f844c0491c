"""What a language brings to the demo company: names, places and things that people write down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True)
class Place:
    """A town; the phone prefix leads to numbers that are kept for fiction, or that nobody can have."""

    city: str
    region: str
    postal_code: str
    phone: str
    """E.164 but for the last digits, which stand as #."""


@dataclass(frozen=True)
class Person:
    """A person's name as their country writes it, and how it looks in an address."""

    full_name: str
    mailbox: str


@dataclass(frozen=True)
class Notes:
    """What managers note after a touch."""

    reached: tuple[str, ...]
    meeting: tuple[str, ...]
    email: tuple[str, ...]
    no_answer: tuple[str, ...]
    busy: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Tongue:
    """One language of clients."""

    code: str
    country: str
    time_zone: str
    mobile: str
    mailboxes: tuple[str, ...]
    """What stands before the @ of an organisation."""
    places: tuple[Place, ...]
    person: Callable[[Random], Person]
    organisation: Callable[[Random], tuple[str, str]]
    """Returns the full name with its legal form, and the name that people use."""
    street: Callable[[Random], str]
    positions: tuple[str, ...]
    heads: tuple[str, ...]
    things: tuple[str, ...]
    """What they buy; stands after a colon in notes as {thing}, {n} is a number."""
    notes: Notes
    next_steps: tuple[str, ...]
    no_next_step: tuple[str, ...]
    went_well: tuple[str, ...]
    went_wrong: tuple[str, ...]
    stands_now: tuple[str, ...]
    archived: tuple[str, ...]
    contact_notes: tuple[str, ...] = field(default=())
