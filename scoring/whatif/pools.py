"""Another driver or amount of a pool, worked out over all clients in tables of one transaction, which is undone by its end.

Nothing that others see is written, and no row is locked: the statements are those that work a report out
(scoring.arithmetic), once with the pool as it is and once as it would be. What each client bears more or less is laid over
its row of the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from sales.models.money import ZERO
from scoring.arithmetic import SQL, VERDICT, for_verdicts, forget_spread, lay_out_figures, parts_kept, spread_pools, values_of_part
from scoring.models import PoolSpread, ProfitReport, ProfitSettings

MOST_SHOWN = 50
Progress = Callable[[int, int], None]

_AS_IT_IS = "(SELECT * FROM sales_costpool WHERE lower(name) = lower(%(pool)s))"
_AS_IT_WOULD_BE = """(
  SELECT id, name, month, COALESCE(NULLIF(%(driver)s::text, ''), driver) AS driver, round(amount * (100 + %(percent)s) / 100, 2) AS amount
  FROM sales_costpool WHERE lower(name) = lower(%(pool)s)
)"""

_BEGIN = """
CREATE TEMPORARY TABLE whatif_shares (client_id bigint NOT NULL, was numeric NOT NULL, becomes numeric NOT NULL) ON COMMIT DROP;
CREATE TEMPORARY TABLE whatif_pools (was numeric NOT NULL, becomes numeric NOT NULL, nobody_was numeric NOT NULL,
  nobody_becomes numeric NOT NULL) ON COMMIT DROP
"""
_ADD = f"INSERT INTO whatif_shares SELECT client_id, {{was}}, {{becomes}} FROM ({SQL['borne']}) s"
_ADD_POOLS = """
INSERT INTO whatif_pools SELECT {was}, {becomes}, CASE WHEN borne THEN 0 ELSE {was} END, CASE WHEN borne THEN 0 ELSE {becomes} END
FROM (SELECT amount AS share, total IS NOT NULL AS borne FROM part_spreads) s
"""
_WAS, _BECOMES = {"was": "share", "becomes": "0"}, {"was": "0", "becomes": "share"}

_LAY_OVER = f"""
-- The rows of the report with what each client would earn, both judged by the thresholds of now. Who has no row of its own may
-- get a share, by what it owes from earlier months. Indexes: profit_row_once, the key of sales_clientsales.
CREATE TEMPORARY TABLE whatif_rows ON COMMIT DROP AS
SELECT r.*, {VERDICT.replace("r.profit", "r.was_profit")} AS was_verdict, {VERDICT} AS verdict FROM (
  SELECT client_id, COALESCE(o.revenue, 0) AS revenue, COALESCE(o.profit, 0) AS was_profit,
    COALESCE(o.profit, 0) + COALESCE(m.was, 0) - COALESCE(m.becomes, 0) AS profit
  FROM (SELECT client_id, revenue, profit FROM scoring_profitrow WHERE report_id = %(report)s AND client_id IS NOT NULL) o
  FULL JOIN (SELECT client_id, sum(was) AS was, sum(becomes) AS becomes FROM whatif_shares GROUP BY client_id) m USING (client_id)
) r LEFT JOIN sales_clientsales b ON b.client_id = r.client_id
"""
_COUNT = """
SELECT was_verdict, verdict, count(*), sum(was_profit), sum(profit), count(*) FILTER (WHERE profit < was_profit),
  count(*) FILTER (WHERE profit > was_profit)
