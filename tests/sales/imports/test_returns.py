"""What takes a document back, from files."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from clients.models import Client
from sales.imports.documents.session import DocumentRows
from sales.models import Payment
from tests.clients.imports.conftest import figures, reasons
from tests.clients.registry import register
from tests.sales.imports.conftest import Importing
from tests.sales.imports.test_documents import HEAD, why
from tests.sales.ledger import sale

pytestmark = pytest.mark.django_db
TAKING = ["Number", "Date", "Customer ID", "Amount", "Takes back", "Currency", "Rate"]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (["R-1", "2026-03-12", "C-2", "-4", "S-1", "", ""], ("Takes back the document", "choice")),
        (["R-1", "2026-03-12", "C-1", "-4", "S-1", "USD", "1.1"], ("Takes back the document", "choice")),
        (["R-1", "2026-03-12", "C-1", "-4", "R-0", "", ""], ("Takes back the document", "choice")),
        (["R-1", "2026-03-12", "C-1", "-7.01", "S-1", "", ""], ("Amount", "too_much")),
        (["S-1", "2026-03-10", "C-1", "2.99", "", "", ""], ("Amount", "reversed")),
        (["S-1", "2026-03-10", "C-1", "10", "", "USD", "1.1"], ("Currency", "paid")),
        (["S-1", "2026-03-10", "C-2", "10", "", "", ""], ("Client: name", "reversed")),
        (["S-2", "2026-03-10", "C-1", "10", "", "USD", "1.1"], ("Currency", "paid")),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_takes_back_is_held_against_what_it_takes_back(
    importing: Importing, acme: Client, dmitri: User, row: list[str], found: tuple[str, str], dry_run: bool
) -> None:
    register(dmitri, full_name="Other", external_id="C-2")
    whole, paid = sale(acme, 10, number="S-1"), sale(acme, 10, number="S-2")
    sale(acme, -3, number="R-0", reverses=whole)
    Payment.objects.create(document=paid, day=date(2026, 3, 11), amount=1)
    run = importing([TAKING, row], dry_run=dry_run)
    assert (run.failure, why(run), figures(run)) == ("", [found], {"refused": 1})


@pytest.mark.parametrize("rows_at_once", [1, 2_000])
@pytest.mark.parametrize("dry_run", [True, False])
def test_the_rows_of_a_file_together_take_back_no_more_than_there_was(
    importing: Importing, acme: Client, monkeypatch: pytest.MonkeyPatch, rows_at_once: int, dry_run: bool
) -> None:
    monkeypatch.setattr(DocumentRows, "rows_at_once", rows_at_once)
    sale(acme, 10, number="S-0")
    rows = [
        [*HEAD, "Takes back"],
        ["R-1", "2026-03-12", "C-1", "-6", "S-0"],
        ["S-1", "2026-03-10", "C-1", "10", ""],
        ["R-2", "2026-03-12", "C-1", "-6", "S-1"],
        ["R-3", "2026-03-12", "C-1", "-5", "S-0"],
        ["R-4", "2026-03-12", "C-1", "-5", "S-1"],
        ["R-5", "2026-03-12", "C-1", "-4", "S-0"],
    ]
    run = importing(rows, dry_run=dry_run)
    assert (figures(run), reasons(run)) == ({"added": 4, "refused": 2}, [("Amount", "too_much", 2)])
    if not dry_run:
        again = importing(rows)
        assert (figures(again), reasons(again)) == ({"unchanged": 4, "refused": 2}, [("Amount", "too_much", 2)])
