"""Turnaround cases in the API."""

from __future__ import annotations

from accounts.models import User
from clients.models import Client
from scoring.models import TurnaroundCase
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
