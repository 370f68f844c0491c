"""May it be here already? Clients that a new one may be: asked while somebody types, and again when it is registered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from clients.duplicates.reasons import Code, Reason, in_words
from clients.models import Client, DuplicateSettings
from clients.search import Why, find_clients

MOST = 5
_LEAST_NAME = 4
_BY_NAME = {Why.SAME_NAME, Why.NAME_BEGINS, Why.WORDS, Why.SOUND, Why.ALIKE}
_BY_MAIL = {Why.SAME_KEY, Why.KEY, Why.CONTACT}


@dataclass(frozen=True)
class Alike:
    """A client of the registry that may be the same, how sure that is (0 to 100) and why."""

    client: Client
    score: int
    reasons: Sequence[Reason]

    @property
    def why(self) -> str:
        """The reasons as a person reads them."""
        return ", ".join(in_words(self.reasons))


def clients_alike(user: User, values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = ()) -> list[Alike]:
    """Return up to five clients that `values` (as a service keeps them) may mean, the surest first; archived ones too."""
    found: dict[int, list[Reason]] = {}
    for ids, reason in _candidates(values, contacts):
        for client_id in ids:
            found.setdefault(client_id, []).append(reason)
    clients = Client.objects.visible_to(user).filter(erased_at=None, merged_into=None).select_related("manager").in_bulk(found)
    alike = [_alike(clients[client_id], reasons, values) for client_id, reasons in found.items() if client_id in clients]
    return sorted(alike, key=lambda one: -one.score)[:MOST]


def surely_alike(user: User, values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = ()) -> list[Alike]:
    """Return those of `clients_alike` that are as alike as management wants pairs to be looked at."""
    least = DuplicateSettings.current().review_from
    return [one for one in clients_alike(user, values, contacts) if one.score >= least]


def _alike(client: Client, reasons: list[Reason], values: Mapping[str, Any]) -> Alike:
    city = values.get("city", "")
    if city and city.casefold() == client.city.casefold():
        reasons = [*reasons, (Code.CITY, city)]
    named = round(100 * SequenceMatcher(None, values.get("full_name", "").casefold(), client.full_name.casefold()).ratio())
    by_name: Reason = (Code.NAME, "") if named == 100 else (Code.NAME_ALIKE, named)
    told = [by_name if code == Code.NAME_ALIKE else (code, detail) for code, detail in reasons]
    return Alike(client, _score({code for code, _detail in told}), told)


def _score(codes: set[str | int]) -> int:
    if codes & {Code.TAX_NUMBER, Code.OWN_ID, Code.EMAIL}:
        return 99
    if codes >= {Code.PHONE, Code.NAME}:
        return 97
    if codes >= {Code.NAME, Code.CITY}:
        return 90
    return 85 if Code.PHONE in codes else 75 if Code.NAME in codes else 60


def _candidates(values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[list[int], Reason]]:
    if tax_number := values.get("tax_number"):
        yield _ids(Client.objects.filter(tax_number__iexact=tax_number)), (Code.TAX_NUMBER, tax_number)
    if own_id := values.get("external_id"):
        yield _ids(Client.objects.filter(external_id=own_id)), (Code.OWN_ID, own_id)
    people = list(contacts)
    for phone in _first([*values.get("phones", ()), *(phone for one in people for phone in one.get("phones", ()))]):
        yield [hit.client_id for hit in find_clients(phone, limit=MOST, archived=True) if hit.why is Why.PHONE], (Code.PHONE, phone)
    for email in _first([*values.get("emails", ()), *(email for one in people for email in one.get("emails", ()))]):
        yield [hit.client_id for hit in find_clients(email, limit=MOST, archived=True) if hit.why in _BY_MAIL], (Code.EMAIL, email)
    name = values.get("full_name", "")
    if len(name) >= _LEAST_NAME:
        for hit in find_clients(name, limit=MOST, archived=True):
            if hit.why in _BY_NAME:
                yield [hit.client_id], (Code.NAME, "") if hit.why is Why.SAME_NAME else (Code.NAME_ALIKE, 0)


def _ids(clients: QuerySet[Client]) -> list[int]:
    """In place of clients that were merged, those that they were merged into."""
    return list(clients.values_list(Coalesce("merged_into", "pk"), flat=True)[:MOST])


def _first(values: list[str]) -> list[str]:
    """The first two: each costs a search, and the third phone seldom tells what the first two do not."""
    return list(dict.fromkeys(values))[:2]
