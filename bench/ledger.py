"""The ledger over a base of one size: ten rows for each client, their roll-up, and what clients earned.

`python -m bench ledger:1000000`; `python -m bench.ledger CLIENTS pages` in its environment measures the pages alone.
"""

from __future__ import annotations

import logging
import math
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import django

django.setup()

from django.conf import settings  # noqa: E402  Django stands first
from django.db import connection, transaction  # noqa: E402
from django.http import QueryDict  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import base  # noqa: E402
from clients.criteria.days import add_months  # noqa: E402
from clients.models import Client  # noqa: E402
from sales import rollup  # noqa: E402
from sales.models import CostPool, Document, LedgerMonth  # noqa: E402
from sales.periods import company_today, first_of_month  # noqa: E402
from scoring.page import ProfitPage  # noqa: E402
from scoring.periods import Period  # noqa: E402
from scoring.reports import work_out  # noqa: E402
from scoring.services import work_out_new  # noqa: E402

MONTHS, RUNS = 36, 20
ROWS_EACH = 10
HEAD = "| what | seconds | bare SQL, s | ratio |\n|---|--:|--:|--:|"

_DOCUMENTS = """
-- Seven in ten rows: sales of three years, one in twenty a return; a third of the clients have three quarters of them. A third
-- may be paid later, and one in twenty of these never was. Written day by day, as a ledger grows.
INSERT INTO sales_document
  (kind, client_id, number, day, currency, rate, amount, discount, direct_cost, due_on, settled_on, paid, note, version, created_at,
   updated_at)
SELECT kind, client_id, number, day, 'EUR', 1, amount, discount, direct_cost, due_on,
  CASE WHEN due_on < %(today)s::date - 5 AND n %% 20 > 0 THEN due_on + 5 END,
  CASE WHEN due_on < %(today)s::date - 5 AND n %% 20 > 0 THEN amount ELSE 0 END, '', 1, now(), now()
FROM (
  SELECT n, 'sale' AS kind,
    CASE WHEN n %% 4 = 0 THEN 1 + (n * 7919) %% %(clients)s ELSE 1 + (n * 7919) %% GREATEST(%(clients)s / 3, 1) END AS client_id,
    '' AS number, %(today)s::date - ((n * 104729) %% 1095)::int AS day,
    round(CASE WHEN n %% 20 = 0 THEN -40 ELSE 60 + (n * 31) %% 900 END, 2) AS amount, round((n %% 7)::numeric, 2) AS discount,
    round(CASE WHEN n %% 20 = 0 THEN -25 ELSE 35 + (n * 17) %% 800 END, 2) AS direct_cost,
    CASE WHEN n %% 3 = 0 THEN %(today)s::date - ((n * 104729) %% 1095)::int + 30 END AS due_on
  FROM generate_series(1, %(rows)s::bigint * 7 / 10) n) AS one
ORDER BY day
"""
_COSTS = """
INSERT INTO sales_cost (client_id, category_id, day, currency, rate, amount, number, note, version, created_at, updated_at)
SELECT 1 + (n * 7919) %% GREATEST(%(clients)s / 3, 1), c.id, %(today)s::date - ((n * 104729) %% 1095)::int AS day, 'EUR', 1,
  round((1 + (n * 13) %% 160)::numeric, 2), '', '', 1, now(), now()
FROM generate_series(1, %(rows)s::bigint * 3 / 10) n
JOIN (
  SELECT id, row_number() OVER (ORDER BY position) - 1 AS place FROM sales_costcategory WHERE key IN ('delivery', 'visits', 'service')
) c ON c.place = n %% 3
ORDER BY day
"""
_BARE = """
-- By hand, five sums. Run to its end, with nothing sent to anybody: a count of its rows would let the planner leave the sums out.
EXPLAIN (ANALYZE, TIMING OFF)
SELECT client_id, date_trunc('month', day), sum(home_amount), sum(home_discount), sum(home_direct_cost), sum(cost), count(*) FROM (
  SELECT client_id, day, home_amount, home_discount, home_direct_cost, 0::numeric AS cost FROM sales_document
  UNION ALL SELECT client_id, day, 0, 0, 0, home_amount FROM sales_cost
) r GROUP BY 1, 2
"""
_BARE_SAME = (
    f"""
    -- The same rows and sums as the three roll-ups have: of each client's months, of its own costs, and its first and last sale.
    EXPLAIN (ANALYZE, TIMING OFF)
    SELECT client_id, date_trunc('month', day), {", ".join(f"sum({name})" for name in rollup.FIGURES)} FROM sales_ledgerrow GROUP BY 1, 2
    """,  # noqa: S608  (names of the code's own)
    """
    EXPLAIN (ANALYZE, TIMING OFF)
    SELECT client_id, date_trunc('month', day), category_id, sum(amount) FROM sales_ledgercost GROUP BY 1, 2, 3
    """,
    """
    EXPLAIN (ANALYZE, TIMING OFF)
    SELECT client_id, min(day), max(day) FROM sales_document WHERE kind = 'sale' AND amount > 0 GROUP BY 1
    """,
)
_ROOM = "SET LOCAL work_mem = '256MB'; SET LOCAL enable_hashagg = off; SET LOCAL enable_indexscan = off"
_BARE_INSERT = """
CREATE TEMPORARY TABLE bare AS
SELECT client_id, date_trunc('month', day)::date AS month, sum(revenue) AS revenue, sum(discount) AS discount, sum(direct) AS direct,
  sum(cost) AS cost, count(*) AS rows
FROM (
  SELECT client_id, day, home_amount AS revenue, home_discount AS discount, home_direct_cost AS direct, 0::numeric AS cost
  FROM sales_document
  UNION ALL SELECT client_id, day, 0, 0, 0, home_amount FROM sales_cost
) r GROUP BY 1, 2
"""
_BARE_PERIOD = """
-- By hand, without shares: profit of each client in a period from the roll-up, highest first.
SELECT count(*) FROM (
  SELECT client_id, sum(revenue - direct_cost - own_cost) AS profit, sum(sum(revenue - direct_cost - own_cost)) OVER (
    ORDER BY sum(revenue - direct_cost - own_cost) DESC, client_id)
  FROM sales_clientmonth WHERE month >= %(first)s AND month < %(end)s GROUP BY client_id
) AS curve
"""


