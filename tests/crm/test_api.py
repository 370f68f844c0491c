"""The doors of the API: who gets in, and what everybody is told who does not."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from pydantic import BaseModel

from accounts.api import throttling
from accounts.models import ApiToken, User
from accounts.tokens import revoke_api_token
from clients.models import Client
from tests.api import Caller, assert_problem

APPS = ("accounts.", "clients.", "crm.", "reminders.", "sales.", "scoring.")


@pytest.fixture(autouse=True)
def _fresh_counts(db: Any) -> None:
    cache.clear()


# --- who gets in ---------------------------------------------------------------------------------


def test_nobody_gets_in_without_a_token(anna: User) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer seraph_nonsense"},
        {"Authorization": "Basic YW5uYTpwYXNz"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": "Bearer seraph_ÿ\ud800".encode("utf-8", "replace").decode("latin-1")},
    ):
        answer = Caller(headers=headers).get("/me")
        assert_problem(answer, 401, "unauthorised")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_is_no_key_to_the_api(anna: User) -> None:
    browser = Browser()
    browser.force_login(anna)
    assert browser.get("/api/v1/me").status_code == 401


def test_a_revoked_token_is_dead(anna: User) -> None:
    caller = Caller(anna)
    assert caller.get("/me").status == 200
    revoke_api_token(user=anna, token_id=caller.token.pk)
    assert_problem(caller.get("/me"), 401)


def test_the_token_of_a_deactivated_user_is_dead(anna: User) -> None:
    caller = Caller(anna)
    anna.is_active = False
    anna.save(update_fields=["is_active"])
    assert_problem(caller.get("/me"), 401)


def test_a_read_token_may_not_write(anna: User) -> None:
    caller = Caller(anna, ApiToken.Scope.READ)
    assert caller.get("/me").status == 200
    assert_problem(caller.post("/clients", {"full_name": "Lachenal"}), 403, "read-only-token")
    assert_problem(caller.post("/clients", b"{not json"), 403)
    assert not Client.objects.exists()


def test_me_says_whose_token_it_is_and_what_it_may(anna: User) -> None:
    body = Caller(anna, ApiToken.Scope.READ).get("/me").body
    assert body["username"] == "anna"
    assert body["role"] == "Manager"
    assert body["team"]["name"] == "North"
    assert body["token"] == {"name": "programme 1", "scope": "read"}
    assert "clients.view_client" in body["permissions"]
    assert body["company"] == {"name": "Kestrel Trading", "currency": "EUR", "time_zone": "Europe/Paris", "country": "FR"}
    assert "seraph_" not in json.dumps(body)


# --- how often -----------------------------------------------------------------------------------


@pytest.fixture
def within_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits begin anew with each minute of the clock; here none begins between two requests."""
    began = time.time() // throttling.WINDOW * throttling.WINDOW + 20
    monkeypatch.setattr(throttling, "time", SimpleNamespace(time=lambda: began))


@pytest.mark.usefixtures("within_one_minute")
def test_a_token_may_ask_so_often_and_no_more(anna: User, boris: User, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    caller = Caller(anna)
    assert [caller.get("/me").status for _ in range(4)] == [200, 200, 200, 429]
    answer = caller.get("/me")
    assert_problem(answer, 429, "throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert Caller(boris).get("/me").status == 200


@pytest.mark.usefixtures("within_one_minute")
def test_an_address_may_fail_so_often_while_living_tokens_of_it_go_on(anna: User, settings: Any) -> None:
    settings.API_FAILURES_PER_MINUTE = 2
    stranger = Caller(headers={"Authorization": "Bearer seraph_guess"})
    assert [stranger.get("/me").status for _ in range(3)] == [401, 401, 429]
    assert int(stranger.get("/me").headers["Retry-After"]) >= 1
    assert stranger.get("/me", X_Forwarded_For="203.0.113.9").status == 429
    assert Caller(anna).get("/me").status == 200


def test_the_api_goes_on_without_the_store_of_its_limits(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr("accounts.api.throttling.cache.add", broken)
    assert Caller(anna).get("/me").status == 200


# --- what can't be read --------------------------------------------------------------------------

DEEP = b'{"full_name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    "body",
    [
        b"{not json", b'{"full_name": NaN}', b'{"employees": Infinity}', b'{"employees": 1e999}', DEEP, b"\xff\xfe\x00", b'"\\ud800"',
        b'{"full_name": "\\ud800"}', b'{"full_name": "a\\u0000b"}', b'{"employees": ' + b"9" * 5000 + b"}",
    ],
    ids=["broken", "NaN", "infinity", "overflow", "deep", "bytes", "surrogate", "surrogate in a name", "NUL", "5000 digits"],
)  # fmt: skip
def test_a_body_that_is_no_json_to_keep_is_malformed(anna: User, body: bytes) -> None:
    assert_problem(Caller(anna).post("/clients", body), 400, "malformed")
    assert not Client.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"3", b"{}"])
