"""Clients that may be here already, through the API."""

from __future__ import annotations

import pytest

from accounts.models import IdempotentAnswer, User
from clients.models import Client, DuplicatePair, Source
from tests.api import Caller, assert_problem

NEW = {"kind": "organisation", "full_name": "Boulangerie Lachenal", "is_customer": True, "source": "Trade fair", "phones": ["+33465710012"]}


@pytest.mark.parametrize("name", ["anna", "clara", "dmitri", "admin"])
def test_a_client_that_may_be_here_is_refused_with_the_candidates(name: str, request: pytest.FixtureRequest, lachenal: Client) -> None:
    answer = Caller(request.getfixturevalue(name)).post("/clients", NEW)
    assert_problem(answer, 409, "may-be-duplicate")
    assert answer.body["code"] == "may_be_duplicate"
    assert answer.body["title"] == "This client may be in the registry already."
    assert answer.body["errors"] == []
    [candidate] = answer.body["candidates"]
    assert candidate.pop("url").endswith(f"/clients/{lachenal.pk}/")
    assert candidate == {
        "id": lachenal.pk,
        "name": "Boulangerie Lachenal SARL",
        "archived": False,
        "score": 99,
        "reasons": [
            {"code": "name", "detail": "", "message": "same name"},
            {"code": "phone", "detail": "+33465710012", "message": "same phone +33\u00a04\u00a065\u00a071\u00a000\u00a012"},
        ],
    }
    assert Client.objects.count() == 1


def test_a_reason_registers_it_and_stands_in_the_history(anna: User, lachenal: Client) -> None:
    caller = Caller(anna)
    made = caller.post("/clients", {**NEW, "allow_duplicate": "Their shop in Annecy"})
    assert made.status == 201, made.body
    assert DuplicatePair.objects.get().reason == "Their shop in Annecy"
    [entry] = caller.get(f"/clients/{made.body['id']}/history").body["items"]
    assert entry["changes"] == [
        {"field": "duplicate", "label": "another client than", "before": [], "after": ["Boulangerie Lachenal SARL: Their shop in Annecy"]}
    ]


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [("", 409, None), (" ", 409, None), ("x" * 301, 422, "too_long"), (True, 422, "text"), (None, 422, "text")],
)
def test_only_words_are_a_reason(anna: User, lachenal: Client, reason: object, status: int, code: str | None) -> None:
    answer = Caller(anna).post("/clients", {**NEW, "allow_duplicate": reason})
    assert_problem(answer, status)
    assert answer.codes.get("allow_duplicate") == code
    assert Client.objects.count() == 1


def test_it_is_asked_in_the_language_of_the_caller(anna: User, lachenal: Client) -> None:
    said = Caller(anna).post("/clients", NEW, Accept_Language="en").body["detail"]
    assert said == "Use one of the candidates, or say in allow_duplicate why this is another client."


def test_the_answer_is_repeated_under_its_key_and_a_reason_takes_a_new_one(anna: User, lachenal: Client) -> None:
    caller = Caller(anna)
    first = caller.post("/clients", NEW, Idempotency_Key="one")
    again = caller.post("/clients", NEW, Idempotency_Key="one")
    assert (first.status, again.status, again.content, again.headers["Idempotent-Replayed"]) == (409, 409, first.content, "true")
    anyway = {**NEW, "allow_duplicate": "Their shop in Annecy"}
    assert_problem(caller.post("/clients", anyway, Idempotency_Key="one"), 422, "idempotency-key-reused")
    made = caller.post("/clients", anyway, Idempotency_Key="two")
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)
    assert caller.post("/clients", anyway, Idempotency_Key="two").content == made.content
    assert (Client.objects.count(), IdempotentAnswer.objects.count()) == (2, 2)


def test_who_may_not_see_clients_is_told_of_none(eve: User, lachenal: Client, fair: Source) -> None:
    answer = Caller(eve).post("/clients", NEW)
    assert_problem(answer, 403)
    assert "candidates" not in answer.body
