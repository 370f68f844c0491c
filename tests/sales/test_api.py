"""The ledger in the API: what goes in and out, pages, conflicts, closed periods, and who sees no profit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import Client
from sales.models import Complaint, Cost, Document, LedgerSettings
from tests.api import Caller, assert_problem
from tests.clients.registry import register
from tests.sales.ledger import DAY, complaint, cost, pool, sale

BODY: dict[str, Any] = {"day": "2026-03-10", "number": "RE-17", "due_on": "2026-04-10"}


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def test_a_sale_goes_in_and_comes_out_exactly(dmitri: User, client: Client) -> None:
    lines = [{"product": "Chair", "quantity": "2.5", "amount": "100.10", "direct_cost": 60.05}, {"amount": 20}]
    answer = Caller(dmitri).post("/sales", BODY | {"client": client.pk, "lines": lines})
    assert answer.status == 201
    body = answer.body
    told = {name: body[name] for name in ("kind", "amount", "direct_cost", "margin", "home_open", "currency", "rate", "line_count")}
    assert told == {
        "kind": "sale",
        "amount": "120.10",
        "direct_cost": "60.05",
        "margin": "60.05",
        "home_open": "120.10",
        "currency": "EUR",
        "rate": "1",
        "line_count": 2,
    }
    assert [(one["product"], one["quantity"], one["amount"]) for one in body["lines"]] == [("Chair", "2.5", "100.10"), ("", "1", "20.00")]
    assert Caller(dmitri).get(f"/sales/{body['id']}").body == body
    assert Caller(dmitri).get(f"/purchases/{body['id']}").status == 404


def test_money_is_hidden_from_whoever_may_not_see_profit(anna: User, dmitri: User, client: Client) -> None:
    document = sale(client, 100, direct_cost=61)
    complaint(client, 7)
    seen = Caller(anna).get(f"/sales/{document.pk}").body
    assert (seen["direct_cost"], seen["home_direct_cost"], seen["margin"], seen["amount"]) == (None, None, None, "100.00")
    assert Caller(anna).get("/complaints").body["items"][0]["cost"] is None
    assert Caller(dmitri).get("/complaints").body["items"][0]["cost"] == "7.00"
    for path in ("/sales", "/complaints"):
        assert "61.00" not in Caller(anna).get(path).content.decode()
    assert_problem(Caller(anna).get("/costs"), 403, "forbidden")
    assert Caller(anna).post("/sales", BODY | {"client": client.pk, "amount": 5, "direct_cost": 1}).codes == {"direct_cost": "forbidden"}
    stale = Caller(anna).patch(f"/sales/{document.pk}", {"version": 9, "amount": 5})
    assert (stale.status, stale.body["current"]["direct_cost"]) == (409, None)


def test_a_manager_sees_costs_of_the_own_clients_where_the_company_says_so(anna: User, boris: User, client: Client) -> None:
    theirs = register(boris)
    own, other = cost(client), cost(theirs)
    sale(client, 100, direct_cost=61)
    sale(theirs, 100, direct_cost=62)
    LedgerSettings.objects.create(managers_see_profit=True)
    caller = Caller(anna)
    assert [one["id"] for one in caller.get("/costs").body["items"]] == [own.pk]
    assert caller.get(f"/costs/{other.pk}").status == 404
    assert [one["direct_cost"] for one in caller.get("/sales").body["items"]] == [None, "61.00"]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"amount": "ten"}, {"amount": "money"}),
        ({"amount": [1]}, {"amount": "number"}),
        ({"amount": 1e300}, {"amount": "money"}),
        ({"amount": 5, "day": "soon"}, {"day": "date"}),
        ({"amount": 5, "client": "x"}, {"client": "number"}),
        ({"amount": 5, "client": 10**15}, {"client": "choice"}),
        ({"amount": 5, "currency": "USD"}, {"rate": "required"}),
        ({"amount": 5, "home_amount": 1, "paid": 2}, {"home_amount": "unknown", "paid": "unknown"}),
        ({"lines": [{"product": "x"}]}, {"lines.0.amount": "required"}),
        ({"lines": [{"amount": 5, "position": 3}]}, {"lines.0.position": "unknown"}),
        ({"lines": "none"}, {"lines": "list"}),
    ],
)
def test_odd_bodies_are_named_field_by_field(body: dict[str, Any], codes: dict[str, str], dmitri: User, client: Client) -> None:
    answer = Caller(dmitri).post("/sales", {"client": client.pk, "day": "2026-03-10"} | body)
    assert_problem(answer, 422, "refused")
    assert {name: code for name, code in answer.codes.items() if name in codes} == codes
    assert not Document.objects.exists()


def test_a_patch_names_what_changes_and_a_conflict_tells_both(dmitri: User, client: Client) -> None:
    caller, document = Caller(dmitri), sale(client, 100)
    answer = caller.patch(f"/sales/{document.pk}", {"version": 1, "amount": "90.5", "note": "rebate"})
    assert (answer.body["amount"], answer.body["note"], answer.body["version"]) == ("90.50", "rebate", 2)
    answer = caller.patch(f"/sales/{document.pk}", {"version": 1, "amount": "80"})
    assert_problem(answer, 409, "stale-version")
    assert answer.body["conflicts"] == [{"field": "amount", "yours": "80", "current": "90.50"}]
    assert_problem(caller.call("DELETE", f"/sales/{document.pk}?version=1"), 409, "stale-version")
    assert caller.call("DELETE", f"/sales/{document.pk}?version=2").status == 204


def test_a_closed_period_is_refused_at_its_field(dmitri: User, client: Client) -> None:
    document, spent, bought = sale(client), cost(client), pool(9, "equal")
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))
    caller = Caller(dmitri)
    assert caller.post("/sales", BODY | {"client": client.pk, "amount": 5}).codes == {"day": "closed"}
    assert caller.patch(f"/sales/{document.pk}", {"version": 1, "amount": 5}).codes == {"day": "closed"}
    assert caller.call("DELETE", f"/costs/{spent.pk}?version=1").codes == {"day": "closed"}
    assert caller.patch(f"/cost-pools/{bought.pk}", {"version": 1, "amount": 5}).codes == {"month": "closed"}
    assert caller.post(f"/sales/{document.pk}/payments", {"day": "2026-03-12", "amount": 5}).codes == {"day": "closed"}


def test_a_repeat_with_the_same_key_posts_once(dmitri: User, client: Client) -> None:
    caller, body = Caller(dmitri), BODY | {"client": client.pk, "amount": 5}
    first = caller.post("/sales", body, Idempotency_Key="abc")
    again = caller.post("/sales", body, Idempotency_Key="abc")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert Document.objects.count() == 1


def test_a_sale_is_paid_and_taken_back(dmitri: User, client: Client) -> None:
    caller, document = Caller(dmitri), sale(client, 100, due_on=DAY)
    path = f"/sales/{document.pk}"
    paid = caller.post(f"{path}/payments", {"amount": "40", "day": "2026-03-12", "number": "B-1"}).body
    back = caller.post(f"{path}/reverse", {"amount": "10", "day": "2026-03-13"}).body
    assert (back["amount"], back["reverses"]) == ("-10.00", document.pk)
    assert caller.get(path).body["home_open"] == "50.00"
    assert [one["id"] for one in caller.get(f"{path}/payments").body] == [paid["id"]]
    other = sale(client)
    assert caller.call("DELETE", f"/sales/{other.pk}/payments/{paid['id']}").status == 404
    assert caller.call("DELETE", f"{path}/payments/{paid['id']}").status == 204
    assert caller.get(path).body["home_open"] == "90.00"


def _all(caller: Caller, path: str) -> list[int]:
    seen: list[int] = []
    cursor = ""
    while True:
        page = caller.get(f"{path}&limit=2&cursor={cursor}").body
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            return seen
        cursor = page["next"]


def test_lists_are_paged_by_day_and_filtered(anna: User, dmitri: User, client: Client) -> None:
    other = register(dmitri)
    made = [sale(client, 10, DAY + timedelta(days=number // 2), number=f"N{number}") for number in range(5)]
    theirs = sale(other, 10, DAY - timedelta(days=9), due_on=DAY)
    bought = sale(client, 10, kind="purchase")
    caller = Caller(anna)
    assert _all(caller, "/sales?") == [one.pk for one in reversed(made)] + [theirs.pk]
    assert _all(caller, f"/sales?client={other.pk}") == [theirs.pk]
    assert _all(caller, "/sales?number=N3") == [made[3].pk]
    assert _all(caller, f"/sales?from={DAY}&to={DAY + timedelta(days=1)}") == [made[1].pk, made[0].pk]
    assert _all(caller, "/sales?state=open") == _all(caller, "/sales?state=overdue") == [theirs.pk]
    assert _all(caller, "/purchases?") == [bought.pk]
    assert caller.get("/sales?from=soon").codes == {"from": "date"}
    assert caller.get("/sales?cursor=mine").codes == {"cursor": "cursor"}
    assert caller.get("/sales?cursor=MjAyNi0wMy0xMHwx&limit=0").status == 422


def test_costs_and_complaints_are_paged_and_filtered(dmitri: User, client: Client) -> None:
    costs = [cost(client, day=DAY + timedelta(days=number)) for number in range(3)]
    heard = [complaint(client, day=DAY + timedelta(days=number)) for number in range(3)]
    Complaint.objects.filter(pk=heard[1].pk).update(resolved_on=DAY + timedelta(days=5))
    caller = Caller(dmitri)
    assert _all(caller, "/costs?") == [one.pk for one in reversed(costs)]
    assert _all(caller, f"/costs?to={DAY + timedelta(days=1)}") == [costs[0].pk]
    assert _all(caller, "/complaints?state=unresolved") == [heard[2].pk, heard[0].pk]


def test_costs_complaints_and_pools_are_entered_and_changed(dmitri: User, client: Client) -> None:
    caller = Caller(dmitri)
    kept = caller.post("/costs", {"client": client.pk, "category": "service", "day": "2026-03-10", "hours": 1.5, "hourly_rate": "80"}).body
    assert (kept["amount"], kept["hours"], kept["category"]["name"]) == ("120.00", "1.5", "Service hours")
    assert caller.patch(f"/costs/{kept['id']}", {"version": 1, "amount": 7}).body["home_amount"] == "7.00"
    heard = caller.post("/complaints", {"client": client.pk, "severity": "grave", "what": "wet"}).body
    done = caller.patch(f"/complaints/{heard['id']}", {"version": 1, "resolved_on": heard["day"], "cost": "3"}).body
    assert (done["severity"], done["resolved_on"], done["cost"]) == ("grave", heard["day"], "3.00")
    weights = [{"client": client.pk, "weight": "2.5"}]
    made = caller.post(
        "/cost-pools", {"name": "Warehouse", "month": "2026-03-17", "amount": 9, "driver": "by_hand", "weights": weights}
    ).body
    assert (made["month"], made["amount"], made["weights"]) == ("2026-03-01", "9.00", weights)
    assert caller.post("/cost-pools/copy", {"month": "2026-04-01"}).body[0]["weights"] == weights
    assert [one["id"] for one in caller.get("/cost-pools?month=2026-03-01").body] == [made["id"]]
    assert caller.patch(f"/cost-pools/{made['id']}", {"version": 1, "weights": weights * 2}).codes == {"weights": "once"}
    assert Cost.objects.count() == 1


@pytest.mark.parametrize("path", ["/sales", "/complaints", "/costs", "/cost-pools"])
def test_a_longer_page_asks_no_more(path: str, dmitri: User) -> None:
    def make() -> None:
        client = register(dmitri)
        sale(client, created_by=dmitri)
        complaint(client, created_by=dmitri)
        cost(client, created_by=dmitri)
        pool(9, "equal", name=f"Pool {client.pk}")

    caller, counts = Caller(dmitri), []
    caller.get(path)  # a token notes that it was used once in a while
    for number in (1, 2):
        for _again in range(number):
            make()
        with CaptureQueriesContext(connection) as asked:
            assert caller.get(path).status == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
