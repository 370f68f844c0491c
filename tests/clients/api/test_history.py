"""The history of a client through the API."""

from __future__ import annotations

from typing import get_args, get_type_hints

from accounts.models import User
from clients.api.routes.history import EntryOut, list_history
from clients.history import Rank, shown_ranks
from clients.models import Client, Contact
from clients.timeline import sources
from tests.api import Caller
from ui import formats


def test_the_history_tells_who_changed_what_with_the_value_before(anna: User, dmitri: User, lachenal: Client, solene: Contact) -> None:
    Caller(anna).patch(f"/clients/{lachenal.pk}", {"version": 1, "city": "Lyon"})
    Caller(dmitri).patch(f"/clients/{lachenal.pk}", {"version": 2, "city": "Paris", "phones": []})
    Caller(anna).delete(f"/contacts/{solene.pk}?version=1")
    path = f"/clients/{lachenal.pk}/history"
    items = Caller(anna).get(path).body["items"]
    assert {item["what"] for item in items} == {"registered", "touch", "client_changed", "contact_changed"}
    removed = next(item for item in items if item["what"] == "contact_changed")
    assert (removed["name"], removed["user"]["name"]) == ("Solène Rivoire", "Anna Petrova")
    moved = next(item for item in items if len(item["changes"]) == 2)
    assert moved["user"] == {"id": dmitri.pk, "name": "Дмитрий Соколов"}
    assert moved["changes"] == [
        {"field": "phones", "label": "phones", "before": [formats.phone("+33465710012")], "after": []},
        {"field": "city", "label": "city", "before": ["Lyon"], "after": ["Paris"]},
    ]
    assert [item["what"] for item in Caller(anna).get(f"{path}?show=touches").body["items"]] == ["touch"]


def test_the_history_is_paged(anna: User, lachenal: Client) -> None:
    for version in range(1, 6):
        Caller(anna).patch(f"/clients/{lachenal.pk}", {"version": version, "city": f"City {version}"})
    caller, seen, cursor = Caller(anna), [], ""
    for _ in range(20):
        page = caller.get(f"/clients/{lachenal.pk}/history?limit=3" + (f"&cursor={cursor}" if cursor else "")).body
        seen += [(item["what"], item["id"]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert caller.get(f"/clients/{lachenal.pk}/history?cursor=Zm9v").codes == {"cursor": "cursor"}
    assert caller.get(f"/clients/{lachenal.pk}/history?show=secrets").codes == {"show": "choice"}


def test_every_rank_has_its_name_here() -> None:
    names = {rank.name.lower() for rank in Rank} - {"contact_added_once"}
    names |= {source.what for source in sources()}
    assert set(get_args(get_type_hints(list_history)["show"])) == set(shown_ranks())
    assert set(get_args(EntryOut.model_fields["what"].annotation)) == names
