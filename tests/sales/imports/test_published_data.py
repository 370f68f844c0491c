"""The ledgers of other people, whose figures are known, come in through the importer to the cent."""

from __future__ import annotations

import csv
import gzip
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F, Sum

from accounts.models import User
from clients.models import ImportRun
from sales import rollup
from sales.models import ClientMonth, Document
from tests.clients.imports.conftest import figures
from tests.clients.registry import fair
from tests.sales.imports.conftest import Importing, needs

pytestmark = pytest.mark.django_db


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

    before = list(Document.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    again = importing(sales)
    assert figures(again) == {"unchanged": 57_851}
    assert list(Document.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before
    assert not rollup.refresh_all()


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
    assert figures(importing(lines, defaults={"without_client": "keep"})) == {"unchanged": 541_909}
    assert not Document.objects.exclude(version=1).exists()
