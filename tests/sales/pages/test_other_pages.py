"""Complaints, costs, cost pools and the settings of the ledger, by their pages."""

import html
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import Client
from sales.models import Complaint, Cost, CostCategory, CostPool, LedgerSettings
from sales.periods import company_today, first_of_month
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, pool, sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna)


def test_a_complaint_is_logged_resolved_and_opened_again(client: Browser, anna: User, lefevre: Client) -> None:
    client.force_login(anna)
    today = company_today().isoformat()
    given = {"client": lefevre.pk, "day": today, "severity": "3", "fault": "ours", "what": "Late", "document": ""}
    client.post("/complaints/new/", given)
    one = Complaint.objects.get()
    assert (one.client, one.severity, one.fault, one.what, one.created_by) == (lefevre, 3, "ours", "Late", anna)
    client.post(f"/complaints/{one.pk}/resolve/", {"version": one.version, "resolved_on": today, "resolution": "Sent again"})
    one.refresh_from_db()
    assert (one.resolved_on, one.resolution) == (company_today(), "Sent again")
    client.post(f"/complaints/{one.pk}/reopen/")
    one.refresh_from_db()
    assert (one.resolved_on, one.resolution) == (None, "Sent again")
    client.post(f"/complaints/{one.pk}/resolve/", {"version": one.version, "resolved_on": today, "resolution": ""})
    one.refresh_from_db()
    assert (one.resolved_on, one.resolution) == (company_today(), "")


def test_a_cost_is_entered_by_the_hour(client: Browser, dmitri: User, lefevre: Client) -> None:
    client.force_login(dmitri)
    category = CostCategory.objects.get(key="service").pk
    given = {"client": lefevre.pk, "category": category, "day": company_today().isoformat(), "hours": "2.5", "hourly_rate": "48"}
    client.post("/costs/new/", given | {"currency": "EUR"})
    assert Cost.objects.get().amount == 120


def test_two_who_change_a_cost_at_once_see_both_and_nothing_is_overwritten(client: Browser, dmitri: User, lefevre: Client) -> None:
    one = cost(lefevre, 10)
    client.force_login(dmitri)
    given = {"client": lefevre.pk, "category": one.category_id, "day": "2026-03-10", "amount": "10", "currency": "EUR", "version": 1}
    assert client.post(f"/costs/{one.pk}/", given | {"note": "first"}).status_code == 302
    for headers in ({"HX-Request": "true"}, {}):
        answer = client.post(f"/costs/{one.pk}/", given | {"note": "second"}, headers=headers)
        assert answer.status_code == 409
        (difference,) = answer.context["conflict"].differences
        assert (difference.mine.shown, difference.theirs.shown) == ("second", "first")
        one.refresh_from_db()
        assert one.note == "first"
    chosen = dict(answer.context["conflict"].kept) | {"version": answer.context["conflict"].version, "note": "second"}
    assert client.post(f"/costs/{one.pk}/", chosen).status_code == 302
    one.refresh_from_db()
    assert (one.note, one.amount, one.client) == ("second", 10, lefevre)


@pytest.mark.parametrize(("address", "form"), [("/costs/new/", "cost"), ("/complaints/new/", "complaint")])
def test_a_draft_is_kept_apart_for_each_client_and_sale_that_the_address_proposes(
    client: Browser, anna: User, dmitri: User, lefevre: Client, address: str, form: str
) -> None:
    one, other = sale(lefevre), register(anna, full_name="Rassvet")
    client.force_login(dmitri)
    for asked, key in (
        ("", "-"),
        (f"?client={other.pk}", f"{other.pk}-"),
        (f"?client={lefevre.pk}&document={one.pk}", f"{lefevre.pk}-{one.pk}"),
    ):
        answers = [client.get(address + asked), client.get(address + asked, headers={"HX-Request": "true"})]
        page = answers[-1].content.decode()
        sent_to = html.unescape(page.split(f' action="{address}', 1)[1].split('"', 1)[0])
        answers.append(client.post(address + sent_to, {"client": other.pk, "day": "never"}))  # refused, it is the same draft
        assert answers[-1].status_code == 422
        assert [f'data-draft="{form}-new-{key}"' in answer.content.decode() for answer in answers] == [True] * 3


@pytest.mark.parametrize(("address", "form"), [("/costs/new/", "cost"), ("/complaints/new/", "complaint")])
def test_the_sales_of_another_client_are_offered_when_it_is_chosen(
    client: Browser, anna: User, dmitri: User, lefevre: Client, address: str, form: str
) -> None:
    hers, his = sale(lefevre, number="RE-1"), sale(register(anna, full_name="Rassvet"), number="RE-2")
    client.force_login(dmitri)
    page = client.get(f"{address}?client={lefevre.pk}").content.decode()
    assert f'hx-get="{address}" hx-trigger="change from:#{form}_client"' in page
    assert "RE-1" in page
    drawn = client.get(f"{address}?client={his.client_id}", headers={"HX-Request": "true"}).content.decode()
    select = drawn.split(f'id="{form}_document"', 1)[1].split("</select>", 1)[0]
    assert f'value="{his.pk}"' in select
    assert f'value="{hers.pk}"' not in select


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_of_a_pool_does_not_grow_with_its_weights(client: Browser, anna: User, dmitri: User, count: int) -> None:
    one = pool("900", "by_hand")
    clients = [register(anna, full_name=f"Client {number}") for number in range(count)]
    for each in clients:
        one.weights.create(client=each, weight=1)
    client.force_login(dmitri)
    client.get(f"/cost-pools/{one.pk}/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/cost-pools/{one.pk}/").content.decode()
    assert all(f">{each}</option>" in page for each in clients)
    assert len(asked) <= 15, [one["sql"][:120] for one in asked]


