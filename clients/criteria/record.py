"""What the criteria look at: the values of one client, saved or not, as they stand at this moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from clients.freshness import Freshness

if TYPE_CHECKING:
    from clients.models import Client, Contact

_NEVER_ASKED = {"sort_name", "sort_city", "search_text", "search_digits", "search_keys"}
REFERENCES = tuple((name, f"{name}_id") for name in ("source", "industry", "manager", "line_of_business", "referrer"))


class ContactFacts(NamedTuple):
    """What the criteria may ask of one contact."""

    is_main: bool
    is_head: bool
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    updated_at: datetime | None


class Record:
    """The facts of one client. A snapshot: later changes of the client do not reach it.

    `values` are by attribute (references as `source_id` …); `waived` says until when a fact need not be met;
    `registered` is the day or the moment of registration, None for a client that is being registered now.
    """

    __slots__ = ("_freshness", "contacts", "registered", "values", "waived")

    def __init__(
        self,
        values: dict[str, Any],
        contacts: Iterable[ContactFacts] = (),
        *,
        waived: Mapping[str, date] | None = None,
        registered: date | None = None,
    ) -> None:
        self.values = values
        self.contacts = tuple(contacts)
        self.waived = waived or {}
        self.registered = registered
        self._freshness: Freshness | None = None

    @property
    def freshness(self) -> Freshness:
        """How sure we are of each fact; read when a criterion first asks for the age of one."""
        if self._freshness is None:
            self._freshness = Freshness.of_values(self.values)
        return self._freshness

    @classmethod
    def of(cls, client: Client, contacts: Iterable[Contact] | None = None, *, waived: Mapping[str, date] | None = None) -> Record:
        """Return the record of `client`; contacts and waivers are read (prefetched ones are used) unless given."""
        for name in client.get_deferred_fields() - _NEVER_ASKED:
            getattr(client, name)
        if contacts is None:
            contacts = client.contacts.all() if client.pk else ()
        if waived is None:
            waived = {one.fact: one.until for one in client.waivers.all() if one.ended_at is None} if client.pk else {}
        return cls(
            dict(client.__dict__),
            [ContactFacts(one.is_main, one.is_head, tuple(one.phones), tuple(one.emails), one.updated_at) for one in contacts],
            waived=waived,
            registered=client.created_at,
        )

    @classmethod
    def of_values(
        cls,
        values: Mapping[str, Any],
        contacts: Iterable[Mapping[str, Any]] = (),
        *,
        registered_on: date | None = None,
        waived: Mapping[str, date] | None = None,
    ) -> Record:
        """Return the record of a client that is not saved: a form, a row of an import.

        References may be given as `source_id` or as `source` (an id or a model instance).
        """
        found = dict(values)
        for name, column in REFERENCES:
            if name in found:
                found[column] = getattr(found[name], "pk", found[name]) or None
        return cls(
            found,
            [
                ContactFacts(
                    bool(one.get("is_main")), bool(one.get("is_head")), tuple(one.get("phones") or ()), tuple(one.get("emails") or ()), None
                )
                for one in contacts
            ],
            waived=waived,
            registered=registered_on,
        )
