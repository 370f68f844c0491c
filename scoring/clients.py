"""What one client brought and cost in a period, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise

from scoring.arithmetic import SQL, cut, is_whole_month, parts_kept, parts_of
from scoring.models import ProfitReport

_COSTS = """
-- Own costs of some clients by category, the largest first: of whole months from the roll-up, of days within one from the rows.
-- Indexes: client_month_cost_of_client, cost_of_client, complaint_of_client.
SELECT client_id, category_id, sum(amount) FROM (
  SELECT client_id, category_id, amount FROM sales_clientmonthcost WHERE client_id = ANY (%(clients)s) AND month = ANY (%(whole)s)
  UNION ALL
  SELECT c.client_id, c.category_id, c.amount FROM unnest(%(firsts)s::date[], %(ends)s::date[]) AS part (first, last)
  CROSS JOIN LATERAL (
    SELECT * FROM sales_ledgercost WHERE client_id = ANY (%(clients)s) AND day >= part.first AND day < part.last
  ) c
) AS costs GROUP BY client_id, category_id HAVING sum(amount) <> 0 ORDER BY client_id, sum(amount) DESC, category_id
"""

SPREADS = SQL["spreads_of_client"].replace("{weight}", SQL["weight"])
"""How each pool was spread, with the weight of one `client` in it; asks for the numbers of the `reports` and which are `whole` months."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step from revenue down to profit: costs are negative. `total` marks a sum, not a step; `key` says what it is."""

    key: str
    label: str | Promise
    value: Decimal
    total: bool = False


def shares_of(report: ProfitReport, client_id: int) -> dict[str, Decimal]:
    """Return what a client bears of each pool, by its name; they add up to `pool_cost` of its row."""
    parts = parts_kept(report)
    values: dict[str, Any] = {
        "client": client_id,
        "reports": [part.pk for part in parts],
        "whole": [is_whole_month(part.first, part.end) for part in parts],
    }
    with connection.cursor() as cursor:
        cursor.execute(SQL["shares_of_client"].replace("{spreads}", SPREADS), values)
        return dict(cursor.fetchall())


def own_costs(first: date, end: date, clients: Sequence[int]) -> dict[int, list[tuple[int, Decimal]]]:
    """Return the own costs of some clients in a period: client -> category and amount, the largest first."""
    found: dict[int, list[tuple[int, Decimal]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, {"clients": list(clients), **cut(parts_of(first, end)).values()})
        for client, category, amount in cursor.fetchall():
            found.setdefault(client, []).append((category, amount))
    return found
