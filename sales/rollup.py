"""The roll-up by client and month: kept in step with the documents, rebuilt, and checked against them.

Triggers mark each (client, month) that a statement touches, in its own transaction (sales.models.marking). `refresh` takes
marks and works those months out anew from the view `sales_ledgerrow`. A mark that is written while it works is not lost: it
is not among those taken, so it stands for the next time. It may be killed at any point: marks go with the figures.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from sales.models import LedgerMark
from sales.services.lifecycles import follow_sales

logger = logging.getLogger(__name__)

MOST = 20_000
"""Marks worked off in one transaction."""
_LOCK = 0x5E4B
"""One refresher at a time: two would wait for each other's rows."""

FIGURES = (
    "revenue",
    "discount",
    "direct_cost",
    "own_cost",
    "purchases",
    "paid",
    "late_days",
    "orders",
    "returns",
    "lines",
    "complaints",
    "touches",
    "touch_minutes",
)
_NAMES = ", ".join(FIGURES)
_SUMS = ", ".join(f"sum(r.{name}) AS {name}" for name in FIGURES)
_TAKE = """
-- The oldest marks, and the months of clients that they name.
CREATE TEMPORARY TABLE marked_months ON COMMIT DROP AS
WITH taken AS (
  DELETE FROM sales_ledgermark WHERE id IN (
    SELECT id FROM sales_ledgermark WHERE %(clients)s::bigint[] IS NULL OR client_id = ANY (%(clients)s) ORDER BY id LIMIT %(most)s
  ) RETURNING client_id, month, pool
)
SELECT client_id, month, bool_and(pool) AS pool_alone, count(*) AS marks FROM taken GROUP BY client_id, month
"""

_ROWS = """
-- The rows of these months: of clients by their own indexes, of no client by those on the day (document_by_day, cost_by_day,
-- payment_by_day). OFFSET 0 keeps each month a question of its own: joined, the view would be read as a whole for a single one.
SELECT m.client_id, m.month, {columns}
FROM marked_months m CROSS JOIN LATERAL (
  SELECT * FROM {view} r WHERE r.client_id = m.client_id AND r.day >= m.month AND r.day < m.month + interval '1 month'
  OFFSET 0
) r WHERE m.client_id IS NOT NULL AND NOT m.pool_alone
{group}
UNION ALL
SELECT m.client_id, m.month, {columns}
FROM marked_months m CROSS JOIN LATERAL (
  SELECT * FROM {view} r WHERE r.client_id IS NULL AND r.day >= m.month AND r.day < m.month + interval '1 month'
  OFFSET 0
) r WHERE m.client_id IS NULL AND NOT m.pool_alone
{group}
"""

_FORGET = """
DELETE FROM {table} t USING marked_months m WHERE t.month = m.month AND {same} AND NOT m.pool_alone
"""
_SAME = ("t.client_id = m.client_id", "t.client_id IS NULL AND m.client_id IS NULL")

_WRITE = f"INSERT INTO sales_clientmonth (client_id, month, {_NAMES})" + _ROWS.format(
    columns=_SUMS, view="sales_ledgerrow", group="GROUP BY m.client_id, m.month"
)
_WRITE_COSTS = "INSERT INTO sales_clientmonthcost (client_id, month, category_id, amount)" + _ROWS.format(
    columns="r.category_id, sum(r.amount)", view="sales_ledgercost", group="GROUP BY m.client_id, m.month, r.category_id"
)

_REVISE = """
INSERT INTO sales_ledgermonth (month, revision, changed_at)
SELECT month, 1, clock_timestamp() FROM {months} GROUP BY month ORDER BY month
ON CONFLICT (month) DO UPDATE SET revision = sales_ledgermonth.revision + 1, changed_at = excluded.changed_at
"""

_KNOWN = """(
  -- Months with figures are looked up one by one: there are few, and millions of rows. Index: client_month_once.
  SELECT month::date FROM (SELECT min(month) AS first, max(month) AS last FROM sales_clientmonth) ends
  CROSS JOIN LATERAL generate_series(ends.first::timestamp, ends.last, '1 month') AS month
  WHERE EXISTS (SELECT FROM sales_clientmonth k WHERE k.month = month.month::date)
  UNION SELECT month FROM sales_costpool
  UNION SELECT month FROM sales_ledgermonth  -- a month that had figures, and has none now: reports that were kept still show them
) AS known"""

