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
SELECT %(report)s, id, name, driver, amount, COALESCE(total, 0), cut_rest, cut_client, CASE WHEN total IS NULL THEN amount ELSE 0 END
FROM part_spreads
"""

_READ_FROM = {True: "sales_clientmonth WHERE month = %(month)s", False: "sales_ledgerrow WHERE day >= %(first)s AND day < %(end)s"}
"""Where the company's profit in a part is read from, by whether that is a whole month."""

VERDICT = """CASE
    WHEN b.first_on IS NULL OR b.first_on >= %(end)s OR r.revenue = 0 AND r.profit = 0 THEN ''
    WHEN r.profit < %(demon_below)s THEN 'demon'
    WHEN r.revenue > 0 AND r.profit * 100 >= r.revenue * %(angel_margin)s THEN 'angel'
    ELSE 'between' END"""

_JUDGED = """
-- The rows of a report. Who has never bought is no demon: what was spent there is the price of winning a client. Nor is
-- anybody judged who neither bought nor cost anything. In the order of the key, to whose end new ones are added.
SELECT r.client_id, {figures}, {verdict} AS verdict
FROM ({rows}) r LEFT JOIN sales_clientsales b ON b.client_id = r.client_id
ORDER BY r.client_id
"""

_ROWS = f"""
  SELECT client_id, COALESCE(f.revenue, 0) AS revenue, COALESCE(f.discount, 0) AS discount, COALESCE(f.direct_cost, 0) AS direct_cost,
    COALESCE(f.own_cost, 0) AS own_cost, COALESCE(s.share, 0) AS pool_cost,
    COALESCE(f.revenue, 0) - COALESCE(f.direct_cost, 0) - COALESCE(f.own_cost, 0) - COALESCE(s.share, 0) AS profit,
    COALESCE(f.purchases, 0) AS purchases, COALESCE(f.orders, 0) AS orders
  FROM part_figures f FULL JOIN ({SQL["borne"]}) s USING (client_id)
"""

_FIGURES = ("revenue", "discount", "direct_cost", "own_cost", "pool_cost", "profit", "purchases", "orders")

_PART = f"(SELECT client_id, {', '.join(_FIGURES)} FROM scoring_profitrow WHERE report_id = %(part_{{number}})s ORDER BY client_id)"
_SUM = f"""
  -- A longer period: the sum of its parts, each of which comes in the order of its clients, so that a client is added up as it
  -- comes by. Index: profit_row_once.
  SELECT client_id, {", ".join(f"sum({name}) AS {name}" for name in _FIGURES)} FROM ({{parts}}) AS p GROUP BY client_id
"""

_COLUMNS = (*_FIGURES, "verdict")
_FIRST = f"INSERT INTO scoring_profitrow (report_id, client_id, {', '.join(_COLUMNS)}) SELECT %(report)s, * FROM ({_JUDGED}) AS r"
_OURS = "t.report_id = %(report)s AND COALESCE(t.client_id, 0) = COALESCE(r.client_id, 0)"
_MORE = """
SELECT (SELECT count(*) FROM scoring_profitrow WHERE report_id = %(report)s) > (SELECT count(*) FROM report_rows)
"""
_GONE = f"DELETE FROM scoring_profitrow t WHERE report_id = %(report)s AND NOT EXISTS (SELECT FROM report_rows r WHERE {_OURS})"
_MERGE = f"""
-- Those rows alone that differ: a new sale changes the shares of a few, and the others need not be written again.
MERGE INTO scoring_profitrow t USING report_rows r ON {_OURS}
WHEN MATCHED AND ({", ".join(f"t.{name}" for name in _COLUMNS)}) IS DISTINCT FROM ({", ".join(f"r.{name}" for name in _COLUMNS)})
  THEN UPDATE SET {", ".join(f"{name} = r.{name}" for name in _COLUMNS)}
WHEN NOT MATCHED THEN INSERT (report_id, client_id, {", ".join(_COLUMNS)})
  VALUES (%(report)s, r.client_id, {", ".join(f"r.{name}" for name in _COLUMNS)})
"""


