"""Pairs, merges and their undo through the API, and what the number of a merged client answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from clients.models import Client, DuplicatePair
from clients.services import change_client, register_client
from tests.api import Caller, assert_problem
from ui import formats


@pytest.fixture
def twin(anna: User, lachenal: Client) -> Client:
    """The bakery once more, Anna's too."""
    data = {"kind": "organisation", "full_name": "Lachenal", "is_customer": True, "source": lachenal.source_id, "manager": anna.pk}
    return register_client(user=anna, data={**data, "phones": ["+33465710099"], "city": "Lyon"}, contacts=[{"full_name": "Yann"}])


@pytest.fixture
def pair(lachenal: Client, twin: Client) -> DuplicatePair:
    return DuplicatePair.objects.create(first=lachenal, second=twin, score=91, reasons=[["name_alike", 92], ["phone", "+33465710012"]])


def body(lachenal: Client, **more: Any) -> dict[str, Any]:
    return {"survivor": lachenal.pk, "version": 1, "other_version": 1, **more}


def test_open_pairs_are_listed_with_their_reasons(clara: User, lachenal: Client, twin: Client, pair: DuplicatePair) -> None:
    (shown,) = Caller(clara).get("/duplicates").body["items"]
    assert (shown["id"], shown["score"], shown["state"]) == (pair.pk, 91, "open")
    assert shown["reasons"] == [
        {"code": "name_alike", "message": "name 92 % alike"},
        {"code": "phone", "message": f"same phone {formats.phone('+33465710012')}"},
    ]
    assert [one["id"] for one in shown["clients"]] == [lachenal.pk, twin.pk]
    assert shown["clients"][1]["manager"] == {"id": lachenal.manager_id, "name": "Anna Petrova"}
    assert Caller(clara).get("/duplicates?min_score=92").body["items"] == []
    DuplicatePair.objects.update(score=60)
    assert Caller(clara).get("/duplicates").body["items"] == []  # below what the company looks at
    assert len(Caller(clara).get("/duplicates?min_score=0").body["items"]) == 1


