"""Sales and purchases from files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from clients.imports import running, starting
from clients.imports.kinds import kind_named
from clients.models import Client, ImportRun, LineOfBusiness
from clients.services import archive_client
from sales.imports.documents.session import DocumentRows
from sales.models import Document, DocumentLine, LedgerSettings, Payment
from tests.clients.imports.conftest import figures, reasons, refused_rows
from tests.clients.registry import register
from tests.sales.imports.conftest import Importing
from tests.sales.ledger import cost, sale

pytestmark = pytest.mark.django_db
HEAD = ["Number", "Date", "Customer ID", "Amount"]
LINES = ["Invoice No", "Date", "Customer ID", "Product", "Quantity", "Unit price", "Unit cost"]


def lines_of(number: str) -> list[Any]:
    found = DocumentLine.objects.filter(document__number=number).order_by("position")
    return list(found.values_list("position", "product", "quantity", "amount", "direct_cost"))


def rows_of(rows: Iterable[Any]) -> list[Any]:
    return list(rows)


def why(run: ImportRun) -> list[tuple[str, str]]:
    """(field, code) of what was refused, without how often."""
    return sorted((field, code) for field, code, _rows in reasons(run))


def test_a_row_is_a_document(importing: Importing, acme: Client, dmitri: User) -> None:
    run = importing([
        ["Number", "Date", "Customer ID", "Amount", "Discount", "Direct cost", "Due date", "Note"],
        ["S-1", "10.03.2026", "C-1", "1 234,50 €", "100", "800", "2026-04-09", "by rail"],
    ])  # fmt: skip
    assert (run.failure, figures(run)) == ("", {"added": 1})
    document = Document.objects.get()
    assert (document.kind, document.number, document.client, document.day) == ("sale", "S-1", acme, date(2026, 3, 10))
    assert (document.amount, document.discount, document.direct_cost) == (Decimal("1234.50"), 100, 800)
    assert (document.due_on, document.note, document.currency, document.rate) == (date(2026, 4, 9), "by rail", "EUR", Decimal(1))
    assert (document.line_count, document.created_by, document.version) == (0, dmitri, 1)


def test_rows_of_one_number_are_lines_of_one_document_wherever_they_stand(importing: Importing, acme: Client) -> None:
    rows = [
        LINES,
        ["S-1", "2026-03-10 08:26:00", "C-1", "Bolt", "3", "0.335", "0.1"],
        ["S-2", "2026-03-10", "C-1", "Nut", "-2", "1.5", "1"],
        ["S-1", "2026-03-10 08:27:00", "C-1", "Washer", "2", "0.10", "0.05"],
    ]
    assert figures(importing(rows)) == {"added": 3}
    assert lines_of("S-1") == [
        (1, "Bolt", 3, Decimal("1.01"), Decimal("0.30")),  # 1.005, half a cent away from zero
        (2, "Washer", 2, Decimal("0.20"), Decimal("0.10")),
    ]
    one, back = Document.objects.order_by("number")
    assert (one.amount, one.direct_cost, one.line_count) == (Decimal("1.21"), Decimal("0.40"), 2)
    assert (back.amount, back.direct_cost, back.is_return) == (-3, -2, True)
    assert figures(importing(rows)) == {"unchanged": 3}
    assert not Document.objects.exclude(version=1).exists()


def test_amounts_alone_make_lines_once_a_number_comes_twice(importing: Importing, acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DocumentRows, "rows_at_once", 1)
    rows = [HEAD, ["S-1", "2026-03-10", "C-1", "10"], ["S-2", "2026-03-10", "C-1", "5"], ["S-1", "2026-03-10", "C-1", "20"]]
    assert figures(importing(rows)) == {"added": 3}
    assert [line[3] for line in lines_of("S-1")] == [10, 20]
    assert (Document.objects.get(number="S-1").amount, Document.objects.get(number="S-1").version) == (30, 1)
    assert lines_of("S-2") == []
    assert figures(importing(rows)) == {"unchanged": 3}


def test_a_trial_counts_as_the_writing_does(importing: Importing, acme: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DocumentRows, "rows_at_once", 1)
    rows = [
        ["Number", "Date", "Customer ID", "Amount", "Takes back"],
        ["S-1", "2026-03-10", "C-1", "10", ""],
        ["S-2", "2026-03-11", "C-1", "-4", "S-1"],
        ["S-1", "2026-03-12", "C-1", "20", ""],
        ["S-2", "2026-03-11", "C-1", "-1", "S-1"],
    ]
    tried, written = importing(rows, dry_run=True), importing(rows)
    assert not tried.failure
    assert (figures(tried), reasons(tried)) == (figures(written), reasons(written))
    assert figures(written) == {"added": 3, "refused": 1}
    assert why(written) == [("", "apart"), ("Date", "differs")]
    assert Document.objects.get(number="S-1").credited == -5


def test_a_changed_row_changes_its_line_and_nothing_else(importing: Importing, acme: Client) -> None:
    rows = [LINES, ["S-1", "2026-03-10", "C-1", "Bolt", "3", "1", "0.5"], ["S-1", "2026-03-10", "C-1", "Nut", "2", "1", "0.5"]]
    importing(rows)
    rows[2][4] = "4"
    rows.append(["S-1", "2026-03-10", "C-1", "Washer", "1", "7", ""])
    assert figures(importing(rows)) == {"unchanged": 1, "changed": 1, "added": 1}
    assert [line[1:4] for line in lines_of("S-1")] == [("Bolt", 3, 3), ("Nut", 4, 4), ("Washer", 1, 7)]
    document = Document.objects.get()
    assert (document.amount, document.line_count, document.version) == (14, 3, 2)
    moved = [[*row[:1], "2026-03-11", *row[2:]] if row[0] == "S-1" else row for row in rows]
    assert figures(importing(moved)) == {"changed": 3}
    assert (Document.objects.get().day, Document.objects.get().version) == (date(2026, 3, 11), 3)


def test_empty_cells_change_nothing(importing: Importing, acme: Client) -> None:
    importing([[*HEAD, "Note", "Due"], ["S-1", "2026-03-10", "C-1", "10", "by rail", "2026-04-10"]])
    assert figures(importing([[*HEAD, "Note", "Due"], ["S-1", "", "", "10", "", ""]])) == {"unchanged": 1}
    assert figures(importing([["Number", "Amount"], ["S-1", "11"]])) == {"changed": 1}
    document = Document.objects.get()
    assert (document.amount, document.note, document.client, document.due_on) == (11, "by rail", acme, date(2026, 4, 10))


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Customer ID", "C-1"),
        ("Customer", "  acme  LIMITED "),
        ("Customer", "Acme"),
        ("Tax number", "FR 61 954506077"),
        ("Registry number", "№ {pk}"),
    ],
)
def test_a_client_is_found_by_own_id_name_tax_number_or_number(importing: Importing, acme: Client, column: str, cell: str) -> None:
    Client.objects.filter(pk=acme.pk).update(tax_number="FR61954506077")
    run = importing([["Number", "Date", column, "Amount"], ["S-1", "2026-03-10", cell.format(pk=acme.pk), "10"]])
    assert (why(run), figures(run)) == ([], {"added": 1})
    assert Document.objects.get().client == acme


def test_who_is_archived_is_found_too(importing: Importing, acme: Client, dmitri: User) -> None:
    archive_client(user=dmitri, client_id=acme.pk, version=acme.version, reason="went away")
    assert figures(importing([HEAD, ["S-1", "2026-03-10", "C-1", "10"]])) == {"added": 1}


def test_whoever_can_not_be_told_goes_to_the_file_of_refused_rows(importing: Importing, acme: Client, dmitri: User) -> None:
    for city in ("Lyon", "Nantes"):
        register(dmitri, full_name="Twin", city=city)
    run = importing([
        ["Number", "Date", "Customer ID", "Customer", "Amount"],
        ["S-1", "2026-03-10", "C-9", "Acme", "10"],
        ["S-2", "2026-03-10", "", "Nobody knows", "10"],
        ["S-3", "2026-03-10", "", "Twin", "10"],
        ["S-4", "2026-03-10", "", "", "10"],
        ["S-5", "2026-03-10", "C-1", "", "10"],
    ])  # fmt: skip
    assert figures(run) == {"added": 1, "refused": 4}
    said = {row.cells[0]: row.cells[-1] for row in refused_rows(run)}
    assert "Client: own id: No client of the registry has this; register the client first. (C-9)" in said["S-1"]
    assert "(Nobody knows)" in said["S-2"]
    assert "Several clients have this" in said["S-3"]
    assert said["S-3"].count("Twin") == 2
    assert "money without a client" in said["S-4"]


def test_rows_of_no_client_are_kept_where_somebody_says_so(importing: Importing, acme: Client) -> None:
    rows = [HEAD, ["S-1", "2026-03-10", "", "10"], ["S-2", "2026-03-10", "C-9", "10"]]
    run = importing(rows, defaults={"without_client": "keep"})
    assert figures(run) == {"added": 1, "refused": 1}
    assert Document.objects.get().client is None
    assert figures(importing(rows, defaults={"without_client": "keep"})) == {"unchanged": 1, "refused": 1}


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"Number": ""}, ("Number", "required")),
        ({"Date": ""}, ("Date", "required")),
        ({"Date": "31.02.2026"}, ("Date", "date")),
        ({"Date": "11/24/2026"}, ("Date", "date")),
        ({"Amount": ""}, ("Amount", "required")),
        ({"Amount": "ten"}, ("Amount", "number")),
        ({"Amount": "1,234"}, ("Amount", "decimal_sign")),
        ({"Amount": "NaN"}, ("Amount", "number")),
        ({"Amount": "999999999999999999"}, ("Amount", "money")),
        ({"Amount": "=1+1"}, ("Amount", "number")),
        ({"Currency": "dollar"}, ("Currency", "currency")),
        ({"Currency": "USD"}, ("Rate", "required")),
        ({"Currency": "USD", "Rate": "0"}, ("Rate", "rate")),
        ({"Rate": "1.1"}, ("Rate", "own_currency")),
        ({"Line of business": "Nothing known"}, ("Line of business", "choice")),
        ({"Takes back": "S-77"}, ("Takes back the document", "unknown")),
        ({"Takes back": "S-1"}, ("Takes back the document", "itself")),
        ({"Takes back": "S-0"}, ("Takes back the document", "positive")),
        ({"Date": "2026-01-31"}, ("Date", "closed")),
        ({"Date": "2199-01-01"}, ("Date", "future")),
        ({"Paid on": "2199-01-01"}, ("Paid on", "future")),
        ({"Due": "2026-03-09"}, ("Due", "order")),
        ({"Paid on": "2026-01-31"}, ("Paid on", "closed")),
        ({"Number": "x" * 65}, ("Number", "too_long")),
    ],
)
def test_what_can_not_be_kept_is_refused_with_its_field(
    importing: Importing, acme: Client, cells: dict[str, str], found: tuple[str, str]
) -> None:
    sale(acme, 100, number="S-0")
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    row = {"Number": "S-1", "Date": "2026-03-10", "Customer ID": "C-1", "Amount": "10"} | cells
    run = importing([list(row), list(row.values())])
    assert (run.failure, why(run), figures(run)) == ("", [found], {"refused": 1})
    assert Document.objects.count() == 1


def test_a_kind_that_nobody_knows_is_refused(importing: Importing, acme: Client) -> None:
    mapping = {"number": ["Number"], "day": ["Date"], "client_own_id": ["Customer ID"], "amount": ["Amount"], "kind": ["Kind"]}
    run = importing([[*HEAD, "Kind"], ["S-1", "2026-03-10", "C-1", "10", "gift"]], mapping=mapping)
    assert why(run) == [("Sale or purchase", "choice")]


def test_a_document_is_imported_whole_or_not_at_all(importing: Importing, acme: Client) -> None:
    rows = [
        LINES,
        ["S-1", "2026-03-10", "C-1", "Bolt", "3", "1", ""],
        ["S-1", "2026-03-10", "C-1", "Nut", "two", "1", ""],
        ["S-2", "2026-03-10", "C-1", "Nut", "2", "1", ""],
    ]
    run = importing(rows)
    assert figures(run) == {"added": 1, "refused": 2}
    assert why(run) == [("", "together"), ("Quantity", "number")]
    refused = refused_rows(run)
    mended = [LINES, *(row.cells[:-1] for row in refused)]
    mended[2][4] = "2"
    assert figures(importing(mended)) == {"added": 2}
    assert [line[1:3] for line in lines_of("S-1")] == [("Bolt", 3), ("Nut", 2)]


def test_rows_of_one_document_must_agree(importing: Importing, acme: Client, dmitri: User) -> None:
    register(dmitri, full_name="Other", external_id="C-2")
    run = importing([HEAD, ["S-1", "2026-03-10", "C-1", "10"], ["S-1", "2026-03-10", "C-2", "10"]])
    assert (figures(run), why(run)) == ({"refused": 2}, [("", "together"), ("Client: own id", "differs")])


def test_in_another_currency_with_its_rate(importing: Importing, acme: Client) -> None:
    run = importing([[*HEAD, "Currency", "Rate"], ["S-1", "2026-03-10", "C-1", "10", "usd", "0.9154"]])
    assert figures(run) == {"added": 1}
    document = Document.objects.get()
    assert (document.currency, document.rate, document.home_amount) == ("USD", Decimal("0.9154"), Decimal("9.15"))


def test_purchases_by_a_setting_or_by_a_column(importing: Importing, acme: Client) -> None:
    importing([HEAD, ["1", "2026-03-10", "C-1", "10"]], defaults={"kind": "purchase"})
    importing([[*HEAD, "Kind"], ["1", "2026-03-10", "C-1", "20", "sale"], ["2", "2026-03-10", "C-1", "30", "Закупка"]])
    assert rows_of(Document.objects.order_by("amount").values_list("kind", "number", "amount")) == [
        ("purchase", "1", 10), ("sale", "1", 20), ("purchase", "2", 30),
    ]  # fmt: skip


def test_comma_and_month_first_where_the_file_is_so(importing: Importing, acme: Client) -> None:
    run = importing([HEAD, ["S-1", "3/11/2026 8:26", "C-1", "1.234,567"]], defaults={"decimal_sign": "comma", "dates": "month"})
    assert figures(run) == {"added": 1}
    assert (Document.objects.get().day, Document.objects.get().amount) == (date(2026, 3, 11), Decimal("1234.57"))


def test_a_day_of_payment_makes_one_payment_of_the_whole(importing: Importing, acme: Client) -> None:
    rows = [
        [*LINES[:6], "Paid on", "Due"],
        ["S-1", "2026-03-10", "C-1", "Bolt", "3", "1", "2026-03-20", "2026-04-01"],
        ["S-1", "2026-03-10", "C-1", "Nut", "2", "1", "2026-03-20", "2026-04-01"],
    ]
    importing(rows)
    assert rows_of(Payment.objects.values_list("amount", "day")) == [(5, date(2026, 3, 20))]
    assert (Document.objects.get().settled_on, Document.objects.get().home_open) == (date(2026, 3, 20), 0)
    assert figures(importing(rows)) == {"unchanged": 2}
    later = [rows[0], *([*row[:6], "2026-03-25", row[7]] for row in rows[1:])]
    assert figures(importing(later)) == {"changed": 2}
    assert rows_of(Payment.objects.values_list("amount", "day")) == [(5, date(2026, 3, 25))]


def test_a_closed_period_is_left_alone_but_may_be_in_the_file(importing: Importing, acme: Client) -> None:
    rows = [HEAD, ["S-1", "2026-01-10", "C-1", "10"], ["S-2", "2026-03-10", "C-1", "10"]]
    importing(rows)
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    assert figures(importing(rows)) == {"unchanged": 2}
    rows[1][3] = "11"
    run = importing(rows)
    assert (figures(run), why(run)) == ({"unchanged": 1, "refused": 1}, [("Date", "closed")])
    moved = [HEAD, ["S-1", "2026-03-01", "C-1", "10"]]
    assert why(importing(moved)) == [("Date", "closed")]


def test_missing_lines_of_business_are_added_where_one_may(importing: Importing, acme: Client, admin: User) -> None:
    rows = [[*HEAD, "Line of business"], ["S-1", "2026-03-10", "C-1", "10", "Bolts"], ["S-2", "2026-03-10", "C-1", "10", "Bolts"]]
    tried = importing(rows, user=admin, dry_run=True)
    assert tried.missing == {"line_of_business": {"Bolts": 2}}
    assert figures(importing(rows, user=admin, add_missing=["line_of_business"])) == {"added": 2}
    bolts = LineOfBusiness.objects.get(name="Bolts")
    assert rows_of(Document.objects.values_list("line_of_business", flat=True)) == [bolts.pk] * 2
    assert figures(importing(rows, user=admin, add_missing=["line_of_business"])) == {"unchanged": 2}


def test_an_import_is_taken_back_but_for_what_was_touched(importing: Importing, acme: Client, dmitri: User) -> None:
    importing([HEAD, ["S-0", "2026-03-10", "C-1", "10"]])
    run = importing([
        [*HEAD, "Takes back", "Paid on"],
        ["S-0", "2026-03-11", "C-1", "15", "", ""],
        ["S-1", "2026-03-10", "C-1", "10", "", "2026-03-12"],
        ["S-2", "2026-03-10", "C-1", "-10", "S-1", ""],
        ["S-3", "2026-03-10", "C-1", "10", "", ""],
        ["S-3", "2026-03-10", "C-1", "20", "", ""],
    ])  # fmt: skip
    assert figures(run) == {"added": 4, "changed": 1}
    cost(acme, document=Document.objects.get(number="S-3"))
    undone = take_back(run, dmitri)
    assert (undone.failure, undone.undone, undone.kept) == ("", 3, 2)
    assert rows_of(Document.objects.order_by("number").values_list("number", "amount", "day")) == [
        ("S-0", 10, date(2026, 3, 10)), ("S-3", 30, date(2026, 3, 10)),
    ]  # fmt: skip
    assert not Payment.objects.exists()


def test_lines_and_payments_get_their_earlier_values_back(importing: Importing, acme: Client, dmitri: User) -> None:
    head = [*LINES[:6], "Paid on"]
    importing([head, ["S-1", "2026-03-10", "C-1", "Bolt", "3", "1", "2026-03-20"]])
    run = importing([
        head, ["S-1", "2026-03-10", "C-1", "Bolt", "4", "1", "2026-03-21"], ["S-1", "2026-03-10", "C-1", "Nut", "2", "1", "2026-03-21"],
    ])  # fmt: skip
    assert Document.objects.get().amount == 6
    assert take_back(run, dmitri).undone == 2
    document = Document.objects.get()
    assert (document.amount, document.line_count, document.paid, document.version) == (3, 1, 3, 3)
    assert lines_of("S-1") == [(1, "Bolt", 3, 3, 0)]
    assert Payment.objects.get().day == date(2026, 3, 20)


def test_the_companys_own_currency_brings_its_rate(importing: Importing, acme: Client) -> None:
    importing([[*HEAD, "Currency", "Rate"], ["S-1", "2026-03-10", "C-1", "10", "USD", "1.10"]])
    assert figures(importing([[*HEAD, "Currency"], ["S-1", "2026-03-10", "C-1", "10", "EUR"]])) == {"changed": 1}
    document = Document.objects.get()
    assert (document.currency, document.rate, document.home_amount) == ("EUR", Decimal(1), 10)


def test_a_rate_is_held_against_the_currency_that_the_document_has(importing: Importing, acme: Client) -> None:
    importing([HEAD, ["S-1", "2026-03-10", "C-1", "10"]])
    run = importing([[*HEAD, "Rate"], ["S-1", "2026-03-10", "C-1", "10", "1.10"]], defaults={"currency": "USD"})
    assert (figures(run), why(run)) == ({"refused": 1}, [("Rate", "own_currency")])
    assert Document.objects.get().rate == 1


def test_the_line_of_business_is_the_clients_where_the_file_has_none(importing: Importing, acme: Client) -> None:
    bolts, nuts = (LineOfBusiness.objects.create(name=name) for name in ("Bolts", "Nuts"))
    Client.objects.filter(pk=acme.pk).update(line_of_business=bolts)
    importing([[*HEAD, "Line of business"], ["S-1", "2026-03-10", "C-1", "10", ""], ["S-2", "2026-03-10", "C-1", "10", "Nuts"]])
    importing([HEAD, ["S-3", "2026-03-10", "C-1", "10"]], defaults={"line_of_business": str(nuts.pk)})
    found = dict(Document.objects.values_list("number", "line_of_business"))
    assert found == {"S-1": bolts.pk, "S-2": nuts.pk, "S-3": nuts.pk}


def test_what_lies_in_a_period_that_was_closed_since_stays_when_an_import_is_taken_back(
    importing: Importing, acme: Client, dmitri: User
) -> None:
    importing([[*HEAD, "Note"], ["S-0", "2026-01-10", "C-1", "10", ""], ["S-9", "2026-01-10", "C-1", "10", ""]])
    run = importing([
        [*HEAD, "Note", "Paid on"],
        ["S-0", "2026-01-10", "C-1", "11", "", ""],
        ["S-1", "2026-01-10", "C-1", "10", "", ""],
        ["S-2", "2026-03-10", "C-1", "10", "", "2026-01-31"],
        ["S-3", "2026-03-10", "C-1", "10", "", ""],
        ["S-9", "2026-01-10", "C-1", "10", "words alone", ""],
    ])  # fmt: skip
    LedgerSettings.objects.create(locked_before=date(2026, 2, 1))
    kind = kind_named("sales")
    assert kind is not None
    assert [(one.label, one.why) for one in kind.touched(run.pk)] == [(number, "in a closed period") for number in ("S-0", "S-1", "S-2")]
    undone = take_back(run, dmitri)
    assert (undone.failure, undone.undone, undone.kept) == ("", 2, 3)
    assert rows_of(Document.objects.order_by("number").values_list("number", "amount", "note")) == [
        ("S-0", 11, ""), ("S-1", 10, ""), ("S-2", 10, ""), ("S-9", 10, ""),
    ]  # fmt: skip


def test_what_others_may_not_import(importing: Importing, acme: Client, anna: User, eve: User) -> None:
    from django.core.exceptions import PermissionDenied

    for user in (anna, eve):
        with pytest.raises(PermissionDenied):
            importing([HEAD, ["S-1", "2026-03-10", "C-1", "10"]], user=user)
    assert not ImportRun.objects.exists()


def take_back(run: ImportRun, user: User) -> ImportRun:
    wake: Any = starting.wake
    starting.wake = lambda run_id: None
    try:
        starting.undo(user=user, run_id=run.pk)
    finally:
        starting.wake = wake
    running.work_on(run.pk)
    run.refresh_from_db()
    return run
