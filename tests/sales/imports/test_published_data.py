"""The ledgers of other people, whose figures are known, come in through the importer to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import F, Sum

from clients.models import ImportRun
from sales import rollup
from sales.models import ClientMonth, Document
from tests.clients.imports.conftest import figures
from tests.clients.registry import fair
from tests.sales.imports.conftest import Importing, needs

pytestmark = pytest.mark.django_db


def register_all(importing: Importing, rows: Path | list[list[str]], **options: object) -> ImportRun:
    defaults = {"kind": "organisation", "roles": "customer", "source": fair().pk}
    run = importing(rows, kind="clients", defaults=defaults, **options)
    assert run.state == "done"
    assert not run.refused
    return run


def test_the_bicycle_maker_earns_what_is_published(importing: Importing) -> None:
    resellers, sales = needs("adventureworks", "Resellers.csv"), needs("adventureworks", "FactResellerSales.csv")
    register_all(importing, resellers)
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
