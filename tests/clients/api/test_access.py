"""Every endpoint as each of the cast, on a client that is Anna's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import ApiToken, User
from clients.models import Client, Contact, DuplicatePair, ImportRun
from clients.services import register_client
from clients.services.duplicates import merge_clients
from reminders.services import plan_reminder
from sales.models import CostPool, Payment
from sales.periods import company_today
from tests.api import ROOT, Caller, assert_problem
from tests.reminders.conftest import PARIS
from tests.sales.ledger import complaint, cost, pool, sale
from tests.scoring.cases.kept import case_of

# (method, path): body, then the status for Anna, whose client it is; Boris of her team; Dmitri of management; Admin.
# Everybody with a role may read everything; nobody without one (Eve) anything.
NEW = {"kind": "organisation", "full_name": "Novapli", "is_customer": True, "source": "Trade fair"}
FILE = "\r\n".join(
    [
        "--x",
        'Content-Disposition: form-data; name="file"; filename="a.csv"',
        "",
        "Company,Kind,Customer,Source",
        "Novapli,organisation,yes,Trade fair",
        "--x",
        'Content-Disposition: form-data; name="dry_run"',
        "",
        "true",
        "--x--",
        "",
    ]
).encode()
SOON = (datetime.now(PARIS).date() + timedelta(days=3)).isoformat()
OFFERED: dict[tuple[str, str], tuple[Any, int, int, int, int]] = {
    ("GET", "/me"): (None, 200, 200, 200, 200),
    ("GET", "/clients"): (None, 200, 200, 200, 200),
    ("POST", "/clients"): (NEW, 201, 201, 201, 201),
    ("GET", "/clients/{client_id}"): (None, 200, 200, 200, 200),
    ("PATCH", "/clients/{client_id}"): ({"version": 1, "city": "Lyon"}, 200, 403, 200, 200),
    ("POST", "/clients/{client_id}/archive"): ({"version": 1, "reason": "Closed"}, 200, 403, 200, 200),
    ("POST", "/clients/{client_id}/restore"): ({"version": 1}, 200, 403, 200, 200),
    ("POST", "/clients/{client_id}/next-step"): ({}, 200, 403, 200, 200),
    ("POST", "/clients/hand-over"): ({"clients": ["{client_id}"], "manager": "boris"}, 200, 200, 200, 200),
    ("GET", "/clients/{client_id}/contacts"): (None, 200, 200, 200, 200),
    ("POST", "/clients/{client_id}/contacts"): ({"full_name": "Yann"}, 201, 403, 201, 201),
    ("GET", "/contacts/{contact_id}"): (None, 200, 200, 200, 200),
    ("PATCH", "/contacts/{contact_id}"): ({"version": 1, "position": "owner"}, 200, 403, 200, 200),
    ("DELETE", "/contacts/{contact_id}"): (None, 204, 403, 204, 204),
    ("GET", "/clients/{client_id}/touches"): (None, 200, 200, 200, 200),
    ("POST", "/clients/{client_id}/touches"): ({"note": "Rang."}, 201, 403, 201, 201),
    ("PATCH", "/touches/{touch_id}"): ({"note": "Rang twice."}, 200, 403, 403, 403),  # one's own only
    ("POST", "/clients/{client_id}/confirm-facts"): (None, 200, 403, 200, 200),
    ("GET", "/clients/{client_id}/history"): (None, 200, 200, 200, 200),
    ("POST", "/clients/{client_id}/merge"): ({"other": "{twin_id}", "version": 1, "other_version": 1}, 200, 403, 200, 200),
    ("GET", "/duplicates"): (None, 200, 200, 200, 200),
    ("POST", "/duplicates/{pair_id}/merge"): ({"survivor": "{client_id}", "version": 1, "other_version": 1}, 200, 403, 200, 200),
    ("POST", "/duplicates/{pair_id}/set-apart"): (None, 200, 403, 200, 200),
    ("POST", "/duplicates/{pair_id}/rejoin"): (None, 200, 403, 200, 200),
    ("GET", "/merges"): (None, 200, 200, 200, 200),
    ("POST", "/merges/{merge_id}/undo"): (None, 200, 403, 200, 200),
    ("GET", "/imports"): (None, 403, 403, 200, 200),
    ("POST", "/imports"): (FILE, 403, 403, 202, 202),
    ("GET", "/imports/{import_id}"): (None, 403, 403, 200, 200),
    ("GET", "/imports/{import_id}/error-file"): (None, 403, 403, 404, 404),  # nothing was refused
    ("POST", "/imports/{import_id}/write"): (None, 403, 403, 202, 202),
    ("POST", "/imports/{import_id}/undo"): (None, 403, 403, 409, 409),  # nothing was written
    ("GET", "/sources"): (None, 200, 200, 200, 200),
    ("POST", "/sources"): ({"name": "Web"}, 403, 403, 403, 201),
    ("GET", "/industries"): (None, 200, 200, 200, 200),
    ("POST", "/industries"): ({"name": "Milling"}, 403, 403, 403, 201),
    ("GET", "/lines-of-business"): (None, 200, 200, 200, 200),
    ("POST", "/lines-of-business"): ({"name": "Workwear"}, 403, 403, 403, 201),
    ("GET", "/criteria"): (None, 200, 200, 200, 200),
    ("GET", "/custom-fields"): (None, 200, 200, 200, 200),
    ("GET", "/reminders"): (None, 200, 200, 200, 200),
    ("POST", "/reminders"): ({"client": "{client_id}", "kind": "other", "on_day": SOON}, 201, 403, 201, 201),
    ("GET", "/reminders/{reminder_id}"): (None, 200, 200, 200, 200),
    ("PATCH", "/reminders/{reminder_id}"): ({"version": 1, "subject": "Ask"}, 200, 403, 200, 200),
    ("POST", "/reminders/{reminder_id}/complete"): ({}, 200, 403, 200, 200),
    ("POST", "/reminders/{reminder_id}/snooze"): ({"on_day": SOON}, 200, 403, 200, 200),
    ("POST", "/reminders/{reminder_id}/hand-over"): ({"assignee": "manager"}, 200, 403, 200, 200),
    ("POST", "/reminders/{reminder_id}/cancel"): ({}, 200, 403, 200, 200),
    ("POST", "/reminders/{reminder_id}/reopen"): ({}, 200, 403, 200, 200),
    ("GET", "/reminder-kinds"): (None, 200, 200, 200, 200),
    ("GET", "/cases"): (None, 200, 200, 200, 200),
    ("POST", "/cases"): ({"client": "{client_id}"}, 403, 403, 422, 422),  # it loses no money
    ("GET", "/cases/{case_id}"): (None, 200, 404, 200, 200),
    ("PATCH", "/cases/{case_id}"): ({"version": 1, "note": "Ask"}, 200, 404, 200, 200),
    ("POST", "/cases/{case_id}/terms"): ({"what": "price", "becomes": "+4 %"}, 200, 404, 200, 200),
    ("POST", "/cases/{case_id}/act"): ({"version": 1, "acted_on": "2026-01-10"}, 200, 404, 200, 200),
    ("POST", "/cases/{case_id}/stop"): ({"version": 1, "because": "Too dear"}, 403, 403, 200, 200),
    ("POST", "/cases/{case_id}/close"): ({"version": 1, "because": "Mended"}, 200, 404, 200, 200),
    ("POST", "/cases/{case_id}/reopen"): ({"version": 1}, 200, 404, 200, 200),
    ("GET", "/profitability"): (None, 403, 403, 200, 200),
    ("GET", "/profitability/whale"): (None, 403, 403, 200, 200),
    ("GET", "/costs"): (None, 403, 403, 200, 200),
    ("POST", "/costs"): ({"client": "{client_id}", "category": "delivery", "day": "2026-03-10", "amount": 5}, 403, 403, 201, 201),
    ("GET", "/costs/{cost_id}"): (None, 404, 404, 200, 200),
    ("PATCH", "/costs/{cost_id}"): ({"version": 1, "amount": 6}, 403, 403, 200, 200),
    ("DELETE", "/costs/{cost_id}"): (None, 403, 403, 204, 204),
    ("GET", "/cost-categories"): (None, 200, 200, 200, 200),
    ("GET", "/complaints"): (None, 200, 200, 200, 200),
    ("POST", "/complaints"): ({"client": "{client_id}", "what": "wet"}, 201, 403, 201, 201),
    ("GET", "/complaints/{complaint_id}"): (None, 200, 200, 200, 200),
    ("PATCH", "/complaints/{complaint_id}"): ({"version": 1, "what": "dry"}, 200, 403, 200, 200),
    ("DELETE", "/complaints/{complaint_id}"): (None, 204, 403, 204, 204),
    ("GET", "/cost-pools"): (None, 403, 403, 200, 200),
    ("POST", "/cost-pools"): ({"name": "Warehouse", "month": "2026-04-01", "amount": 9}, 403, 403, 201, 201),
    ("POST", "/cost-pools/copy"): ({"month": "2026-04-01"}, 403, 403, 422, 422),  # there is nothing to copy
    ("GET", "/cost-pools/{pool_id}"): (None, 403, 403, 200, 200),
    ("PATCH", "/cost-pools/{pool_id}"): ({"version": 1, "amount": 6}, 403, 403, 200, 200),
    ("DELETE", "/cost-pools/{pool_id}"): (None, 403, 403, 204, 204),
}
for _path in ("/sales", "/purchases"):
    _one = f"{_path}/{{document_id}}"
    OFFERED |= {
        ("GET", _path): (None, 200, 200, 200, 200),
        ("POST", _path): ({"client": "{client_id}", "day": "2026-03-10", "amount": "12.50"}, 201, 403, 201, 201),
        ("GET", _one): (None, 200, 200, 200, 200),
        ("PATCH", _one): ({"version": 1, "amount": 9}, 200, 403, 200, 200),
        ("DELETE", _one): (None, 204, 403, 204, 204),  # Anna entered it today
        ("POST", f"{_one}/reverse"): ({}, 201, 403, 201, 201),
        ("GET", f"{_one}/payments"): (None, 200, 200, 200, 200),
        ("POST", f"{_one}/payments"): ({}, 201, 403, 201, 201),
        ("DELETE", f"{_one}/payments/{{payment_id}}"): (None, 204, 403, 204, 204),
    }
CAST = ("anna", "boris", "dmitri", "admin")


def call(caller: Caller, method: str, path: str, body: Any, client: Client, contact: Contact) -> Any:
    run = ImportRun.objects.get_or_create(
        file_name="a.csv", created_by=client.manager, header=["Company"], mapping={"full_name": ["Company"]}, state="tried"
    )[0]
    ids = {"client_id": client.pk, "contact_id": contact.pk, "touch_id": client.touches.get().pk, "import_id": run.pk}
    if "merge" in path or "duplicates" in path:
        ids |= twin_of(client, merged="merge_id" in path)
    if "reminder_id" in path:
        assert client.manager is not None
        planned = plan_reminder(user=client.manager, client_id=client.pk, kind="other", on_day=company_today() + timedelta(days=1))
        ids["reminder_id"] = planned.pk
    if "case_id" in path:
        assert client.manager is not None
        made = client.turnaround_cases.first() or case_of(client, opened_by=client.manager, cause="logistics", action="mend")
        ids["case_id"] = made.pk
    ids |= money_of(client, path)
    path = path.format(**ids)
    if isinstance(body, dict):
        body = {name: int(value.format(**ids)) if str(value).endswith("_id}") else value for name, value in body.items()}
    if body is FILE:
        return caller.call(method, path, body, Content_Type="multipart/form-data; boundary=x")
    if method == "DELETE":
        path += "?version=1"
    if isinstance(body, dict) and "clients" in body:
        body = {**body, "clients": [client.pk]}
    return caller.call(method, path, body)


def money_of(client: Client, path: str) -> dict[str, int]:
    """Return what the address names of a document, a payment, a cost, a complaint and a pool."""
    ids: dict[str, int] = {}
    if "document_id" in path:
        kind = "purchase" if path.startswith("/purchases") else "sale"
        document = sale(client, 90, kind=kind, created_by=client.manager)
        ids["document_id"] = document.pk
        if "payment_id" in path:
            ids["payment_id"] = Payment.objects.create(document=document, day=document.day, amount=5).pk
    if "cost_id" in path:
        ids["cost_id"] = cost(client).pk
    if "complaint_id" in path:
        ids["complaint_id"] = complaint(client, created_by=client.manager).pk
    if "pool_id" in path:
        ids["pool_id"] = pool(90, "equal", name=f"Pool {CostPool.objects.count()}").pk
    return ids


def twin_of(client: Client, *, merged: bool) -> dict[str, int]:
    """Return a client of the same manager, the pair of the two and, if `merged`, their merge."""
    manager = client.manager
    assert manager is not None
    twin = register_client(user=manager, data={**NEW, "full_name": "Lachenal", "manager": manager.pk})
    pair = DuplicatePair.objects.create(first=client, second=twin, score=91)
    ids = {"twin_id": twin.pk, "pair_id": pair.pk}
    if merged:
        ids["merge_id"] = merge_clients(user=manager, survivor_id=client.pk, other_id=twin.pk).pk
    return ids


def test_the_table_of_this_test_holds_every_endpoint() -> None:
    paths = Browser().get(f"{ROOT}/openapi.json").json()["paths"]
    assert {(method.upper(), path.removeprefix(ROOT)) for path, methods in paths.items() for method in methods} == set(OFFERED)


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize(("method", "path"), OFFERED)
def test_each_role_may_do_what_it_may_and_no_more(
    method: str, path: str, name: str, request: pytest.FixtureRequest, lachenal: Client, solene: Contact, boris: User
) -> None:
    user: User = request.getfixturevalue(name)
    body, *statuses = OFFERED[method, path]
    answer = call(Caller(user), method, path, body, lachenal, solene)
    expected = statuses[CAST.index(name)]
    assert answer.status == expected, answer.body
    if expected == 403:
        assert_problem(answer, 403, "forbidden")
        assert Client.objects.get(pk=lachenal.pk).version in {lachenal.version, lachenal.version + ("merge_id" in path)}


@pytest.mark.parametrize(("method", "path"), OFFERED)
def test_an_account_without_a_role_may_nothing_and_nobody_even_less(
    method: str, path: str, eve: User, lachenal: Client, solene: Contact
) -> None:
    body = OFFERED[method, path][0]
    if path != "/me":
        assert_problem(call(Caller(eve), method, path, body, lachenal, solene), 403, "forbidden")
    assert_problem(call(Caller(), method, path, body, lachenal, solene), 401, "unauthorised")


@pytest.mark.parametrize(("method", "path"), [key for key in OFFERED if key[0] != "GET"])
def test_a_read_token_of_whoever_may_write_nothing(method: str, path: str, admin: User, lachenal: Client, solene: Contact) -> None:
    answer = call(Caller(admin, ApiToken.Scope.READ), method, path, OFFERED[method, path][0], lachenal, solene)
    assert_problem(answer, 403, "read-only-token")


@pytest.mark.parametrize(("method", "path"), [key for key in OFFERED if "{" in key[1]])
def test_what_is_not_there_is_not_found_by_anybody(method: str, path: str, admin: User, lachenal: Client) -> None:
    body = OFFERED[method, path][0]
    if isinstance(body, dict):
        body = {name: lachenal.pk if str(value).endswith("_id}") else value for name, value in body.items()}
    for number in (0, lachenal.pk + 1_000, 10**18, 2**63, 10**40):
        query = "?version=1" if method == "DELETE" else ""
        assert_problem(Caller(admin).call(method, re.sub(r"{\w+}", str(number), path) + query, body), 404, "not-found")


def test_a_hand_over_leaves_what_is_not_in_ones_hands(boris: User, lachenal: Client) -> None:
    answer = Caller(boris).post("/clients/hand-over", {"clients": [lachenal.pk, 10**15], "manager": "boris"})
    assert answer.body == {"changed": [], "unchanged": 0, "not_editable": 2, "refused": []}
    assert Client.objects.get().manager != boris


def test_no_endpoint_sets_what_belongs_to_the_row(
    admin: User, lachenal: Client, solene: Contact, django_assert_num_queries: Callable[..., Any]
) -> None:
    before = Client.objects.values().get()
    for name in (
        "id", "version_", "created_at", "created_by", "archived_at", "erased_at", "completeness", "in_target", "facts_confirmed_at",
        "search_text", "sort_name", "manager_id", "standing", "updated_at", "fact_dates", "__class__", "is_staff", "next_step_at",
    ):  # fmt: skip
        answer = Caller(admin).patch(f"/clients/{lachenal.pk}", {"version": 1, name: 1})
        assert answer.codes == {name: "unknown"}
        assert Caller(admin).patch(f"/contacts/{solene.pk}", {"version": 1, name: 1}).codes == {name: "unknown"}
        assert Caller(admin).post("/clients", {**NEW, name: 1}).codes == {name: "unknown"}
    assert Client.objects.values().get() == before
