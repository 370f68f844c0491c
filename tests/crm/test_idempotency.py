"""A POST with an Idempotency-Key happens once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ApiToken, IdempotentAnswer, User
from accounts.tasks import forget_idempotent_answers
from clients.models import Client, Source, Touch
from tests.api import Caller, assert_problem
from tests.together import at_once

BODY = {"kind": "organisation", "full_name": "Lachenal SARL", "is_customer": True, "source": "Trade fair"}


@pytest.fixture(autouse=True)
def _fair(db: Any) -> None:
    Source.objects.create(name="Trade fair", targeted=True)


def test_a_repeat_gets_the_first_answer_and_does_nothing(anna: User) -> None:
    caller = Caller(anna)
    first = caller.post("/clients", BODY, Idempotency_Key="one")
    again = caller.post("/clients", BODY, Idempotency_Key="one")
    assert (first.status, first.headers.get("Idempotent-Replayed")) == (201, None)
    assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert Client.objects.count() == 1


def test_a_refusal_is_repeated_too(anna: User) -> None:
    caller = Caller(anna)
    first = caller.post("/clients", {"full_name": ""}, Idempotency_Key="one")
    again = caller.post("/clients", {"full_name": ""}, Idempotency_Key="one")
    assert_problem(again, 422)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


def test_the_same_key_with_another_request_is_refused(anna: User) -> None:
    caller = Caller(anna)
    client = caller.post("/clients", BODY, Idempotency_Key="one").body["id"]
    for answer in (
        caller.post("/clients", {**BODY, "full_name": "Other"}, Idempotency_Key="one"),
        caller.post(f"/clients/{client}/touches", BODY, Idempotency_Key="one"),
    ):
        assert_problem(answer, 422, "idempotency-key-reused")
        assert answer.codes == {"Idempotency-Key": "idempotency_key_reused"}
    assert Client.objects.count() == 1


def test_each_user_has_keys_of_their_own_whatever_the_token(anna: User, boris: User) -> None:
    assert Caller(anna).post("/clients", BODY, Idempotency_Key="one").headers.get("Idempotent-Replayed") is None
    assert Caller(boris).post("/clients", {**BODY, "full_name": "Guérin"}, Idempotency_Key="one").headers.get("Idempotent-Replayed") is None
    assert Caller(anna).post("/clients", BODY, Idempotency_Key="one").headers.get("Idempotent-Replayed") == "true"
    assert Client.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
def test_a_key_that_is_no_key_is_refused(anna: User, key: str) -> None:
    assert Caller(anna).post("/clients", BODY, Idempotency_Key=key).codes == {"Idempotency-Key": "idempotency_key"}
    assert not Client.objects.exists()


def test_what_was_refused_for_want_of_rights_or_time_is_asked_anew(anna: User, settings: Any) -> None:
    reader, writer = Caller(anna, ApiToken.Scope.READ), Caller(anna)
    assert reader.post("/clients", BODY, Idempotency_Key="one").status == 403
    settings.API_REQUESTS_PER_MINUTE = 0
    assert writer.post("/clients", BODY, Idempotency_Key="one").status == 429
    settings.API_REQUESTS_PER_MINUTE = 600
    assert writer.post("/clients", BODY, Idempotency_Key="one").status == 201
    assert Caller(headers={"Authorization": "Bearer seraph_x"}).post("/clients", BODY, Idempotency_Key="one").status == 401


def test_a_repeat_passes_the_same_door_as_the_first(anna: User, settings: Any) -> None:
    reader, writer = Caller(anna, ApiToken.Scope.READ), Caller(anna)
    assert writer.post("/clients", BODY, Idempotency_Key="one").status == 201
    assert_problem(reader.post("/clients", BODY, Idempotency_Key="one"), 403, "read-only-token")
    settings.API_REQUESTS_PER_MINUTE = 1
    assert_problem(writer.post("/clients", BODY, Idempotency_Key="one"), 429)
    settings.API_REQUESTS_PER_MINUTE = 600
    anna.groups.clear()
    assert_problem(writer.post("/clients", BODY, Idempotency_Key="one"), 403)


def test_a_crash_in_between_leaves_nothing(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller(anna)
    with monkeypatch.context() as patch:

        def crash(*args: Any, **kwargs: Any) -> None:
            raise RuntimeError

        patch.setattr("clients.api.routes.clients.card", crash)  # after the write, before the answer
        assert caller.post("/clients", BODY, Idempotency_Key="one").status == 500
    assert not Client.objects.exists()
    assert not IdempotentAnswer.objects.exists()
    assert caller.post("/clients", BODY, Idempotency_Key="one").status == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_happens_and_all_get_its_answer(anna: User) -> None:
    callers = [Caller(anna) for _ in range(6)]
    answers = at_once(*[lambda caller=caller: caller.post("/clients", BODY, Idempotency_Key="one") for caller in callers])
    assert [answer.status for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "") for answer in answers) == ["", *["true"] * 5]
    assert Client.objects.count() == 1


def test_a_touch_is_logged_once(anna: User) -> None:
    caller = Caller(anna)
    client = caller.post("/clients", {**BODY, "manager": "anna"}).body["id"]
    for _ in range(3):
        assert caller.post(f"/clients/{client}/touches", {"note": "Rang."}, Idempotency_Key="touch").status == 201
    assert Touch.objects.count() == 1


def test_answers_are_forgotten_after_a_day(anna: User) -> None:
    caller = Caller(anna)
    caller.post("/clients", BODY, Idempotency_Key="old")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    caller.post("/clients", BODY, Idempotency_Key="new")
    forget_idempotent_answers()
    assert [answer.key for answer in IdempotentAnswer.objects.all()] == ["new"]