def parts_of(first: date, end: date) -> Iterator[tuple[date, date]]:
    """Return the months that [first, end) lies in, each as far as it does."""
    month = first_of_month(first)
    while month < end:
        following = add_months(month, 1)
        yield max(month, first), min(following, end)
        month = following


def months_of(first: date, end: date) -> list[date]:
    """Return the first days of the months that [first, end) lies in."""
    return [first_of_month(start) for start, _end in parts_of(first, end)]


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
        _write(cursor, _ROWS, values)
        cursor.execute("DROP TABLE part_figures")
        forget_spread(cursor)
        cursor.execute("SELECT COALESCE(sum(unallocated), 0) FROM scoring_poolspread WHERE report_id = %s", [report.pk])
        (report.unallocated,) = cursor.fetchone()
        cursor.execute(SQL["company"].format(ledger=_READ_FROM[is_whole_month(report.first, report.end)]), values)
        (report.company_profit,) = cursor.fetchone()


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
    """Keep the pools of a part as `part_spreads` and the shares of clients as `part_shares`, tables of the transaction that is
    open; `part_figures` is there. What each client bears of them: SQL["borne"]. `pools` stands for the table of pools: SQL in
    parentheses for others than those of the ledger."""
    cursor.execute(_POOLS.format(pools=pools), values)
    _keep(cursor, "part_weights", SQL["weights"].replace("{weight}", SQL["weight"]), values)
    _keep(cursor, "part_totals", "SELECT pool_id, sum(weight) AS total FROM part_weights GROUP BY pool_id", values)
    _keep(cursor, "part_shares", SQL["shares"], values)
    _keep(cursor, "part_spreads", SQL["spreads"], values)


def forget_spread(cursor: Any) -> None:
    """Drop what `spread_pools` keeps."""
    cursor.execute("DROP TABLE part_pools, part_weights, part_totals, part_shares, part_spreads")


def sum_up(report: ProfitReport, settings: ProfitSettings, parts: list[ProfitReport]) -> None:
    """Write the rows of `report` as the sum of those of its `parts`, in the transaction that is open."""
    numbers = {f"part_{number}": part.pk for number, part in enumerate(parts)}
    rows = _SUM.format(parts=" UNION ALL ".join(_PART.format(number=number) for number in range(len(parts))))
    with connection.cursor() as cursor:
        # reports that were just written are not counted yet: the planner would take them for empty
        cursor.execute("SET LOCAL enable_hashagg = off; SET LOCAL enable_nestloop = off")
        _write(cursor, rows, numbers | for_verdicts(report, settings))
        cursor.execute("SET LOCAL enable_hashagg = on; SET LOCAL enable_nestloop = on")
    report.unallocated = sum((part.unallocated for part in parts), ZERO)
    report.company_profit = sum((part.company_profit for part in parts), ZERO)


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


def _write(cursor: Any, rows: str, values: Mapping[str, Any]) -> None:
    """Make the rows of a report those that `rows` finds, with their verdicts. Where it has none yet, there is nothing to compare."""
    told = {"figures": ", ".join(f"r.{name}" for name in _FIGURES), "rows": rows, "verdict": VERDICT}
    cursor.execute("SELECT EXISTS (SELECT FROM scoring_profitrow WHERE report_id = %(report)s)", values)
    (there,) = cursor.fetchone()
    if not there:
        cursor.execute(_FIRST.format(**told), values)
        return
    _keep(cursor, "report_rows", _JUDGED.format(**told), values)
    cursor.execute(_MERGE, values)
    cursor.execute(_MORE, values)  # to look for those that are gone takes half a second or more: only where there are any
    (more,) = cursor.fetchone()
    if more:
        cursor.execute(_GONE, values)
    cursor.execute("DROP TABLE report_rows")


def _keep(cursor: Any, table: str, select: str, values: Mapping[str, Any]) -> None:
    """Keep what a SELECT finds in a table of this transaction, with what the planner needs to know of it: how many rows, and
    roughly which."""
    cursor.execute(
        f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {select};\nSET LOCAL default_statistics_target = 10; ANALYZE {table}", values
    )
