"""Is it one of these? Clients that a new one may be already: the light question that is asked while somebody types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.models import Client
from clients.search import Why, find_clients

MOST = 5
_LEAST_NAME = 4
_BY_NAME: Mapping[Why, str | Promise] = {
    Why.SAME_NAME: _("same name"),
    Why.NAME_BEGINS: _("name begins alike"),
    Why.WORDS: _("same words in the name"),
    Why.SOUND: _("name by sound"),
    Why.ALIKE: _("similar name"),
}


@dataclass(frozen=True)
class Alike:
    """A client of the registry that may be the same, and why."""

    client: Client
    why: str


def clients_alike(user: User, values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = ()) -> list[Alike]:
    """Return up to five clients that `values` (as a service keeps them) may mean, the surest first; archived ones too."""
    found: dict[int, str] = {}
    for ids, why in _candidates(values, contacts):
        for client_id in ids:
            found.setdefault(client_id, str(why))
        if len(found) >= MOST:
            break
    clients = Client.objects.visible_to(user).filter(erased_at=None).select_related("manager").in_bulk(found)
    return [Alike(clients[client_id], why) for client_id, why in found.items() if client_id in clients][:MOST]


def _candidates(values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[list[int], str | Promise]]:
    if tax_number := values.get("tax_number"):
        yield _ids(Client.objects.filter(tax_number__iexact=tax_number)), _("same tax number")
    if own_id := values.get("external_id"):
        yield _ids(Client.objects.filter(external_id=own_id)), _("same own id")
    people = list(contacts)
    for phone in _first([*values.get("phones", ()), *(phone for one in people for phone in one.get("phones", ()))]):
        yield [hit.client_id for hit in find_clients(phone, limit=MOST, archived=True) if hit.why is Why.PHONE], _("same phone")
    for email in _first([*values.get("emails", ()), *(email for one in people for email in one.get("emails", ()))]):
        keys = {Why.SAME_KEY, Why.KEY, Why.CONTACT}
        yield [hit.client_id for hit in find_clients(email, limit=MOST, archived=True) if hit.why in keys], _("same e-mail")
    name = values.get("full_name", "")
    if len(name) >= _LEAST_NAME:
        for hit in find_clients(name, limit=MOST, archived=True):
            if hit.why in _BY_NAME:
                yield [hit.client_id], _BY_NAME[hit.why]


def _ids(clients: QuerySet[Client]) -> list[int]:
    """In place of clients that were merged, those that they were merged into."""
    return list(clients.values_list(Coalesce("merged_into", "pk"), flat=True)[:MOST])


def _first(values: list[str]) -> list[str]:
    """The first two: each costs a search, and the third phone seldom tells what the first two do not."""
    return list(dict.fromkeys(values))[:2]