def test_lines_that_are_typed_are_no_rows_that_keys_go_through(client: Browser, dmitri: User, lefevre: Client) -> None:
    client.force_login(dmitri)
    for address in ("/sales/new/", "/cost-pools/new/"):
        page = client.get(address).content.decode()
        assert "data-fields" in page
        assert "data-rows" not in page


GONE = [
    ("payments", "record_payment", "/sales/{document}/pay/", {"amount": "1", "day": "2026-03-11"}),
    ("payments", "remove_payment", "/payments/{payment}/remove/", {}),
    ("payments", "reverse_document", "/sales/{document}/credit/", {"amount": "1", "day": "2026-03-11"}),
    ("entering", "remove_document", "/sales/{document}/remove/", {}),
    ("complaints", "resolve_complaint", "/complaints/{complaint}/resolve/", {"version": "1", "resolved_on": "2026-03-11"}),
    ("complaints", "change_complaint", "/complaints/{complaint}/reopen/", {}),
    ("complaints", "remove_complaint", "/complaints/{complaint}/remove/", {}),
    ("costs", "remove_cost", "/costs/{cost}/remove/", {}),
    ("pools", "remove_pool", "/cost-pools/{pool}/remove/", {}),
]


@pytest.mark.parametrize(("view", "service", "address", "given"), GONE)
def test_what_goes_between_the_look_and_the_lock_is_not_found(
    client: Browser, dmitri: User, lefevre: Client, monkeypatch: pytest.MonkeyPatch, view: str, service: str, address: str, given: Any
) -> None:
    one = sale(lefevre, 100)
    rows: dict[str, Any] = {
        "payment": one.payments.create(day=one.day, amount=1),
        "document": one,
        "complaint": complaint(lefevre),
        "cost": cost(lefevre),
        "pool": pool("900", "orders"),
    }
    real = getattr(import_module(f"sales.views.{view}"), service)

    def late(**typed: Any) -> Any:
        for row in rows.values():
            type(row).objects.filter(pk=row.pk).delete()
        return real(**typed)

    monkeypatch.setattr(f"sales.views.{view}.{service}", late)
    client.force_login(dmitri)
    assert client.post(address.format(**{name: row.pk for name, row in rows.items()}), given).status_code == 404


def test_pools_are_copied_from_the_month_before(client: Browser, dmitri: User) -> None:
    month = first_of_month(company_today())
    before = pool("900", "orders", month.replace(year=month.year - 1), "Warehouse")
    client.force_login(dmitri)
    after = before.month.replace(month=before.month.month % 12 + 1, year=before.month.year + before.month.month // 12)
    assert "Copy last month" in client.get(f"/cost-pools/?month={after:%Y-%m}").content.decode()
    client.post(f"/cost-pools/copy/?month={after:%Y-%m}")
    assert CostPool.objects.get(month=after).amount == Decimal(900)


def test_a_client_twice_among_the_weights_is_said_at_its_row(client: Browser, dmitri: User, lefevre: Client) -> None:
    client.force_login(dmitri)
    given = {
        "name": "Warehouse",
        "amount": "900",
        "driver": "by_hand",
        "note": "kept",
        "weight_client": [lefevre.pk] * 2,
        "weight": ["1", "2"],
    }
    answer = client.post("/cost-pools/new/?month=2026-03", given)
    assert answer.status_code == 422
    assert answer.context["form"].rows[1].errors
    assert "kept" in answer.content.decode()


def test_the_ledger_is_closed_and_opened_again_from_the_toast(client: Browser, dmitri: User) -> None:
    client.force_login(dmitri)
    given = {"locked_before": "2026-01-01", "former_after_months": "6", "managers_see_profit": "on"}
    page = client.post("/ledger-settings/", given, follow=True).content.decode()
    now = LedgerSettings.current()
    assert (str(now.locked_before), now.former_after_months, now.managers_see_profit) == ("2026-01-01", 6, True)
    assert "/ledger-settings/closed-before/never/" in page
    assert "Settings saved; Undo takes back the closing alone" in page
    client.post("/ledger-settings/closed-before/never/")
    now = LedgerSettings.current()
    assert (now.locked_before, now.former_after_months, now.managers_see_profit) == (None, 6, True)
    page = client.post("/ledger-settings/", given, follow=True).content.decode()  # the closing alone
    assert "/ledger-settings/closed-before/never/" in page
    assert "closing alone" not in page
    page = client.post("/ledger-settings/", given | {"former_after_months": "9"}, follow=True).content.decode()
    assert "closed-before" not in page


def test_managers_set_nothing(client: Browser, anna: User) -> None:
    client.force_login(anna)
    for address in ("/ledger-settings/", "/cost-pools/", "/costs/new/"):
        assert client.get(address).status_code == 403
