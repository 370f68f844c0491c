"""How PostgreSQL would go about a statement over large tables, told by the small ones of a test."""

from __future__ import annotations

from typing import Any

from django.db import connection

_FORGET = """
-- What was counted while other tests had their rows there decides between indexes that cost the same: back to no count at all.
SELECT pg_clear_relation_stats('public', relname), NULL::void FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
UNION ALL
SELECT NULL, pg_clear_attribute_stats('public', tablename, attname, inherited) FROM pg_stats WHERE schemaname = 'public'
"""


def plan_of(sql: str, values: Any) -> str:
    """Return how PostgreSQL goes about `sql` when a table costs too much to be read as a whole or sorted, in a transaction that
    is rolled back afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}", values)
        return "\n".join(line for (line,) in cursor.fetchall())