def test_pages_of_pairs_follow_by_likeness(anna: User, lachenal: Client, django_assert_max_num_queries: Callable[..., Any]) -> None:
    data = {"kind": "organisation", "is_customer": True, "source": lachenal.source_id, "manager": anna.pk}
    scores = [80, 95, 80, 99, 80]
    for number, score in enumerate(scores):
        other = register_client(user=anna, data={**data, "full_name": f"Bakery {number}"})
        DuplicatePair.objects.create(first=lachenal, second=other, score=score)
    caller, seen, cursor = Caller(anna), [], ""
    while True:
        with django_assert_max_num_queries(12):
            page = caller.get(f"/duplicates?limit=2&cursor={cursor}").body
        seen += [(one["score"], one["id"]) for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(seen, key=lambda one: (-one[0], one[1]))
    assert len(set(seen)) == len(scores)
    for made_up in ("x", "OTl8MA", "MTAxfDE"):
        assert caller.get(f"/duplicates?cursor={made_up}").codes == {"cursor": "cursor"}


def test_a_pair_is_merged_and_both_are_had_back(anna: User, lachenal: Client, twin: Client, pair: DuplicatePair) -> None:
    caller = Caller(anna)
    made = caller.post(f"/duplicates/{pair.pk}/merge", body(lachenal, choices={"full_name": "other", "phones": "both"}))
    assert made.status == 200, made.body
    assert (made.body["survivor"]["id"], made.body["other"]["id"], made.body["by"]["name"]) == (lachenal.pk, twin.pk, "Anna Petrova")
    card = caller.get(f"/clients/{lachenal.pk}").body
    assert (card["full_name"], card["phones"], card["city"]) == ("Lachenal", ["+33465710012", "+33465710099"], "Lyon")
    assert {contact["full_name"] for contact in card["contacts"]} == {"Solène Rivoire", "Yann"}
    assert [one["id"] for one in caller.get(f"/merges?client={twin.pk}").body["items"]] == [made.body["id"]]
    assert "merged" in [entry["what"] for entry in caller.get(f"/clients/{lachenal.pk}/history").body["items"]]
    undone = caller.post(f"/merges/{made.body['id']}/undo")
    assert (undone.status, undone.body["undone_by"]["name"]) == (200, "Anna Petrova")
    assert caller.get(f"/clients/{twin.pk}").body["full_name"] == "Lachenal"
    assert caller.get(f"/clients/{lachenal.pk}").body["full_name"] == "Boulangerie Lachenal SARL"
    assert_problem(caller.post(f"/merges/{made.body['id']}/undo"), 422, "refused")


def test_two_clients_are_merged_without_a_pair(anna: User, lachenal: Client, twin: Client) -> None:
    made = Caller(anna).post(f"/clients/{twin.pk}/merge", {"other": lachenal.pk, "version": 1, "other_version": 1})
    assert (made.status, made.body["survivor"]["id"]) == (200, twin.pk)


def test_the_number_of_a_merged_client_leads_on(anna: User, lachenal: Client, twin: Client, pair: DuplicatePair) -> None:
    caller = Caller(anna)
    caller.post(f"/duplicates/{pair.pk}/merge", body(lachenal))
    for rest in ("", "/contacts", "/touches?limit=5"):
        answer = caller.get(f"/clients/{twin.pk}{rest}")
        assert_problem(answer, 307, "merged")
        assert (answer.headers["Location"], answer.body["merged_into"]) == (f"/api/v1/clients/{lachenal.pk}{rest}", lachenal.pk)
    for answer in (
        caller.patch(f"/clients/{twin.pk}", {"version": 2, "city": "Nice"}),
        caller.post(f"/clients/{twin.pk}/touches", {"note": "Rang."}),
        caller.post(f"/clients/{twin.pk}/merge", {"other": lachenal.pk, "version": 2, "other_version": 2}),
        caller.post(f"/duplicates/{pair.pk}/merge", body(lachenal)),
        caller.post(f"/duplicates/{pair.pk}/set-apart"),
    ):
        assert_problem(answer, 409, "merged")
        assert answer.body["merged_into"] == lachenal.pk
    assert caller.get(f"/clients/{twin.pk}/history").status == 200  # what happened before stays readable
    shown = caller.get("/clients?archived=yes&archived=no").body["items"]
    assert [one["id"] for one in shown] == [lachenal.pk]


def test_what_was_changed_meanwhile_is_shown_instead_of_merged(anna: User, lachenal: Client, twin: Client, pair: DuplicatePair) -> None:
    change_client(user=anna, client_id=twin.pk, version=1, changes={"city": "Annecy"})
    answer = Caller(anna).post(f"/duplicates/{pair.pk}/merge", body(lachenal))
    assert_problem(answer, 409, "stale-version")
    assert (answer.body["current"]["id"], answer.body["current"]["city"]) == (twin.pk, "Annecy")


def test_what_is_wrong_is_told_by_field(anna: User, lachenal: Client, twin: Client, pair: DuplicatePair) -> None:
    caller, path = Caller(anna), f"/duplicates/{pair.pk}/merge"
    assert caller.post(path, {}).codes == {"survivor": "required", "version": "required", "other_version": "required"}
    assert caller.post(path, body(lachenal, survivor=lachenal.pk + 1_000)).codes == {"survivor": "choice"}
    wrong = {"choices": {"city": "both", "colour": "other", "phones": 1}}
    assert caller.post(path, body(lachenal, **wrong)).codes == {"city": "choice", "colour": "unknown", "phones": "choice"}
    assert caller.post(path, body(lachenal, choices=[])).codes == {"choices": "object"}
    itself = caller.post(f"/clients/{twin.pk}/merge", {"other": twin.pk, "version": 1, "other_version": 1})
    assert itself.codes == {"other": "choice"}


def test_a_repeated_merge_happens_once(anna: User, lachenal: Client, pair: DuplicatePair) -> None:
    caller = Caller(anna)
    first = caller.post(f"/duplicates/{pair.pk}/merge", body(lachenal), Idempotency_Key="m1")
    again = caller.post(f"/duplicates/{pair.pk}/merge", body(lachenal), Idempotency_Key="m1")
    assert (again.status, again.body, again.headers["Idempotent-Replayed"]) == (200, first.body, "true")


def test_a_pair_is_told_apart_and_joined_again(anna: User, pair: DuplicatePair) -> None:
    caller = Caller(anna)
    apart = caller.post(f"/duplicates/{pair.pk}/set-apart")
    assert (apart.status, apart.body["state"], apart.body["decided_by"]["name"]) == (200, "two_clients", "Anna Petrova")
    assert caller.get("/duplicates").body["items"] == []
    assert caller.post(f"/duplicates/{pair.pk}/rejoin").body["state"] == "open"