FROM whatif_rows GROUP BY was_verdict, verdict
"""
_CHANGED = """
SELECT client_id, was_verdict, verdict, was_profit, profit FROM whatif_rows WHERE verdict <> was_verdict
ORDER BY abs(profit - was_profit) DESC, client_id LIMIT %(most)s
"""

_AMOUNTS = """
SELECT COALESCE(sum(was), 0), COALESCE(sum(becomes), 0), COALESCE(sum(nobody_was), 0), COALESCE(sum(nobody_becomes), 0), count(*) / 2
FROM whatif_pools
"""


@dataclass(frozen=True, slots=True)
class PoolChange:
    """What is asked: the pool by its name, in all months of the period that have it; another driver ("": as it is); so many
    percent more or less."""

    pool: str
    driver: str = ""
    percent: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Camp:
    """The clients of one verdict, now and then, with what they earn together."""

    verdict: str
    now: int
    then: int
    profit_now: Decimal
    profit_then: Decimal


@dataclass(frozen=True, slots=True)
class Changed:
    """A client with another verdict than now."""

    client: int
    was: str
    becomes: str
    profit_now: Decimal
    profit_then: Decimal

    @property
    def change(self) -> Decimal:
        return self.profit_then - self.profit_now


@dataclass(frozen=True, slots=True)
class PoolOutcome:
    """What another driver or amount comes to. `changed` are at most `MOST_SHOWN` of the `changes` clients whose verdict changes, by
    how much their profit does; `bear_more` and `bear_less` count all. Amounts are of the pool over the whole period."""

    camps: list[Camp]
    changes: int
    changed: list[Changed]
    bear_more: int
    bear_less: int
    amount_now: Decimal
    amount_then: Decimal
    nobody_now: Decimal
    nobody_then: Decimal
    pools: int
    """So many months of the period have the pool."""

    @property
    def rest(self) -> int:
        """How many whose verdict changes are not shown one by one."""
        return self.changes - len(self.changed)

    @property
    def gain(self) -> Decimal:
        """By what the company's profit changes: nothing, where only the driver does."""
        return self.amount_now - self.amount_then

    def as_dict(self) -> dict[str, Any]:
        """Return it as a cache keeps it."""
        return asdict(self)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> PoolOutcome:
        """Return what `as_dict` gave."""
        lists = {"camps": [Camp(**one) for one in kept["camps"]], "changed": [Changed(**one) for one in kept["changed"]]}
        return cls(**kept | lists)


def pools_of(report: ProfitReport) -> list[str]:
    """Return the names of the pools of a report, each once, however it is spelt."""
    names = PoolSpread.objects.filter(report__in=parts_kept(report)).order_by("-report__first", "name").values_list("name", flat=True)
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.lower(), name)
    return sorted(found.values(), key=str.lower)


def under(report: ProfitReport, change: PoolChange, *, progress: Progress | None = None) -> PoolOutcome:
    """Return what `change` comes to in the period of `report`. `progress` is told how many parts of how many are done."""
    parts = list(
        ProfitReport.objects.filter(pk__in=[part.pk for part in parts_kept(report)]).only("first", "end", "as_of").order_by("first")
    )
    asked = {"pool": change.pool, "driver": change.driver, "percent": change.percent}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        for number, part in enumerate(parts):
            if progress:
                progress(number, len(parts) + 1)
            values = values_of_part(part.first, part.end, part.as_of or part.end) | asked
            lay_out_figures(cursor, values)
            for pools, columns in ((_AS_IT_IS, _WAS), (_AS_IT_WOULD_BE, _BECOMES)):
                spread_pools(cursor, values, pools)
                cursor.execute(_ADD.format(**columns))
                cursor.execute(_ADD_POOLS.format(**columns))
                forget_spread(cursor)
            cursor.execute("DROP TABLE part_figures")
        if progress:
            progress(len(parts), len(parts) + 1)
        cursor.execute(_LAY_OVER, for_verdicts(report, ProfitSettings.current()))
        outcome = _read(cursor)
        cursor.execute("DROP TABLE whatif_shares, whatif_pools, whatif_rows")
    return outcome


def _read(cursor: Any) -> PoolOutcome:
    cursor.execute(_COUNT)
    rows = cursor.fetchall()
    cursor.execute(_CHANGED, {"most": MOST_SHOWN})
    changed = [Changed(*row) for row in cursor.fetchall()]
    cursor.execute(_AMOUNTS)
    amounts = cursor.fetchone()
    camps = [
        Camp(
            verdict,
            now=sum(row[2] for row in rows if row[0] == verdict),
            then=sum(row[2] for row in rows if row[1] == verdict),
            profit_now=sum((row[3] for row in rows if row[0] == verdict), ZERO),
            profit_then=sum((row[4] for row in rows if row[1] == verdict), ZERO),
        )
        for verdict in ("angel", "between", "demon")
    ]
    return PoolOutcome(
        camps,
        sum(row[2] for row in rows if row[0] != row[1]),
        changed,
        sum(row[5] for row in rows),
        sum(row[6] for row in rows),
        *amounts,
    )
