"""Payments, costs and complaints from files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.imports.kinds import kind_named
from clients.models import Client, ImportedRow, Source
from clients.services import erase_client
from sales import rollup
from sales.imports.costs import CostRows
from sales.models import Complaint, Cost, Document, LedgerSettings, Payment
from tests.clients.imports.conftest import figures
from tests.clients.registry import fair, fresh, register
from tests.sales.imports.conftest import Importing
from tests.sales.imports.test_documents import take_back, why
from tests.sales.ledger import purchase, sale

pytestmark = pytest.mark.django_db
PAYMENTS = ["Invoice", "Payment date", "Amount paid"]
COSTS = ["Date", "Customer ID", "Category", "Amount"]
COMPLAINTS = ["Date", "Customer ID", "What happened", "Severity", "Whose fault", "Cost", "Resolved on"]


@pytest.fixture
def invoice(acme: Client) -> Document:
    return sale(acme, 100, number="S-1", due_on=date(2026, 4, 9))


def test_payments_settle_their_documents(importing: Importing, invoice: Document) -> None:
    rows = [PAYMENTS, ["S-1", "2026-03-20", "40"], ["S-1", "2026-03-20", "40"], ["S-1", "2026-03-25", "20"]]
    assert figures(importing(rows, kind="payments")) == {"added": 3}
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.settled_on) == (100, date(2026, 3, 25))
    assert figures(importing(rows, kind="payments")) == {"unchanged": 3}
    rows.append(["S-1", "2026-03-20", "40"])  # the third of its kind
    assert figures(importing(rows, kind="payments")) == {"unchanged": 3, "added": 1}


def test_a_payment_with_a_number_is_known_by_it(importing: Importing, invoice: Document) -> None:
    rows = [[*PAYMENTS, "Payment number"], ["S-1", "2026-03-20", "40", "P-1"]]
    importing(rows, kind="payments")
    rows[1][2] = "45"
    rows.append(["S-1", "2026-03-21", "45", "P-1"])
    run = importing(rows, kind="payments")
    assert (figures(run), why(run)) == ({"changed": 1, "refused": 1}, [("Number of the payment", "twice")])
    assert Payment.objects.get().amount == 45


def test_payments_of_purchases(importing: Importing, acme: Client, invoice: Document) -> None:
    bought = purchase(acme, 30, number="S-1")
    assert figures(importing([PAYMENTS, ["S-1", "2026-03-20", "30"]], kind="payments", defaults={"kind": "purchase"})) == {"added": 1}
    assert Payment.objects.get().document == bought


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (["", "2026-03-20", "1"], ("Number of the sale", "required")),
        (["S-9", "2026-03-20", "1"], ("Number of the sale", "unknown")),
        (["S-1", "", "1"], ("Date", "required")),
        (["S-1", "2026-03-20", ""], ("Amount", "required")),
        (["S-1", "2026-03-20", "0"], ("Amount", "nothing")),
        (["S-1", "2026-01-20", "1"], ("Date", "closed")),
        (["S-1", "2199-01-01", "1"], ("Date", "future")),
    ],
)
def test_payments_that_can_not_be_kept(importing: Importing, invoice: Document, row: list[str], found: tuple[str, str]) -> None:
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    run = importing([PAYMENTS, row], kind="payments")
    assert (run.failure, why(run)) == ("", [found])
    assert not Payment.objects.exists()


def test_payments_are_taken_back(importing: Importing, invoice: Document, dmitri: User) -> None:
    run = importing([PAYMENTS, ["S-1", "2026-03-20", "40"], ["S-1", "2026-03-21", "60"]], kind="payments")
    Payment.objects.filter(amount=60).update(amount=61)
    undone = take_back(run, dmitri)
    assert (undone.undone, undone.kept) == (1, 1)
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.settled_on) == (61, None)


def test_costs_of_clients_and_of_campaigns(importing: Importing, acme: Client, invoice: Document) -> None:
    fair()
    rows = [
        [*COSTS, "Currency", "Rate", "Hours", "For the sale", "Campaign", "Note"],
        ["2026-03-10", "C-1", "Доставка", "12,50", "", "", "", "", "", ""],
        ["2026-03-10", "C-1", "delivery", "12.50", "", "", "", "", "", ""],
        ["2026-03-11", "", "Service hours", "80", "USD", "0.5", "2", "S-1", "", "two visits"],
        ["2026-03-12", "", "campaigns", "500", "", "", "", "", "Trade fair", ""],
    ]
    assert figures(importing(rows, kind="costs")) == {"added": 4}
    assert [str(one.category) for one in Cost.objects.order_by("pk")] == ["Delivery", "Delivery", "Service hours", "Campaigns"]
    service, campaign = Cost.objects.filter(day__gt=date(2026, 3, 10)).order_by("pk")
    assert (service.client, service.document, service.hours, service.home_amount) == (acme, invoice, Decimal(2), 40)
    assert (campaign.client, campaign.source) == (None, Source.objects.get())
    rollup.refresh_all()
    assert figures(importing(rows, kind="costs")) == {"unchanged": 4}
    assert not rollup.refresh_all()
    assert figures(importing([*rows, rows[1]], kind="costs")) == {"unchanged": 4, "added": 1}


def test_a_cost_with_a_number_changes(importing: Importing, acme: Client, dmitri: User) -> None:
    rows = [[*COSTS, "Cost number"], ["2026-03-10", "C-1", "delivery", "10", "V-1"]]
    importing(rows, kind="costs")
    rows[1][3] = "12"
    run = importing(rows, kind="costs")
    assert figures(run) == {"changed": 1}
    assert (Cost.objects.get().amount, Cost.objects.get().version) == (12, 2)
    assert take_back(run, dmitri).undone == 1
    assert (Cost.objects.get().amount, Cost.objects.get().version) == (10, 3)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (["2026-03-10", "C-1", "", "1"], ("Category", "required")),
        (["2026-03-10", "C-1", "bribes", "1"], ("Category", "choice")),
        (["2026-03-10", "", "delivery", "1"], ("Client: own id", "nobody")),
        (["2026-03-10", "C-9", "delivery", "1"], ("Client: own id", "unknown_client")),
        (["2026-01-10", "C-1", "delivery", "1"], ("Date", "closed")),
        (["2199-01-01", "C-1", "delivery", "1"], ("Date", "future")),
        (["2026-03-10", "C-1", "delivery", ""], ("Amount", "required")),
    ],
)
def test_costs_that_can_not_be_kept(importing: Importing, acme: Client, row: list[str], found: tuple[str, str]) -> None:
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    run = importing([COSTS, row], kind="costs")
    assert (run.failure, why(run)) == ("", [found])
    assert not Cost.objects.exists()


def test_complaints_come_and_are_resolved_later(importing: Importing, acme: Client, dmitri: User) -> None:
    rows = [COMPLAINTS, ["2026-03-10", "C-1", "Two boxes wet", "grave", "Перевозчик", "", ""]]
    assert figures(importing(rows, kind="complaints")) == {"added": 1}
    one = Complaint.objects.get()
    assert (one.severity, one.fault, one.cost, one.resolved_on) == (3, "others", 0, None)
    rows[1][5:] = ["120", "2026-03-15"]
    assert figures(importing(rows, kind="complaints")) == {"changed": 1}
    assert figures(importing(rows, kind="complaints")) == {"unchanged": 1}
    one.refresh_from_db()
    assert (one.cost, one.resolved_on, one.version) == (Decimal(120), date(2026, 3, 15), 2)
    run = importing([COMPLAINTS, ["2026-03-10", "", "x", "", "", "", ""], ["2026-03-10", "C-1", "x", "", "", "-1", ""]], kind="complaints")
    assert why(run) == [("Client: own id", "nobody"), ("Cost", "negative")]


def test_complaints_have_been_made_and_are_resolved_after(importing: Importing, acme: Client) -> None:
    rows = [
        COMPLAINTS,
        ["2199-01-01", "C-1", "x", "", "", "", ""],
        ["2026-03-10", "C-1", "x", "", "", "", "2199-01-01"],
        ["2026-03-10", "C-1", "x", "", "", "", "2026-03-09"],
    ]
    assert why(importing(rows, kind="complaints")) == [("Date", "future"), ("Resolved on", "future"), ("Resolved on", "order")]


def test_a_numbered_cost_keeps_its_currency_where_the_row_has_none(importing: Importing, acme: Client) -> None:
    head = [*COSTS, "Cost number"]
    importing([[*head, "Currency", "Rate"], ["2026-03-10", "C-1", "delivery", "10", "V-1", "USD", "0.5"]], kind="costs")
    importing([head, ["2026-03-10", "C-1", "delivery", "12", "V-1"], ["2026-03-10", "C-1", "delivery", "7", "V-2"]], kind="costs")
    found: list[Any] = list(Cost.objects.order_by("number").values_list("amount", "currency", "rate", "home_amount"))
    assert found == [(12, "USD", Decimal("0.5"), 6), (7, "EUR", 1, 7)]
    importing([[*head, "Currency"], ["2026-03-10", "C-1", "delivery", "12", "V-1", "EUR"]], kind="costs")
    assert Cost.objects.get(number="V-1").home_amount == 12
    run = importing([[*head, "Rate"], ["2026-03-10", "C-1", "delivery", "12", "V-1", "0.5"]], kind="costs", defaults={"currency": "USD"})
    assert why(run) == [("Rate", "own_currency")]


def test_a_document_that_is_named_is_the_clients_own(importing: Importing, acme: Client, invoice: Document, dmitri: User) -> None:
    register(dmitri, full_name="Other", external_id="C-2")
    head = [*COSTS, "Cost number", "For the sale"]
    run = importing([head, ["2026-03-10", "C-2", "delivery", "1", "", "S-1"]], kind="costs")
    assert why(run) == [("For the sale", "choice")]
    importing([head, ["2026-03-10", "C-1", "delivery", "1", "V-1", "S-1"]], kind="costs")
    run = importing([head, ["2026-03-10", "C-2", "delivery", "1", "V-1", ""]], kind="costs")
    assert why(run) == [("For the sale", "choice")]
    run = importing([["Date", "Customer ID", "What happened", "Document"], ["2026-03-10", "C-2", "x", "S-1"]], kind="complaints")
    assert [code for _field, code in why(run)] == ["choice"]


def test_rows_of_a_closed_period_stay_when_an_import_is_taken_back(
    importing: Importing, acme: Client, invoice: Document, dmitri: User
) -> None:
    head = [*COMPLAINTS, "Resolution"]
    importing([COMPLAINTS, ["2026-01-10", "C-1", "wet", "", "", "", ""]], kind="complaints")
    words = importing([head, ["2026-01-10", "C-1", "wet", "", "", "", "", "dried"]], kind="complaints")
    runs = [
        importing([PAYMENTS, ["S-1", "2026-01-20", "40"], ["S-1", "2026-03-20", "40"]], kind="payments"),
        importing([COSTS, ["2026-01-10", "C-1", "delivery", "1"], ["2026-03-10", "C-1", "delivery", "1"]], kind="costs"),
        importing(
            [COMPLAINTS, ["2026-01-10", "C-1", "late", "", "", "", ""], ["2026-03-10", "C-1", "x", "", "", "", ""]], kind="complaints"
        ),
    ]
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    for run in runs:
        kind = kind_named(run.kind)
        assert kind is not None
        assert [one.why for one in kind.touched(run.pk)] == ["in a closed period"]
        undone = take_back(run, dmitri)
        assert (undone.failure, undone.undone, undone.kept) == ("", 1, 1)
    undone = take_back(words, dmitri)
    assert (undone.failure, undone.undone, undone.kept) == ("", 1, 0)
    assert Complaint.objects.get(what="wet").resolution == ""


def test_a_row_that_changes_is_locked_and_read_under_the_lock(importing: Importing, acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[*COSTS, "Cost number", "Note"], ["2026-03-10", "C-1", "delivery", "10", "V-1", ""]]
    importing(rows, kind="costs")
    standing = CostRows.standing

    def overtaken(self: CostRows, records: Any) -> Any:
        found = list(standing(self, records))
        Cost.objects.update(note="by somebody else", version=2)  # between the reading and the lock
        return found

    monkeypatch.setattr(CostRows, "standing", overtaken)
    rows[1][3] = "12"
    with CaptureQueriesContext(connection) as asked:
        importing(rows, kind="costs")
    cost = Cost.objects.get()
    assert (cost.amount, cost.note, cost.version) == (12, "by somebody else", 3)
    assert any('FROM "sales_cost"' in query["sql"] and "FOR UPDATE" in query["sql"] for query in asked)


def test_an_import_that_is_taken_back_puts_no_words_of_an_erased_client_back(
    importing: Importing, acme: Client, dmitri: User, admin: User
) -> None:
    costs = [[*COSTS, "Cost number", "Note"], ["2026-03-10", "C-1", "delivery", "10", "V-1", "for Zyx"]]
    complaints = [[*COMPLAINTS[:3], "Resolution"], ["2026-03-10", "C-1", "Zyx", "Zyx went"]]
    sales = [["Number", "Date", "Customer ID", "Amount", "Note"], ["S-1", "2026-03-10", "C-1", "10", "for Zyx"]]
    importing(costs, kind="costs")
    importing(sales)
    importing(complaints, kind="complaints")
    costs[1][-1] = sales[1][-1] = complaints[1][-1] = "again Zyx"
    runs = [importing(rows, kind=kind) for kind, rows in (("costs", costs), ("sales", sales), ("complaints", complaints))]

    erase_client(user=admin, client_id=acme.pk, version=fresh(acme).version)

    assert "Zyx" not in str(list(ImportedRow.objects.values_list("before", "parts")))
    for run in runs:
        undone = take_back(run, dmitri)
        assert (undone.failure, undone.undone, undone.kept) == ("", 0, 1)
    assert "Zyx" not in str([list(model.objects.values()) for model in (Cost, Complaint, Document)])