_SPANS = """
-- First and last sale, and what they were where they are others now. Index: document_of_client.
CREATE TEMPORARY TABLE moved_spans ON COMMIT DROP AS
WITH touched AS (SELECT DISTINCT client_id FROM marked_months WHERE client_id IS NOT NULL AND NOT pool_alone),
spans AS (
  SELECT t.client_id, s.first_on, s.last_on FROM touched t CROSS JOIN LATERAL (
    SELECT min(day) AS first_on, max(day) AS last_on FROM sales_document d
    WHERE d.client_id = t.client_id AND d.kind = 'sale' AND d.amount > 0
  ) s
),
gone AS (
  DELETE FROM sales_clientsales x USING spans s WHERE x.client_id = s.client_id AND s.first_on IS NULL
  RETURNING x.client_id, x.first_on AS was, NULL::date AS becomes
),
kept AS (
  INSERT INTO sales_clientsales (client_id, first_on, last_on)
  SELECT client_id, first_on, last_on FROM spans WHERE first_on IS NOT NULL
  ON CONFLICT (client_id) DO UPDATE SET first_on = excluded.first_on, last_on = excluded.last_on
  WHERE (sales_clientsales.first_on, sales_clientsales.last_on) IS DISTINCT FROM (excluded.first_on, excluded.last_on)
  RETURNING client_id, old.first_on AS was, new.first_on AS becomes
)
SELECT * FROM gone UNION ALL SELECT * FROM kept
"""

_CHANGED = """(
  -- The months that were worked out anew, and those in which a client had bought by one first sale and had not by the other:
  -- whether it is judged there hangs on that. Index: client_month_of_client.
  SELECT month FROM marked_months
  UNION
  SELECT k.month FROM moved_spans f JOIN sales_clientmonth k ON k.client_id = f.client_id
    AND k.month >= date_trunc('month', LEAST(f.was, f.becomes)::timestamp)::date
    AND k.month <= CASE WHEN f.was IS NULL OR f.becomes IS NULL THEN 'infinity' ELSE GREATEST(f.was, f.becomes) END
  WHERE f.was IS DISTINCT FROM f.becomes
) AS changed"""

_ROOM = "SET LOCAL work_mem = '256MB'; SET LOCAL enable_indexscan = off"
_REBUILD_SPANS = """
-- Those alone that are not there yet, differ, or are of clients who have no sale any more.
WITH bought AS MATERIALIZED (
  SELECT client_id, min(day) AS first_on, max(day) AS last_on FROM sales_document
  WHERE kind = 'sale' AND amount > 0 AND client_id IS NOT NULL GROUP BY client_id
),
gone AS (DELETE FROM sales_clientsales x WHERE NOT EXISTS (SELECT FROM bought s WHERE s.client_id = x.client_id))
INSERT INTO sales_clientsales (client_id, first_on, last_on)
SELECT s.client_id, s.first_on, s.last_on FROM bought s LEFT JOIN sales_clientsales x ON x.client_id = s.client_id
WHERE (x.first_on, x.last_on) IS DISTINCT FROM (s.first_on, s.last_on)
ON CONFLICT (client_id) DO UPDATE SET first_on = excluded.first_on, last_on = excluded.last_on
"""


_followers: list[Callable[[], None]] = []


def register_follower(follower: Callable[[], None]) -> None:
    """Have `follower` called after each commit that worked months out anew: whatever is kept of them is old by then."""
    if follower not in _followers:
        _followers.append(follower)


