"""The ledgers of other people, whose figures are known, come in through the importer to the cent."""

from __future__ import annotations

import csv
import gzip
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Sum

from accounts.models import User
from clients.models import ImportRun
from sales import rollup
from sales.models import ClientMonth, Document
from scoring.figures import Figures
from scoring.models import ProfitRow
from scoring.reports import work_out
from tests.clients.imports.conftest import figures
from tests.clients.registry import fair
from tests.sales.imports.conftest import Importing, needs

pytestmark = pytest.mark.django_db
NOBODYS = Decimal("1447682.12")
"""What the wholesaler's lines without a customer sum up to, each rounded to the cent."""


def register_all(importing: Importing, rows: Path | list[list[str]], **options: Any) -> ImportRun:
    defaults = {"kind": "organisation", "roles": "customer", "source": fair().pk}
    run = importing(rows, kind="clients", defaults=defaults, **options)
    assert run.state == "done"
    assert not run.refused
    return run


def test_the_bicycle_maker_earns_what_is_published(importing: Importing, admin: User) -> None:
    resellers, sales = needs("adventureworks", "Resellers.csv"), needs("adventureworks", "FactResellerSales.csv")
    register_all(importing, resellers, user=admin, add_missing=["industry"])
    run = importing(sales)
    assert run.mapping == {
        "number": ["SalesOrderNumber"],
        "day": ["OrderDate"],
        "product": ["ProductKey"],
        "client_own_id": ["ResellerKey"],
        "quantity": ["OrderQuantity"],
        "unit_price": ["UnitPrice"],
        "amount": ["SalesAmount"],
        "unit_cost": ["StandardCost"],
    }
    assert (run.state, run.failure, figures(run)) == ("done", "", {"added": 57_851})
    assert Document.objects.count() == 3_616
    rollup.refresh_all()
    profit = F("revenue") - F("direct_cost")
    total = ClientMonth.objects.aggregate(sales=Sum("revenue"), profit=Sum(profit))
    assert total == {"sales": Decimal("77548570.20"), "profit": Decimal("963407.40")}
    earned = list(ClientMonth.objects.values("client").annotate(profit=Sum(profit)).values_list("profit", flat=True))
    assert len(earned) == 632
    assert sum(one < 0 for one in earned) == 327
    assert_whale_curve()

    before = list(Document.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    again = importing(sales)
    assert figures(again) == {"unchanged": 57_851}
    assert list(Document.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before
    assert not rollup.refresh_all()


def assert_whale_curve() -> None:
    """The curve of the whole time: a fifth of the resellers earn far more than there is, and half of them take it back."""
    whole = Figures.read(work_out(date(2017, 7, 1), date(2020, 6, 1)).figures)
    assert (whole.judged, whole.losing, whole.judged_profit, whole.difference) == (632, 327, Decimal("963407.40"), Decimal(0))
    at = {point.place: round(whole.share(point.up_to) or 0, 1) for point in whole.curve}
    peak = whole.peak
    assert peak is not None
    assert (round(100 * peak.place / whole.judged, 1), at[peak.place]) == (48.3, Decimal("277.3"))
    row = ProfitRow.objects.filter(report__first=date(2017, 7, 1), report__end=date(2020, 6, 1)).exclude(verdict="")
    best, worst = (row.order_by(order)[: 632 // 5].values_list("profit", flat=True) for order in ("-profit", "profit"))
    assert round(whole.share(sum(best, Decimal(0))) or 0, 1) == Decimal("268.5")
    assert round(whole.share(sum(worst, Decimal(0))) or 0, 1) == Decimal("-156.5")


def test_the_wholesaler_comes_in_with_cancellations_and_lines_of_no_customer(importing: Importing, tmp_path: Path) -> None:
    lines = tmp_path / "online_retail.csv"
    with gzip.open(needs("online_retail", "online_retail_2010_2011.csv.gz"), "rb") as packed, lines.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    with lines.open(encoding="utf-8", newline="") as file:
        customers = {row["CustomerID"] for row in csv.DictReader(file)} - {""}
    register_all(importing, [["CustomerID", "Name"], *([key, f"Customer {key}"] for key in sorted(customers))])
    run = importing(lines, defaults={"without_client": "keep"})
    assert (run.state, run.failure, figures(run)) == ("done", "", {"added": 541_909})
    assert Document.objects.count() == 25_900
    assert Document.objects.aggregate(net=Sum("amount"))["net"] == Decimal("9747747.93")
    assert Document.objects.filter(client=None).aggregate(lines=Sum("line_count"))["lines"] == 135_080
    assert Document.objects.filter(client__isnull=False).values("client").distinct().count() == 4_372
    rollup.refresh_all()
    assert ClientMonth.objects.filter(client=None).aggregate(all=Sum("revenue"))["all"] == NOBODYS
    assert ClientMonth.objects.aggregate(all=Sum("revenue"))["all"] == Decimal("9747747.93")
