"""What clients earn, in the API."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import ApiToken, User
from clients.models import Client
from sales import rollup
from sales.models import LedgerSettings
from scoring import reports
from scoring.models import ProfitReport
from scoring.services import refresh_reports
from tests.api import Caller, assert_problem
from tests.clients.registry import register
from tests.sales.ledger import DAY, cost, pool, sale

MARCH = "from=2026-03-01&to=2026-03-31"
ALL = f"/profitability?{MARCH}"
WHALE = f"/profitability/whale?{MARCH}"


@pytest.fixture
def clients(anna: User, clara: User) -> list[Client]:
    """Five clients, money without one, and a pool that nobody drives."""
    made = [register(anna if number else clara, full_name=f"Client {number}") for number in range(5)]
    for client, profit in zip(made, ("500", "50.55", "-200", "50.55", "0"), strict=True):
        sale(client, 1000, direct_cost=1000 - Decimal(profit))
    sale(None, 70, direct_cost=20)
    cost(None, 5)
    pool("33.34", "orders")
    pool("8.01", "complaints", name="Complaints")
    rollup.refresh_all()
    return made


def walked(caller: Caller, address: str, *, limit: int) -> list[dict[str, Any]]:
    """Return the rows of all pages."""
    rows, cursor = [], ""
    for _page in range(20):
        answer = caller.get(f"{address}&limit={limit}&cursor={cursor}")
        assert answer.status == 200, answer.body
        rows += answer.body["items"]
        cursor = answer.body["next"]
        if cursor is None:
            return rows
    raise AssertionError("the pages never end")


def test_clients_nobody_and_what_nobody_drives_make_the_company(dmitri: User, clients: list[Client]) -> None:
    rows = walked(Caller(dmitri), ALL, limit=2)
    told = Caller(dmitri).get(ALL).body
    company = {name: Decimal(value) for name, value in told["company"].items()}

    assert [row["profit"] for row in rows] == ["493.33", "43.88", "43.88", "-6.66", "-206.67"]
    assert [row["client"]["name"] for row in rows if row["verdict"] == "demon"] == ["Client 4", "Client 2"]
    of_clients = sum(Decimal(row["profit"]) for row in rows)
    assert of_clients == company["clients_profit"]
    assert of_clients + company["without_client_profit"] - company["unallocated"] == company["profit"] == Decimal("404.75")
    assert company["difference"] == 0
    assert told["company"]["unallocated"] == "8.01"
    for row in rows:
        parts = [Decimal(row[name]) for name in ("revenue", "direct_cost", "own_cost", "pool_cost")]
        assert parts[0] - sum(parts[1:]) == Decimal(row["profit"])
    assert (told["period"]["from"], told["period"]["to"], told["period"]["fresh"]) == ("2026-03-01", "2026-03-31", True)
    assert rows[0]["margin"] == "49.33"


@pytest.mark.parametrize("sort", ["profit", "-profit", "revenue", "-revenue"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_every_client_once_in_order(sort: str, limit: int, dmitri: User, clients: list[Client]) -> None:
    rows = walked(Caller(dmitri), f"{ALL}&sort={sort}", limit=limit)
    assert sorted(row["client"]["id"] for row in rows) == sorted(client.pk for client in clients)
    figures = [Decimal(row[sort.removeprefix("-")]) for row in rows]
    assert figures == sorted(figures, reverse=sort.startswith("-"))


def test_filters_narrow_the_rows_and_not_the_company(dmitri: User, clients: list[Client], clara: User) -> None:
    caller = Caller(dmitri)

    def named(query: str) -> list[str]:
        answer = caller.get(f"{ALL}&{query}")
        assert answer.status == 200, answer.body
        assert answer.body["company"]["profit"] == "404.75"
        return [row["client"]["name"] for row in answer.body["items"]]

    assert named("verdict=demon") == ["Client 4", "Client 2"]
    assert named("verdict=angel&verdict=demon") == ["Client 0", "Client 4", "Client 2"]
    assert named(f"manager={clara.pk}") == named("manager=clara") == ["Client 0"]
    assert named("source=Trade+fair&verdict=angel") == ["Client 0"]
    assert len(named("industry=none")) == 5
    assert named("manager=me") == []


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("from=2026-03-01", {"to": "required"}),
        ("to=2026-03-01", {"from": "required"}),
        ("from=2026-03-01&to=2026-02-28", {"to": "order"}),
        ("from=2010-01-01&to=2026-01-01", {"to": "too_long"}),
        ("from=1800-01-01&to=1801-01-01", {"from": "date"}),
        ("from=2199-01-01&to=2200-01-01", {"to": "range"}),
        ("from=9999-12-31&to=9999-12-31", {"from": "date"}),
        ("from=2026-02-30&to=2026-03-01", {"from": "date"}),
        ("from=March&to=2026-03-01", {"from": "date"}),
        (f"{MARCH}&verdct=demon", {"verdct": "unknown"}),
    ],
)
@pytest.mark.parametrize("path", ["/profitability", "/profitability/whale"])
def test_periods_that_make_no_sense_are_refused(path: str, query: str, codes: dict[str, str], dmitri: User) -> None:
    answer = Caller(dmitri).get(f"{path}?{query}")
    assert_problem(answer, 422, "refused")
    assert answer.codes == codes
    assert not ProfitReport.objects.exists()


@pytest.mark.parametrize("query", ["verdict=saint", "sort=name", "limit=0", "limit=201", "cursor=x", "manager=Nobody+Known", "source=-1"])
def test_what_the_list_cannot_do_is_refused(query: str, dmitri: User, clients: list[Client]) -> None:
    assert_problem(Caller(dmitri).get(f"{ALL}&{query}"), 422, "refused")


def test_the_whale_curve_climbs_to_its_peak_and_falls(dmitri: User, clients: list[Client]) -> None:
    told = Caller(dmitri).get(WHALE).body

    assert [point["place"] for point in told["points"]] == [1, 2, 3, 4, 5]
    assert [point["cumulated"] for point in told["points"]] == ["493.33", "537.21", "581.09", "574.43", "367.76"]
    assert told["points"][-1]["profit_share"] == told["points"][-1]["clients_share"] == "100.00"
    assert (told["peak"]["place"], told["peak"]["client"]["name"], told["peak"]["profit_share"]) == (3, "Client 3", "158.01")
    assert (told["clients"], told["profit"], told["angels"], told["between"], told["demons"]) == (5, "367.76", 1, 2, 2)


def test_a_period_without_anything_is_empty_and_not_wrong(dmitri: User, clients: list[Client]) -> None:
    old = "from=2020-01-15&to=2020-02-15"
    told = Caller(dmitri).get(f"/profitability?{old}").body
    assert (told["items"], told["next"], told["company"]["profit"], told["company"]["unallocated"]) == ([], None, "0.00", "0.00")
    whale = Caller(dmitri).get(f"/profitability/whale?{old}").body
    assert (whale["points"], whale["peak"]) == ([], None)


def test_without_days_it_is_the_twelve_months_up_to_now(dmitri: User, clients: list[Client]) -> None:
    period = Caller(dmitri).get("/profitability").body["period"]
    first, last = date.fromisoformat(period["from"]), date.fromisoformat(period["to"])
    assert first.day == (last + timedelta(days=1)).day == 1
    assert 364 <= (last - first).days <= 365


def test_what_takes_long_is_worked_out_in_the_background(dmitri: User, clients: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    from scoring.tasks import refresh

    monkeypatch.setattr(refresh, "apply_async", lambda **how: None)
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    caller = Caller(dmitri)
    for address in (ALL, WHALE):
        waiting = caller.get(address)
        assert (waiting.status, waiting.body, waiting.headers["Retry-After"]) == (202, {"status": "working", "share": None}, "2")
    ProfitReport.objects.update(share=40)
    assert caller.get(ALL).body["share"] == 40

    assert refresh_reports() == 1
    done = caller.get(ALL)
    assert (done.status, done.body["period"]["fresh"]) == (200, True)

    sale(clients[0], 1)
    rollup.refresh_all()
    older = caller.get(ALL).body
    assert (older["period"]["fresh"], older["company"]["profit"]) == (False, "404.75")
    assert caller.get(WHALE).body["period"]["fresh"] is False


@pytest.mark.parametrize("address", [ALL, WHALE])
@pytest.mark.parametrize("who", ["anna", "boris", "clara", "eve"])
def test_profit_is_managements_whatever_managers_see_of_their_own(who: str, address: str, clients: list[Client], request: Any) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    user: User = request.getfixturevalue(who)
    for scope in ApiToken.Scope:
        assert_problem(Caller(user, scope).get(address), 403, "forbidden")
    assert not ProfitReport.objects.exists()
    assert_problem(Caller().get(address), 401, "unauthorised")


def test_a_reading_token_reads_profit(admin: User, clients: list[Client]) -> None:
    assert Caller(admin, ApiToken.Scope.READ).get(ALL).status == 200
    assert_problem(Caller(admin).post("/profitability", {}), 405)


@pytest.mark.parametrize("count", [1, 6])
def test_a_page_asks_the_same_queries_however_many_rows(count: int, dmitri: User, anna: User, django_assert_max_num_queries: Any) -> None:
    for number in range(count):
        sale(register(anna, full_name=f"Client {number}"), 100, DAY)
    rollup.refresh_all()
    caller = Caller(dmitri)
    caller.get(ALL)
    with django_assert_max_num_queries(14):
        assert len(caller.get(ALL).body["items"]) == count
    with django_assert_max_num_queries(10):
        assert len(caller.get(WHALE).body["points"]) == count


def test_the_documents_of_the_page_and_of_the_api_agree(dmitri: User, clients: list[Client], client: Any) -> None:
    client.force_login(dmitri)
    page = client.get(f"{reverse('scoring:profitability')}?first=2026-03-01&last=2026-03-31").content.decode()
    assert "€404.75" in page
    assert Caller(dmitri).get(ALL).body["company"]["profit"] == "404.75"


def test_the_description_tells_of_waiting(dmitri: User, db: None) -> None:
    paths = Caller(dmitri).get("/openapi.json").body["paths"]
    for path in ("/api/v1/profitability", "/api/v1/profitability/whale"):
        operation = paths[path]["get"]
        assert operation["x-permissions"] == ["sales.see_profit"]
        assert "Retry-After" in operation["responses"]["202"]["headers"]
        assert [one["name"] for one in operation["parameters"]][:2] == ["from", "to"]
