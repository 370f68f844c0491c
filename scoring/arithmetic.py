"""The profit of every client in a period: Σ revenue − Σ direct cost − Σ own costs − Σ pool shares (product.md, "The arithmetic").

A part (a month, or days within one) is worked out from the ledger and its pools by a handful of statements over the whole
base; a longer period is the sum of its parts, so that a month's shares are rounded once and a year agrees with its months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from clients.criteria.days import add_months
from sales.models.money import ZERO
from sales.periods import first_of_month
from scoring.models import ProfitReport, ProfitSettings

SQL = {path.stem: path.read_text() for path in (Path(__file__).parent / "sql").glob("*.sql")}

_POOLS = """
-- The pools of the month. Of days within it a pool gives what falls to them: its amount up to the last day less that up to
-- the first one, each rounded to the cent, so that the parts of a month add up to it.
CREATE TEMPORARY TABLE part_pools ON COMMIT DROP AS
SELECT id, name, driver, round(amount * %(to_day)s / %(days)s, 2) - round(amount * %(from_day)s / %(days)s, 2) AS amount
FROM {pools} AS p WHERE month = %(month)s
"""

_SPREADS = """
INSERT INTO scoring_poolspread (report_id, pool_id, name, driver, amount, total_weight, cut_rest, cut_client, unallocated)
SELECT %(report)s, p.id, p.name, p.driver, p.amount, COALESCE(w.total, 0), c.rest, c.client_id,
  CASE WHEN w.total IS NULL THEN p.amount ELSE 0 END
FROM part_pools p
LEFT JOIN (SELECT pool_id, sum(weight) AS total FROM part_weights GROUP BY pool_id) w ON w.pool_id = p.id
LEFT JOIN part_shares c ON c.pool_id = p.id AND c.place = c.left_over
"""

VERDICT = """CASE
    WHEN b.first_on IS NULL OR b.first_on >= %(end)s OR r.revenue = 0 AND r.profit = 0 THEN ''
    WHEN r.profit < %(demon_below)s THEN 'demon'
    WHEN r.revenue > 0 AND r.profit * 100 >= r.revenue * %(angel_margin)s THEN 'angel'
    ELSE 'between' END"""

_WRITE = """
-- The rows of a report. Who has never bought is no demon: what was spent there is the price of winning a client. Nor is
-- anybody judged who neither bought nor cost anything. In the order of the key, to whose end they are added then. Index: the
-- key of sales_clientsales.
INSERT INTO scoring_profitrow
  (report_id, client_id, revenue, discount, direct_cost, own_cost, pool_cost, profit, purchases, orders, verdict)
SELECT %(report)s, r.client_id, r.revenue, r.discount, r.direct_cost, r.own_cost, r.pool_cost, r.profit, r.purchases, r.orders,
  {verdict}
FROM ({rows}) r LEFT JOIN sales_clientsales b ON b.client_id = r.client_id
ORDER BY r.client_id
"""

_ROWS = """
  SELECT client_id, COALESCE(f.revenue, 0) AS revenue, COALESCE(f.discount, 0) AS discount, COALESCE(f.direct_cost, 0) AS direct_cost,
    COALESCE(f.own_cost, 0) AS own_cost, COALESCE(s.pool_cost, 0) AS pool_cost,
    COALESCE(f.revenue, 0) - COALESCE(f.direct_cost, 0) - COALESCE(f.own_cost, 0) - COALESCE(s.pool_cost, 0) AS profit,
    COALESCE(f.purchases, 0) AS purchases, COALESCE(f.orders, 0) AS orders
  FROM part_figures f
  FULL JOIN (
    SELECT client_id, sum((cents + (place <= left_over)::int) * sign) / 100 AS pool_cost FROM part_shares GROUP BY client_id
  ) s USING (client_id)
"""

_SUM = """
  -- A longer period: the sum of its parts. Index: profit_row_once.
  SELECT client_id, sum(revenue) AS revenue, sum(discount) AS discount, sum(direct_cost) AS direct_cost, sum(own_cost) AS own_cost,
    sum(pool_cost) AS pool_cost, sum(profit) AS profit, sum(purchases) AS purchases, sum(orders) AS orders
  FROM scoring_profitrow WHERE report_id = ANY (%(parts)s) GROUP BY client_id
