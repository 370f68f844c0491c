"""Turnaround cases in the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from clients.models import Client
from sales.periods import company_today
from scoring.models import TurnaroundCase
from scoring.services import cases
from tests.api import Caller, assert_problem


def test_a_case_from_opening_to_closing(dmitri: User, demon: Client) -> None:
    caller = Caller(dmitri)
    made = caller.call("POST", "/cases", {"client": demon.pk})
    assert (made.status, made.body["state"], made.body["profit"], made.body["suggested_cause"]) == (201, "diagnosis", "-40.00", "logistics")
    case = f"/cases/{made.body['id']}"

    assert_problem(caller.call("POST", "/cases", {"client": demon.pk}), 422, "refused")
    changed = caller.call("PATCH", case, {"version": 1, "cause": "logistics", "action": "mend", "expected_gain": 500})
    assert (changed.status, changed.body["state"], changed.body["expected_gain"]) == (200, "agreed", "500.00")
    stale = caller.call("PATCH", case, {"version": 1, "note": "x"})
    assert (stale.status, stale.body["conflicts"]) == (409, [{"field": "note", "yours": "x", "current": ""}])
    terms = caller.call("POST", f"{case}/terms", {"what": "delivery", "becomes": "charged"})
    assert [term["becomes"] for term in terms.body["terms"]] == ["charged"]
    acted = caller.call("POST", f"{case}/act", {"version": terms.body["version"], "acted_on": "2026-01-10"})
    assert acted.body["measure_on"] == "2026-05-01"
    closed = caller.call("POST", f"{case}/close", {"version": acted.body["version"], "because": "Done"})
    assert closed.body["state"] == "closed"
    assert [one["id"] for one in caller.call("GET", "/cases?state=closed").body["items"]] == [made.body["id"]]


def test_managers_get_no_figures(anna: User, clara: User, case: TurnaroundCase) -> None:
    told = Caller(anna).call("GET", f"/cases/{case.pk}").body
    hidden = ("revenue", "profit", "diagnosis", "suggested_cause", "expected_gain", "gained")
    assert [told[name] for name in hidden] == [None] * len(hidden)
    stale = Caller(anna).call("PATCH", f"/cases/{case.pk}", {"version": 9, "note": "x"}).body
    assert stale["current"]["profit"] is None
    assert Caller(clara).call("GET", "/cases").body["items"] == []
    assert_problem(Caller(clara).call("GET", f"/cases/{case.pk}"), 404, "not-found")
    assert_problem(Caller(anna).call("PATCH", f"/cases/{case.pk}", {"version": 1, "expected_gain": 5}), 403, "forbidden")


def test_who_hands_a_foreign_clients_case_on_is_told_of_it(dmitri: User, clara: User, boris: User, case: TurnaroundCase) -> None:
    cases.change_case(user=dmitri, case_id=case.pk, changes={"owner": clara.pk, "deadline": ""})
    version = TurnaroundCase.objects.get(pk=case.pk).version
    day = (company_today() + timedelta(days=9)).isoformat()

    changed = Caller(clara).call("PATCH", f"/cases/{case.pk}", {"version": version, "owner": boris.pk, "deadline": day})

    assert (changed.status, changed.body["owner"]["id"], changed.body["deadline"]) == (200, boris.pk, day)
    assert changed.body["profit"] is None
    assert_problem(Caller(clara).call("GET", f"/cases/{case.pk}"), 404, "not-found")


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-03-01"), ("1950-01-01", "2099-12-31"), ("2030-01-01", None), (None, "2019-01-01")]
)
def test_a_case_is_opened_of_days_in_order(dmitri: User, demon: Client, first: str | None, last: str | None) -> None:
    answer = Caller(dmitri).call("POST", "/cases", {"client": demon.pk, "first": first, "last": last})

    assert_problem(answer, 422, "refused")
    assert [(error["field"], error["code"]) for error in answer.body["errors"]] == [("last", "order")]


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("PATCH", "", {"version": 1, "note": "x"}),
        ("POST", "/terms", {"what": "delivery", "becomes": "x"}),
        ("POST", "/act", {"version": 1, "acted_on": "2026-01-10"}),
        ("POST", "/stop", {"version": 1, "because": "x"}),
        ("POST", "/close", {"version": 1, "because": "x"}),
        ("POST", "/reopen", {"version": 2}),
    ],
)
def test_a_stranger_to_a_case_writes_nothing(
    clara: User, dmitri: User, case: TurnaroundCase, method: str, path: str, data: dict[str, Any]
) -> None:
    if path == "/reopen":
        cases.close_case(user=dmitri, case_id=case.pk, because="Done")
    before = TurnaroundCase.objects.filter(pk=case.pk).values().get()

    refused = (403, "forbidden") if path == "/stop" else (404, "not-found")
    assert_problem(Caller(clara).call(method, f"/cases/{case.pk}{path}", data), *refused)

    assert TurnaroundCase.objects.filter(pk=case.pk).values().get() == before
    assert not case.terms.exists()


def test_who_sees_no_profit_opens_no_case(anna: User, clara: User, demon: Client) -> None:
    assert Caller(anna).call("POST", "/cases", {"client": demon.pk}).status == 403
    assert Caller(clara).call("POST", "/cases", {"client": demon.pk}).status == 403
    assert not TurnaroundCase.objects.exists()
