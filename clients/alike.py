"""May it be here already? Clients that a new one may be: asked while somebody types, and again when it is registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from clients.duplicates.entry import find_alike
from clients.duplicates.reasons import Reason, in_words
from clients.models import Client

MOST = 5
_MOST_SAID = 3


@dataclass(frozen=True)
class Alike:
    """A client of the registry that may be the same, how sure that is (0 to 100) and why."""

    client: Client
    score: int
    reasons: Sequence[Reason]

    @property
    def why(self) -> str:
        """The weightiest reasons as a person reads them."""
        return " · ".join(in_words(self.reasons)[:_MOST_SAID])


def clients_alike(user: User, values: Mapping[str, Any], contacts: Iterable[Mapping[str, Any]] = ()) -> list[Alike]:
    """Return up to five clients that `values` (as a service keeps them) may mean, the surest first; archived ones too."""
    found = find_alike(values, contacts, limit=MOST)
    clients = Client.objects.visible_to(user).filter(erased_at=None).select_related("manager").in_bulk([one.client_id for one in found])
    return [Alike(clients[one.client_id], one.score, one.reasons) for one in found if one.client_id in clients]