"""


def parts_of(first: date, end: date) -> Iterator[tuple[date, date]]:
    """Return the months that [first, end) lies in, each as far as it does."""
    month = first_of_month(first)
    while month < end:
        following = add_months(month, 1)
        yield max(month, first), min(following, end)
        month = following


@dataclass(frozen=True, slots=True)
class Cut:
    """Months as the roll-up has them whole, and the days [first, end) of months that are cut."""

    whole: list[date]
    broken: list[tuple[date, date]]

    def values(self) -> dict[str, Any]:
        """As statements take them: `whole`, and `firsts` and `ends` side by side."""
        return {"whole": self.whole, "firsts": [first for first, _end in self.broken], "ends": [end for _first, end in self.broken]}


def cut(parts: Iterable[tuple[date, date]]) -> Cut:
    """Split the parts of a period into whole months and days of one."""
    known = list(parts)
    return Cut([one[0] for one in known if is_whole_month(*one)], [one for one in known if not is_whole_month(*one)])


def work_out_part(report: ProfitReport, settings: ProfitSettings, *, today: date) -> None:
    """Write the rows and spreads of `report`, which lies within one month, in the transaction that is open.

    Credit is counted up to and including `today`.
    """
    values = values_of_part(report.first, report.end, today) | for_verdicts(report, settings)
    with connection.cursor() as cursor:
        lay_out_figures(cursor, values)
        spread_pools(cursor, values)
        cursor.execute(_SPREADS, values)
        cursor.execute(_WRITE.format(rows=_ROWS, verdict=VERDICT), values)
        cursor.execute("DROP TABLE part_pools, part_figures, part_weights, part_shares")
        cursor.execute("SELECT COALESCE(sum(unallocated), 0) FROM scoring_poolspread WHERE report_id = %s", [report.pk])
        (report.unallocated,) = cursor.fetchone()


def values_of_part(first: date, end: date, today: date) -> dict[str, Any]:
    """Return what the statements of a part [first, end), which lies within one month, ask for; `today` is the last day of credit."""
    month = first_of_month(first)
    following = add_months(month, 1)
    return {
        "month": month,
        "first": first,
        "end": end,
        "until": credit_until(first, end, today),
        "from_day": (first - month).days,
        "to_day": (end - month).days,
        "days": (following - month).days,
    }


def credit_until(first: date, end: date, today: date) -> date:
    """Return the day before which credit of a part is counted: its end, or tomorrow if that is earlier."""
    return max(first, min(end, today + timedelta(days=1)))


def lay_out_figures(cursor: Any, values: Mapping[str, Any]) -> None:
    """Keep the figures of all clients in a part as `part_figures`, a table of the transaction that is open."""
    whole = is_whole_month(values["first"], values["end"])
    _keep(cursor, "part_figures", SQL["figures_of_month" if whole else "figures_of_days"], values)


def spread_pools(cursor: Any, values: Mapping[str, Any], pools: str = "sales_costpool") -> None:
    """Keep the pools of a part, their weights and shares as `part_pools`, `part_weights` and `part_shares`, tables of the
    transaction that is open; `part_figures` is there. `pools` stands for the table of pools: SQL in parentheses for others than those
    of the ledger."""
    cursor.execute(_POOLS.format(pools=pools), values)
    _keep(cursor, "part_weights", SQL["weights"].replace("{weight}", SQL["weight"]), values)
    _keep(cursor, "part_shares", SQL["shares"], values)


def sum_up(report: ProfitReport, settings: ProfitSettings, parts: list[ProfitReport]) -> None:
    """Write the rows of `report` as the sum of those of its `parts`, in the transaction that is open."""
    values = {"parts": [part.pk for part in parts], **for_verdicts(report, settings)}
    with connection.cursor() as cursor:
        # most clients have a few rows: sorted, they are added up as they come by; hashed, all of them would want room at once
        cursor.execute("SET LOCAL enable_hashagg = off")
        cursor.execute(_WRITE.format(rows=_SUM, verdict=VERDICT), values)
        cursor.execute("SET LOCAL enable_hashagg = on")
    report.unallocated = sum((part.unallocated for part in parts), ZERO)


def for_verdicts(report: ProfitReport, settings: ProfitSettings) -> dict[str, Any]:
    """Return what `VERDICT` goes by, with the number of the report."""
    return {"report": report.pk, "end": report.end, "demon_below": settings.demon_below, "angel_margin": settings.angel_margin}


def parts_kept(report: ProfitReport) -> list[ProfitReport]:
    """Return the reports of the months (or days of them) that `report` is the sum of; itself, if it lies within one."""
    parts = list(parts_of(report.first, report.end))
    rows = ProfitReport.objects.filter(first__in=[first for first, _end in parts]).only("first", "end", "unallocated")
    found = {(one.first, one.end): one for one in rows}
    return [found[part] for part in parts if part in found]


def is_whole_month(first: date, end: date) -> bool:
    """Return whether [first, end) is one month from its first day to its last."""
    return first.day == 1 and end == add_months(first, 1)


def _keep(cursor: Any, table: str, select: str, values: Mapping[str, Any]) -> None:
    """Keep what a SELECT finds in a table of this transaction, with what the planner needs to know of it: how many rows, and
    roughly which."""
    cursor.execute(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {select}", values)
    cursor.execute(f"SET LOCAL default_statistics_target = 10; ANALYZE {table}")
