"""What is asked of ten million rows is asked of an index."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from accounts.models import User
from clients.history import _NEWEST, shown_ranks
from clients.models import Client
from clients.timeline import timeline_query
from reminders.sources import Asked, source_of
from sales import rollup
from sales.models import Complaint, Cost, Document
from sales.periods import company_today
from tests.clients.registry import register
from tests.plans import plan_of


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: Document.objects.sales().order_by("-day", "-pk")[:50], "document_by_day"),
        (lambda: Document.objects.purchases().order_by("-day", "-pk")[:50], "purchase_by_day"),
        (lambda: Document.objects.filter(client=1).order_by("-day", "-pk")[:50], "document_of_client"),
        (lambda: Document.objects.filter(kind="sale", number="7"), "document_number_once"),
        (lambda: Document.objects.sales().open().order_by("due_on", "pk")[:50], "document_open_by_due"),
        (lambda: Document.objects.sales().overdue(company_today()).order_by("due_on", "pk")[:50], "document_open_by_due"),
        (lambda: Cost.objects.order_by("-day", "-pk")[:50], "cost_by_day"),
        (lambda: Complaint.objects.unresolved().order_by("-day", "-pk")[:50], "complaint_unresolved"),
    ],
)
def test_lists_read_an_index_in_their_order(rows: Any, index: str, client: Client) -> None:
    told = plan_of(*rows().query.sql_with_params())
    assert index in told
    assert "Sort" not in told


@pytest.mark.parametrize(
    ("key", "index"), [("first_purchase", "first_on"), ("last_purchase", "last_on"), ("overdue_invoice", "document_open_by_due")]
)
def test_dates_for_reminders_read_an_index(key: str, index: str, db: None) -> None:
    source = source_of(key)
    assert source is not None
    assert isinstance(source.sql, str)
    asked = Asked(date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 1), ZoneInfo("Europe/Paris"))
    assert index in plan_of(source.sql, asked.values)


def test_the_timeline_reads_documents_and_complaints_by_their_client(client: Client) -> None:
    sql, values = timeline_query(client.pk, None)
    values |= {"ranks": list(shown_ranks()["everything"]), "limit": 20}
    told = plan_of(sql, values | {"at": _NEWEST.at, "rank": _NEWEST.rank, "id": _NEWEST.id})
    assert "document_of_client" in told
    assert "complaint_of_client" in told


def test_a_month_of_a_client_is_worked_out_from_its_own_rows(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE marked_months (client_id bigint, month date, pool_alone boolean) ON COMMIT DROP")
    told = plan_of(rollup._WRITE, None).splitlines()
    asked = [line for line in told if "Index Cond" in line and ("m.client_id" in line or "m.month" in line)]
    assert len(asked) >= 5  # documents, costs, complaints, payments, touches
    assert not [line for line in told if "Hash Join" in line or "Merge Join" in line]
