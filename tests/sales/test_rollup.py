"""The roll-up by client and month says what the documents say, whatever happens to them."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients.models import Client, Touch
from clients.models.clients import Lifecycle
from sales import rollup
from sales.models import (
    ClientMonth,
    ClientMonthCost,
    ClientSales,
    Cost,
    Document,
    DocumentLine,
    LedgerMark,
    LedgerMonth,
    LedgerSettings,
    Payment,
)
from sales.periods import company_today
from sales.services.lifecycles import _turn, turn_former
from tests.clients.registry import fresh, register
from tests.sales.ledger import DAY, MARCH, complaint, cost, pool, purchase, sale

APRIL = date(2026, 4, 1)


def month_of(client: Client | None, month: date = MARCH) -> dict[str, Any]:
    """Return the figures that are not nothing."""
    row = ClientMonth.objects.filter(client=client, month=month).values(*rollup.FIGURES).first()
    return {name: value for name, value in (row or {}).items() if value}


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def test_a_month_sums_up_sales_returns_costs_complaints_payments_and_touches(client: Client, anna: User) -> None:
    bought = sale(client, 200, discount=20, direct_cost=120, due_on=DAY + timedelta(days=5))
    sale(client, -50, direct_cost=-30, reverses=bought)
    purchase(client, 70)
    cost(client, 11)
    complaint(client, 4)
    Payment.objects.create(document=bought, day=DAY + timedelta(days=7), amount=100)
    Touch.objects.create(client=client, user=anna, at="2026-03-12T10:00+01:00", minutes=15)

    rollup.refresh_all()

    assert month_of(client) == {
        "revenue": 150,
        "discount": 20,
        "direct_cost": 90,
        "own_cost": 15,
        "purchases": 70,
        "paid": 100,
        "late_days": 200,
        "orders": 1,
        "returns": 1,
        "lines": 1,
        "complaints": 1,
        "touches": 1,
        "touch_minutes": 15,
    }
    assert sorted(ClientMonthCost.objects.values_list("category__key", "amount")) == [("complaints", Decimal(4)), ("delivery", Decimal(11))]
    assert ClientSales.objects.get().first_on == ClientSales.objects.get().last_on == DAY
    assert not LedgerMark.objects.exists()


def test_money_of_another_currency_is_counted_in_the_companys(client: Client) -> None:
    sale(client, "10.01", currency="USD", rate="0.915")

    rollup.refresh_all()

    assert month_of(client)["revenue"] == Decimal("9.16")  # 9.15915


def test_money_without_a_client_stands_by_itself(client: Client) -> None:
    sale(None, 30)
    sale(client, 20)

    rollup.refresh_all()

    assert month_of(None)["revenue"] == 30
    assert month_of(client)["revenue"] == 20


def test_a_document_that_moves_changes_both_months_and_both_clients(client: Client, anna: User) -> None:
    other, document = register(anna), sale(client)
    rollup.refresh_all()

    Document.objects.filter(pk=document.pk).update(day=APRIL, client=other)
    rollup.refresh_all()

    assert month_of(client) == {}
    assert month_of(other, APRIL)["revenue"] == 100
    assert not ClientSales.objects.filter(client=client).exists()


def test_a_document_with_lines_is_their_sum(client: Client) -> None:
    document = sale(client, 0)
    DocumentLine.objects.bulk_create(
        DocumentLine(document=document, position=n, amount=n, direct_cost=1, discount="0.5") for n in (1, 2, 3)
    )
    summed = Document.objects.values_list("amount", "direct_cost", "discount", "line_count").get()
    assert summed == (Decimal(6), Decimal(3), Decimal("1.5"), 3)

    document.lines.filter(position=2).delete()
    document.lines.filter(position=3).update(amount=10)
    rollup.refresh_all()

    assert (month_of(client)["revenue"], month_of(client)["lines"]) == (11, 2)


def test_payments_and_credit_notes_settle_a_document(client: Client) -> None:
    document = sale(client, 100, due_on=DAY)
    first = Payment.objects.create(document=document, day=DAY, amount=30)
    sale(client, -20, day=DAY + timedelta(days=2), reverses=document)
    assert (document.home_open, now(document).home_open, now(document).settled_on) == (100, 50, None)

    Payment.objects.create(document=document, day=DAY + timedelta(days=9), amount=50)
    assert (now(document).home_open, now(document).settled_on) == (0, DAY + timedelta(days=9))

    first.delete()
    assert (now(document).home_open, now(document).settled_on) == (30, None)


def test_what_is_owed_is_followed_only_with_a_day_on_which_it_is_due(client: Client) -> None:
    document = sale(client, 100)
    assert document.home_open == 0

    Document.objects.filter(pk=document.pk).update(due_on=DAY)
    assert now(document).home_open == 100


def now(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def test_a_closed_period_refuses_whatever_would_change_its_figures(client: Client, anna: User) -> None:
    document, other = sale(client, 100, due_on=DAY), register(anna)
    spent = cost(client)
    LedgerSettings.objects.create(locked_before=APRIL)

    def refused(change: Any) -> None:
        with pytest.raises(IntegrityError, match="closed before 2026-04-01"), transaction.atomic():
            change()

    refused(lambda: sale(client))
    refused(lambda: Document.objects.filter(pk=document.pk).update(amount=90))
    refused(lambda: Document.objects.filter(pk=document.pk).update(day=APRIL))
    refused(lambda: DocumentLine.objects.create(document=document, position=1, amount=5))
    refused(document.delete)
    refused(lambda: Cost.objects.filter(pk=spent.pk).update(amount=1))
    refused(lambda: complaint(client))
    refused(lambda: pool(100, "equal"))
    refused(lambda: Payment.objects.create(document=document, day=DAY, amount=5))

    Payment.objects.create(document=document, day=APRIL, amount=100)  # money that comes in later is of the open period
    sale(client, -100, day=APRIL, reverses=document)
    Document.objects.filter(pk=document.pk).update(client=other, note="moved by a merge")
    assert now(document).client == other


def test_a_first_sale_makes_a_client_current_and_a_year_of_silence_a_former_one(client: Client, anna: User) -> None:
    today = company_today()
    sale(client, day=today - timedelta(days=3))
    rollup.refresh_all()
    assert fresh(client).lifecycle == "current"

    assert turn_former(today=today + timedelta(days=200)) == 0
    assert turn_former(today=today + timedelta(days=400)) == 1
    assert fresh(client).lifecycle == "former"

    Touch.objects.create(client=client, user=anna, at="2026-03-12T10:00+01:00")
    rollup.refresh_all()
    assert fresh(client).lifecycle == "former"  # what was set stands until the next sale


def test_who_bought_long_ago_only_is_a_former_client(client: Client) -> None:
    sale(client, day=date(2019, 5, 5))
    rollup.refresh_all()
    assert fresh(client).lifecycle == "former"


def test_each_month_that_changed_gets_a_revision(client: Client) -> None:
    sale(client)
    rollup.refresh_all()
    pool(100, "equal")
    rollup.refresh_all()
    assert list(LedgerMonth.objects.values_list("month", "revision")) == [(MARCH, 2)]


def test_the_check_finds_a_row_that_was_spoilt_and_has_it_mended(client: Client) -> None:
    sale(client)
    cost(client)
    rollup.refresh_all()
    assert rollup.check() == []

    ClientMonth.objects.update(revenue=999)
    found = rollup.check()
    assert [(one.client_id, one.figure, one.kept, one.documents) for one in found] == [
        (None, "revenue", Decimal(999), Decimal(100)),
        (client.pk, "revenue", Decimal(999), Decimal(100)),
    ]

    rollup.refresh_all()
    assert rollup.check() == []
    assert month_of(client)["revenue"] == 100


def test_the_check_finds_errors_that_level_out_over_a_month(client: Client, anna: User) -> None:
    other = register(anna)
    sale(client, 100)
    sale(other, 100)
    rollup.refresh_all()

    ClientMonth.objects.filter(client=client).update(revenue=60)
    ClientMonth.objects.filter(client=other).update(revenue=140)
    assert {one.client_id for one in rollup.check()} == {client.pk, other.pk}


def test_a_mark_that_waits_hides_its_own_client_and_month_alone(client: Client, anna: User) -> None:
    other = register(anna)
    for one in (client, other):
        sale(one, 100)
    rollup.refresh_all()
    sale(client, 5, APRIL)

    ClientMonth.objects.filter(client=client).update(revenue=60)
    ClientMonth.objects.filter(client=other).update(revenue=140)
    assert {one.client_id for one in rollup.check()} == {client.pk, other.pk}


def test_the_check_compares_categories_of_costs_and_first_and_last_sales_too(client: Client) -> None:
    sale(client, 100)
    cost(client, 11)
    cost(None, 3, category="visits")
    rollup.refresh_all()
    ClientMonthCost.objects.filter(client=client).update(amount=12)
    ClientSales.objects.update(last_on=APRIL)
    found = [(one.client_id, one.figure, one.kept, one.documents) for one in rollup.check()]
    delivery = Cost.objects.get(client=client).category_id
    assert found == [(None, f"own_cost of category {delivery}", 12, 11), (client.pk, "last_on", APRIL, DAY)]
    rollup.refresh_all()
    assert rollup.check() == []
    assert (ClientMonthCost.objects.get(client=client).amount, ClientSales.objects.get().last_on) == (11, DAY)


def test_a_rebuild_revises_months_that_have_no_figures_any_more(client: Client) -> None:
    document = sale(client, 100)
    rollup.refresh_all()
    before = LedgerMonth.objects.get(month=MARCH).revision
    document.delete()
    rollup.rebuild()
    assert LedgerMonth.objects.get(month=MARCH).revision == before + 1


def test_a_rebuild_tells_months_and_clients_apart_whatever_the_year(client: Client, anna: User) -> None:
    """A month and a client are one number while they are sorted: before the year that it counts from, and without a client too."""
    other = register(anna)
    days = (date(1971, 1, 31), date(1999, 12, 31), date(2000, 1, 1))
    for number, (who, day) in enumerate(itertools.product((None, client, other), days)):
        sale(who, 100 + number, day)
        cost(who, 10 + number, day)
    rollup.refresh_all()
    before = everything()
    assert len(before[0]) == len(before[1]) == 9
    rollup.rebuild()
    assert everything() == before


_TABLES = ["sales_clientmonth", "sales_clientmonthcost"]
_KNOWN_OF_TABLES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY (%s)",
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ANY (%s::regclass[])",
    """SELECT attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
      pg_get_expr(adbin, adrelid), pg_get_serial_sequence(attrelid::regclass::text, attname)
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum WHERE attnum > 0 AND attrelid = ANY (%s::regclass[])""",
    "SELECT relname, relowner, relacl::text, relpersistence FROM pg_class WHERE oid = ANY (%s::regclass[])",
    "SELECT sequencename, increment_by, cache_size FROM pg_sequences WHERE sequencename = ANY (SELECT unnest(%s::text[]) || '_id_seq')",
)


def test_a_rebuild_leaves_all_that_tables_have_but_their_rows(client: Client) -> None:
    def known() -> list[set[tuple[Any, ...]]]:
        found = []
        with connection.cursor() as cursor:
            for question in _KNOWN_OF_TABLES:
                cursor.execute(question, [_TABLES])
                found.append(set(cursor.fetchall()))
        return found

    sale(client, 100)
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT, UPDATE ON sales_clientmonth TO pg_monitor")
    before = known()
    rollup.rebuild()
    rollup.rebuild()
    assert known() == before
    assert {name for name, _definition in before[0]} >= {"client_month_once", "client_month_of_client", "client_month_cost_once"}
    assert "pg_monitor=rw/" in str(before[3])


def test_rows_after_a_rebuild_have_numbers_of_their_own(client: Client) -> None:
    sale(client, 100)
    rollup.rebuild()
    sale(client, 100, DAY + timedelta(days=100))
    rollup.refresh_all()
    assert len(set(ClientMonth.objects.values_list("id", flat=True))) == 2


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_lets_others_write_and_loses_nothing_of_it(client: Client) -> None:
    """What is committed while the tables are filled is marked, and worked out by the next refresh."""
    sale(client, 100)
    rollup.refresh_all()

    def on_its_own(work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            work()
            connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    with transaction.atomic():
        assert ClientMonth.objects.get().revenue == 100  # whoever reads it holds up the new table's taking its place
        rebuilding = on_its_own(rollup.rebuild)
        deadline = time.monotonic() + 30
        while not _waits_for_the_place():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        on_its_own(lambda: sale(client, 50)).join(timeout=30)
        assert Document.objects.count() == 2
        assert ClientMonth.objects.get().revenue == 100
    rebuilding.join(timeout=30)
    assert ClientMonth.objects.get().revenue == 100
    assert rollup.refresh_all() == 1
    assert ClientMonth.objects.get().revenue == 150
    assert rollup.check() == []


def _waits_for_the_place() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_locks WHERE relation = 'sales_clientmonth'::regclass AND mode = 'AccessExclusiveLock' AND NOT granted"
        )
        return cursor.fetchone() is not None


def test_only_those_who_turned_are_counted(client: Client, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (client, register(anna)):
        sale(one, 100, company_today() - timedelta(days=900))
        Client.objects.filter(pk=one.pk).update(lifecycle="current")
    rollup.refresh_all()
    Client.objects.update(lifecycle="current")
    spans = ClientSales.objects.filter(client__lifecycle="current").order_by("client")
    ids = list(spans.values_list("client", flat=True))
    Client.objects.filter(pk=client.pk).update(lifecycle="former")  # by somebody else, between the asking and the lock

    class Asked:
        def order_by(self, *names: str) -> Asked:
            return self

        def values_list(self, *names: str, flat: bool) -> list[int]:
            return ids

    assert _turn(cast("Any", Asked()), Lifecycle.FORMER) == 1


amount = st.integers(-50_000, 90_000).map(lambda cents: Decimal(cents) / 100)
some_day = st.integers(0, 120).map(lambda days: date(2026, 1, 1) + timedelta(days=days))
which = st.integers(0, 99)
act = st.one_of(
    st.tuples(st.just("sale"), st.integers(0, 3), amount, some_day, st.booleans()),
    st.tuples(st.just("cost"), st.integers(0, 3), amount, some_day, st.booleans()),
    st.tuples(st.just("complaint"), st.integers(1, 3), amount.map(abs), some_day, st.booleans()),
    st.tuples(st.just("pay"), which, amount.filter(bool), some_day, st.booleans()),
    st.tuples(st.just("line"), which, amount, some_day, st.booleans()),
    st.tuples(st.just("move"), which, amount, some_day, st.booleans()),
    st.tuples(st.just("remove"), which, amount, some_day, st.booleans()),
    st.tuples(st.just("refresh"), which, amount, some_day, st.booleans()),
)


def do(what: str, number: int, money: Decimal, day: date, yes: bool, clients: list[Client | None]) -> None:
    """Do one thing to the ledger."""
    documents = list(Document.objects.order_by("pk"))
    chosen = documents[number % len(documents)] if documents else None
    if what == "sale":
        rate = Decimal("1.07") if yes else Decimal(1)
        sale(clients[number], money, day, direct_cost=money / 2, rate=rate, due_on=day if yes else None)
    elif what == "cost":
        cost(clients[number], money, day, category="delivery" if yes else "visits")
    elif what == "complaint":
        found = clients[number]
        assert found is not None
        complaint(found, money, day)
    elif what == "refresh":
        rollup.refresh(most=3)
    elif chosen is not None:
        if what == "pay":
            Payment.objects.create(document=chosen, day=day, amount=money)
        elif what == "line":
            DocumentLine.objects.create(document=chosen, position=chosen.lines.count() + 1, amount=money)
        elif what == "move":
            Document.objects.filter(pk=chosen.pk).update(client=clients[number % 4], day=day, amount=money)
        elif what == "remove":
            chosen.delete()


def everything() -> list[list[Any]]:
    """Return all that is worked out."""
    months = ClientMonth.objects.order_by("month", "client").values_list("month", "client", *rollup.FIGURES)
    costs = ClientMonthCost.objects.order_by("month", "client", "category").values_list("month", "client", "category", "amount")
    return [list(months), list(costs), list(ClientSales.objects.order_by("client").values_list())]


@pytest.mark.django_db
def test_whatever_is_written_the_roll_up_equals_the_documents(anna: User) -> None:
    clients: list[Client | None] = [None, *(register(anna) for _ in range(3))]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(act, max_size=25))
    def equal(acts: list[tuple[str, int, Decimal, date, bool]]) -> None:
        with transaction.atomic():
            for what, number, money, day, yes in acts:
                do(what, number, money, day, yes, clients)
            rollup.refresh_all()
            assert rollup.check() == []
            kept = everything()
            rollup.rebuild()
            assert everything() == kept
            transaction.set_rollback(True)

    equal()


@pytest.mark.django_db(transaction=True)
def test_postings_of_twenty_writers_at_once_lose_nothing(anna: User) -> None:
    clients = [register(anna) for _ in range(4)]
    stop = threading.Event()

    def post(seed: int) -> None:
        for number in range(10):
            sale(clients[(seed + number) % 4], seed + 1, DAY + timedelta(days=number * 5))
        connection.close()

    def keep_refreshing() -> None:
        while not stop.is_set():
            rollup.refresh(most=7)
        connection.close()

    refreshers = [threading.Thread(target=keep_refreshing) for _ in range(2)]
    writers = [threading.Thread(target=post, args=(seed,)) for seed in range(20)]
    for thread in [*refreshers, *writers]:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in refreshers:
        thread.join()
    rollup.refresh_all()

    assert Document.objects.count() == 200
    assert sum(ClientMonth.objects.values_list("revenue", flat=True)) == sum(10 * (seed + 1) for seed in range(20))
    assert rollup.check() == []