def fill(clients: int) -> None:
    """Write ten rows for each client and three pools a month, unless they are there."""
    rows, today = clients * ROWS_EACH, company_today()
    if Document.objects.values("pk")[:1].exists():
        return
    started = time.monotonic()
    values: dict[str, int | date] = {"clients": clients, "rows": rows, "today": today}
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the roll-up is built as a whole afterwards
        cursor.execute(_DOCUMENTS, values)
        cursor.execute(_COSTS, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE sales_document, sales_cost")
    month = first_of_month(today)
    for back in range(MONTHS):
        for name, driver in (("Warehouse", "lines"), ("Accounts", "orders"), ("Sales", "revenue")):
            CostPool.objects.create(name=name, driver=driver, month=add_months(month, -back), amount=Decimal(clients) / 2)
    print(f"made {rows:,} rows of the ledger in {time.monotonic() - started:.0f} s", flush=True)


def measure(clients: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)
    base.ensure(clients)
    fill(clients)
    print(f"\n### Ledger, {clients:,} clients, {clients * ROWS_EACH:,} rows\n\n{HEAD}", flush=True)
    _bare_rollups()  # whatever comes first reads from the disk
    same, bare, written = (_seconds(work) for work in (_bare_rollups, lambda: _run(_BARE), lambda: _run(_BARE_INSERT)))
    rebuilt = _seconds(rollup.rebuild)
    _row("roll-ups rebuilt, beside the bare GROUP BYs of the same rows and sums, thrown away", rebuilt, same)
    _row("the same beside one of five sums", rebuilt, bare)
    _row("the same beside CREATE TABLE AS with five sums", rebuilt, written)
    _run("VACUUM ANALYZE sales_clientmonth, sales_clientmonthcost, sales_clientsales")
    today = company_today()
    month = first_of_month(today)
    quarter, twelve = Period.quarter(add_months(month, -4)), Period.rolling(add_months(month, -1))
    broken = Period.free(_day(month, -14, 5), _day(month, -2, 11))
    for kept in (False, True):
        _run("TRUNCATE scoring_profitrow, scoring_poolspread, scoring_profitreport CASCADE")
        if kept:
            taken = _seconds(_keep_months)
            print(f"| all months of three years, one after another | {taken:.1f} | – | – |", flush=True)
        which = "whose months are kept" if kept else "from nothing"
        if not kept:
            _period("a month", Period.month(add_months(month, -1)))
        _period(f"a quarter {which}", quarter)
        _period(f"twelve months {which}", twelve)
        _period(f"from the 5th of a month to the 11th of another, a year later, {which}", broken)
    _row(
        "new and repeat of twelve months", _seconds(lambda: work_out_new(twelve.first, twelve.end)), _seconds(lambda: _bare_period(twelve))
    )
    _run("VACUUM ANALYZE scoring_profitrow")
    _one_sale(Period.month(month))
    _credit(Period.month(add_months(month, -1)))
    pages()


def _bare_rollups() -> None:
    """With the room that the rebuild takes: else one of them would walk an index for half a minute."""
    with transaction.atomic():
        _run(_ROOM, *_BARE_SAME)


def _keep_months() -> None:
    """Work out every month there is, as the background does it ahead of those who ask."""
    for (month,) in reversed(LedgerMonth.objects.order_by("month").values_list("month")):
        work_out(month, add_months(month, 1), unasked=True)


def _period(name: str, period: Period) -> None:
    _row(name, _seconds(lambda: work_out(period.first, period.end)), _seconds(lambda: _bare_period(period)))


def _credit(period: Period) -> None:
    """A month with a pool that goes by what clients owed, from whichever month."""
    pool = CostPool.objects.create(name="Financing", driver="credit_days", month=period.first, amount=Decimal(1000))
    rollup.refresh_all()
    _period("a month with a pool by credit days", period)
    pool.delete()
    rollup.refresh_all()
    work_out(period.first, period.end)


def pages() -> None:
    """The page of kept reports, and the sums of some clients."""
    today = company_today()
    month = first_of_month(today)
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Browser()
    browser.force_login(User.objects.filter(groups__name="Management").order_by("pk")[0])
    print("\n| page | p50 ms | p95 ms |\n|---|--:|--:|", flush=True)
    for name, period in (("a month", Period.month(add_months(month, -1))), ("twelve months", Period.rolling(add_months(month, -1)))):
        work_out(period.first, period.end)
        work_out(period.before.first, period.before.end)
        for what, address in (("profitability", "scoring:profitability"), ("list of what clients earn", "scoring:clients")):
            times = [_seconds(lambda: browser.get(f"{reverse(address)}?period={period.key}")) * 1000 for _run in range(RUNS + 1)][1:]  # noqa: B023
            p95 = sorted(times)[math.ceil(RUNS * 0.95) - 1]
            print(f"| {what}, {name} | {statistics.median(times):,.0f} | {p95:,.0f} |", flush=True)
        manager = User.objects.exclude(clients=None).order_by("pk")[0]
        shown = ProfitPage(User.objects.get(pk=manager.pk), QueryDict(f"period={period.key}&manager={manager.pk}"))
        taken = _seconds(lambda: shown.figures) * 1000  # noqa: B023
        print(f"| the clients of one manager, {name}: their figures | {taken:,.0f} | – |", flush=True)


def _one_sale(period: Period) -> None:
    """A new sale: from its commit to the report of its month."""
    work_out(period.first, period.end)
    client = Client.objects.order_by("pk")[0]
    Document.objects.create(client=client, kind="sale", currency="EUR", amount=100, day=period.first)
    refreshed = _seconds(rollup.refresh_all)
    worked = _seconds(lambda: work_out(period.first, period.end))
    print(
        f"| a new sale: its month of the client | {refreshed:.2f} | – | – |\n| … and the report of the month | {worked:.2f} | – | – |",
        flush=True,
    )


def _day(month: date, back: int, day: int) -> date:
    return add_months(month, back) + timedelta(days=day - 1)


def _bare_period(period: Period) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BARE_PERIOD, {"first": first_of_month(period.first), "end": period.end})
        cursor.fetchall()


def _run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _row(name: str, ours: float, bare: float) -> None:
    print(f"| {name} | {ours:,.2f} | {bare:,.2f} | {ours / bare:.1f} |", flush=True)


if __name__ == "__main__":
    pages() if sys.argv[2:] == ["pages"] else measure(int(sys.argv[1]))