def refresh(*, most: int = MOST, clients: Sequence[int] | None = None) -> int:
    """Work off up to `most` marks (those of `clients` alone, where named) in one transaction; return how many there were.

    0 too when another one is at it.
    """
    if not LedgerMark.objects.exists():
        return 0  # asked every few seconds: a temporary table each time would bloat the catalogue
    with transaction.atomic(), connection.cursor() as cursor:
        if not _lock(cursor):
            return 0
        cursor.execute(_TAKE, {"most": most, "clients": None if clients is None else list(clients)})
        cursor.execute("ANALYZE marked_months")
        cursor.execute("SELECT COALESCE(sum(marks), 0) FROM marked_months")
        (marks,) = cursor.fetchone()
        if marks:
            for table in ("sales_clientmonth", "sales_clientmonthcost"):
                for same in _SAME:
                    cursor.execute(_FORGET.format(table=table, same=same))
            cursor.execute(_WRITE)
            cursor.execute(_WRITE_COSTS)
            cursor.execute(_SPANS)
            cursor.execute(_REVISE.format(months=_CHANGED))
            cursor.execute("SELECT client_id FROM moved_spans WHERE becomes IS NOT NULL")
            follow_sales([client_id for (client_id,) in cursor.fetchall()])
            cursor.execute("DROP TABLE moved_spans")
            for follower in _followers:
                transaction.on_commit(follower)
        cursor.execute("DROP TABLE marked_months")
    return int(marks)


def refresh_all() -> int:
    """Work off every mark there is; return how many."""
    total = 0
    while done := refresh():
        total += done
    return total


def rebuild() -> None:
    """Work everything out anew from the documents, in one transaction. Readers see what was there till the new tables are filled, and
    wait while their indexes are made; writers don't wait, and what they write meanwhile is marked."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("DELETE FROM sales_ledgermark")  # by a statement of its own: the next one sees all that these stood for
        cursor.execute("SELECT seraph_rebuild_rollup()")
        cursor.execute(_ROOM)
        cursor.execute(_REBUILD_SPANS)
        cursor.execute("SET LOCAL enable_indexscan = on")
        cursor.execute(_REVISE.format(months=_KNOWN))
        cursor.execute("SELECT seraph_count_anew()")


def _lock(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of a month in which the roll-up and the documents disagree. `client_id` is None where they do so of all clients
    together. `figure` may be that of a category ("own_cost of category 3"), or a day ("first_on", "last_on")."""

    month: date
    client_id: int | None
    figure: str
    kept: Decimal | date | None
    documents: Decimal | date | None


_COMPARE = f"""
-- Each month as a whole, where no mark waits: what the roll-up holds beside what the documents say.
WITH documents AS (SELECT date_trunc('month', r.day)::date AS month, {_SUMS} FROM sales_ledgerrow r GROUP BY 1),
kept AS (SELECT r.month, {_SUMS} FROM sales_clientmonth r GROUP BY 1)
SELECT COALESCE(k.month, d.month) AS month, NULL::bigint, f.name, f.kept, f.documents
FROM documents d FULL JOIN kept k ON k.month = d.month
CROSS JOIN LATERAL (VALUES {", ".join(f"('{name}', COALESCE(k.{name}, 0)::numeric, COALESCE(d.{name}, 0)::numeric)" for name in FIGURES)})
  AS f (name, kept, documents)
WHERE f.kept <> f.documents AND NOT EXISTS (SELECT FROM sales_ledgermark m WHERE m.month = COALESCE(k.month, d.month))
ORDER BY 1, 3
"""

_COMPARE_COSTS = """
-- The own costs of each month by category, as _COMPARE does it.
WITH documents AS (SELECT date_trunc('month', day)::date AS month, category_id, sum(amount) AS amount FROM sales_ledgercost GROUP BY 1, 2),
kept AS (SELECT month, category_id, sum(amount) AS amount FROM sales_clientmonthcost GROUP BY 1, 2)
SELECT month, NULL::bigint, 'own_cost of category ' || category_id, COALESCE(k.amount, 0), COALESCE(d.amount, 0)
FROM documents d FULL JOIN kept k USING (month, category_id)
WHERE COALESCE(k.amount, 0) <> COALESCE(d.amount, 0)
  AND NOT EXISTS (SELECT FROM sales_ledgermark m WHERE m.month = COALESCE(k.month, d.month))
ORDER BY 1, category_id
"""

_PICK = """
-- Clients picked at random, for the statements that follow.
CREATE TEMPORARY TABLE sampled_clients ON COMMIT DROP AS
WITH ends AS (SELECT min(client_id) AS least, max(client_id) AS most FROM sales_clientmonth)
SELECT DISTINCT (SELECT client_id FROM sales_clientmonth WHERE client_id >= p.id ORDER BY client_id LIMIT 1) AS client_id
FROM (
  SELECT e.least + floor(random() * (e.most - e.least + 1))::bigint AS id
  FROM ends e, generate_series(1, %(sample)s) WHERE e.most IS NOT NULL
) p
"""