def test_a_body_of_another_shape_is_refused(anna: User, body: bytes) -> None:
    answer = Caller(anna).patch("/clients/1", body)
    assert_problem(answer, 422, "refused")
    assert answer.body["errors"]


def test_a_body_of_another_kind_is_not_read(anna: User) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", ""):
        assert_problem(Caller(anna).post("/clients", b"a=b", Content_Type=media_type), 415, "media-type")


def test_a_body_without_end_is_too_large(anna: User) -> None:
    assert_problem(Caller(anna).post("/clients", b'{"full_name": "' + b"x" * 3_000_000 + b'"}'), 413, "too-large")


def test_a_name_of_a_megabyte_is_too_long(anna: User) -> None:
    assert Caller(anna).post("/clients", {"full_name": "x" * 1_000_000}).codes["full_name"] == "too_long"


def test_ten_thousand_parameters_are_refused(anna: User) -> None:
    query = "&".join(f"f{number}=1" for number in range(10_000))
    assert_problem(Caller(anna).get(f"/clients/1/touches?{query}"), 400)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=1e3", "limit=" + "9" * 30, "limit=%00", "cursor=%00", "cursor=x"]
)
def test_a_bad_parameter_is_named(anna: User, query: str) -> None:
    client = Client.objects.create(full_name="Lachenal")
    answer = Caller(anna).get(f"/clients/{client.pk}/touches?{query}")
    assert_problem(answer, 422)
    assert query.partition("=")[0] in answer.codes


# --- what is not there ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nothing", "/clients/abc", "/clients/-1", "/clients/" + "9" * 5000, "/clients/1/", "/", "//", "/%00", "/%ff"]
)
def test_an_unknown_address_is_told_as_a_problem(anna: User, path: str) -> None:
    assert_problem(Caller(anna).get(path), 404, "not-found")
    assert_problem(Caller().get(path), 404)


def test_a_client_that_is_not_there_is_not_found(anna: User) -> None:
    for number in (1, 10**18, 2**63, 10**30):
        assert_problem(Caller(anna).get(f"/clients/{number}"), 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "HEAD", "OPTIONS", "QUERY"])
def test_a_method_that_is_not_offered_is_named_with_those_that_are(anna: User, method: str) -> None:
    answer = Caller(anna).call(method, "/clients/1")
    assert answer.status == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "PATCH"}
    if method != "HEAD":
        assert_problem(answer, 405, "method")


def test_a_wrong_host_is_told_as_a_problem(anna: User) -> None:
    response = Browser().get("/api/v1/me", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"


def test_a_crash_tells_nothing_of_the_inside(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("accounts.api.me.Company.current", crash)
    answer = Caller(anna).get("/me")
    assert_problem(answer, 500, "server")
    assert b"secret" not in answer.content


# --- in which words ------------------------------------------------------------------------------


def test_words_are_in_the_language_of_the_user_or_as_asked(anna: User) -> None:
    anna.language = "fr"
    anna.save(update_fields=["language"])
    assert Caller(anna).get("/clients/1").headers["Content-Language"] == "fr"
    assert Caller(anna).get("/clients/1", Accept_Language="ru").headers["Content-Language"] == "ru"


def test_no_cache_keeps_an_answer(anna: User) -> None:
    assert Caller(anna).get("/me").headers["Cache-Control"] == "no-store"


# --- the schema ----------------------------------------------------------------------------------


def test_no_two_models_of_the_api_share_a_name() -> None:
    """The schema knows models by their names alone: of two with one name it would show the same for both."""

    def every(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for one in model.__subclasses__():
            yield one
            yield from every(one)

    found = Counter(one.__name__ for one in set(every(BaseModel)) if ".api" in one.__module__ and one.__module__.startswith(APPS))
    assert found
    assert [name for name, times in found.items() if times > 1] == []


def test_the_schema_is_openapi_3_1_and_tells_each_answer() -> None:
    response = Browser().get("/api/v1/openapi.json")
    assert response.status_code == 200
    schema = response.json()
    assert schema["openapi"].startswith("3.1")
    operations = {(method, path): one for path, methods in schema["paths"].items() for method, one in methods.items()}
    assert ("get", "/api/v1/me") in operations
    for (method, path), operation in operations.items():
        statuses = set(operation["responses"])
        assert {"400", "401", "429"} <= statuses, (method, path)
        assert operation["security"], (method, path)
        assert any(status.startswith("2") for status in statuses)
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert set(answer["content"]) == {"application/problem+json"}, (method, path, status)
        if method == "post":
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}


def test_living_tokens_are_noted_with_their_last_use(anna: User) -> None:
    caller = Caller(anna)
    before = timezone.now()
    caller.get("/me")
    assert ApiToken.objects.filter(pk=caller.token.pk, last_used_at__gte=before).exists()