_SAMPLE = f"""
-- The clients that were picked, month by month: a row that is wrong in one figure and wrong the other way in another one's is
-- right in the sum of its month. OFFSET 0 as above. Indexes: client_month_of_client, and those of the view.
WITH documents AS (
  SELECT s.client_id, date_trunc('month', r.day)::date AS month, {_SUMS}
  FROM sampled_clients s CROSS JOIN LATERAL (SELECT * FROM sales_ledgerrow r WHERE r.client_id = s.client_id OFFSET 0) r GROUP BY 1, 2
),
kept AS (SELECT r.* FROM sampled_clients s JOIN sales_clientmonth r ON r.client_id = s.client_id)
SELECT month, client_id, f.name, f.kept, f.documents
FROM documents d FULL JOIN kept k USING (client_id, month)
CROSS JOIN LATERAL (VALUES {", ".join(f"('{name}', COALESCE(k.{name}, 0)::numeric, COALESCE(d.{name}, 0)::numeric)" for name in FIGURES)})
  AS f (name, kept, documents)
WHERE f.kept <> f.documents AND NOT EXISTS (
  SELECT FROM sales_ledgermark m WHERE m.client_id = COALESCE(k.client_id, d.client_id) AND m.month = COALESCE(k.month, d.month)
)
ORDER BY 1, 2, 3
"""

_SAMPLE_SPANS = """
-- The first and the last sale of the clients that were picked. Index: document_of_client.
SELECT date_trunc('month', COALESCE(f.documents, f.kept))::date, s.client_id, f.name, f.kept, f.documents
FROM sampled_clients s
LEFT JOIN sales_clientsales x ON x.client_id = s.client_id
CROSS JOIN LATERAL (
  SELECT min(day) AS first_on, max(day) AS last_on FROM sales_document d
  WHERE d.client_id = s.client_id AND d.kind = 'sale' AND d.amount > 0
) d
CROSS JOIN LATERAL (VALUES ('first_on', x.first_on, d.first_on), ('last_on', x.last_on, d.last_on)) AS f (name, kept, documents)
WHERE f.kept IS DISTINCT FROM f.documents AND NOT EXISTS (SELECT FROM sales_ledgermark m WHERE m.client_id = s.client_id AND NOT m.pool)
ORDER BY 1, 2, 3
"""

_MARK_MONTHS = """
-- All that either side knows of these months. Indexes: client_month_once, and those of the view on the day.
WITH wrong AS (SELECT unnest(%(months)s::date[]) AS month)
INSERT INTO sales_ledgermark (client_id, month)
SELECT r.client_id, w.month FROM wrong w JOIN sales_clientmonth r ON r.month = w.month
UNION
SELECT r.client_id, w.month FROM wrong w JOIN sales_clientmonthcost r ON r.month = w.month
UNION
SELECT r.client_id, w.month FROM wrong w JOIN sales_ledgerrow r ON r.day >= w.month AND r.day < w.month + interval '1 month'
"""


def check(*, sample: int = 1_000) -> list[Difference]:
    """Compare the roll-up with the documents: each month as a whole and by category of costs, and of `sample` clients each
    month, and the days of the first and the last sale.

    Months that are still marked are left out. What differs is marked, so that the next refresh mends it; an empty list
    says that all is right.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_COMPARE)
        found = [Difference(*row) for row in cursor.fetchall()]
        cursor.execute(_COMPARE_COSTS)
        found += [Difference(*row) for row in cursor.fetchall()]
        cursor.execute(_PICK, {"sample": sample})
        cursor.execute("ANALYZE sampled_clients")
        for statement in (_SAMPLE, _SAMPLE_SPANS):
            cursor.execute(statement)
            found += [Difference(*row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE sampled_clients")
        for one in found:
            logger.error("the roll-up of %s differs from the documents: %s of client %s", one.month, one.figure, one.client_id)
        months = sorted({one.month for one in found if one.client_id is None})
        if months:
            cursor.execute(_MARK_MONTHS, {"months": months})
        for one in found:
            if one.client_id is not None:
                cursor.execute("INSERT INTO sales_ledgermark (client_id, month) VALUES (%s, %s)", [one.client_id, one.month])
    return found
