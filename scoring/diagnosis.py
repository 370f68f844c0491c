"""What stands out of a client that costs money, against clients of the same size and industry."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from sales.models import Complaint, CostCategory
from sales.models.costs import Fault
from scoring.arithmetic import SQL
from scoring.models import ProfitReport, ProfitRow
from scoring.models.cases import Cause

ENOUGH, MOST = 5, 1_000
"""So many peers make a middle worth naming; more than so many make it no better."""
_BLOCKS, _BLOCK, _LIKE = 20, 2_000, 20_000

_LABELS: dict[str, str | Promise] = {
    "direct_cost": _("Direct cost"),
    "discount": _("Discounts"),
    "pools": _("Share of pools"),
    "days_late": _("Days late, by amount"),
    "order_size": _("Average order"),
    "complaints": _("Complaints per 100 orders"),
}
_UNITS = {"days_late": "days", "order_size": "money", "complaints": "number"}
_CAUSES: dict[str, str] = {
    "direct_cost": Cause.PRICE_LIST,
    "discount": Cause.PRICE_LIST,
    "pools": Cause.PROCESS,
    "delivery": Cause.LOGISTICS,
    "visits": Cause.MANAGEMENT,
    "service": Cause.PROCESS,
    "discounts": Cause.TERMS,
    "financing": Cause.LATE_PAYMENT,
    "campaigns": Cause.MANAGEMENT,
    "first_deals": Cause.MANAGEMENT,
    "days_late": Cause.LATE_PAYMENT,
    "order_size": Cause.SMALL_ORDERS,
}
"""What a line that stands out points to, by the line or the key of its cost category; complaints go by whose fault they were."""
_BY_ORDER = frozenset({"delivery", "pools"})
"""What each order costs again: where orders are small, that is why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `own` beside the `median` of the peers, and the quarters of them below `low` and above `high`.

    Costs are in % of revenue (discounts of the price before them); `excess` is what they cost above the middle, in the
    company's currency. `days_late` is in days, `order_size` in money, `complaints` in complaints for 100 orders.
    """

    key: str
    own: Decimal
    median: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    excess: Decimal | None = None

    @property
    def unit(self) -> str:
        """percent, days, money or number."""
        return _UNITS.get(self.key, "percent")

    @property
    def stands_out(self) -> bool:
        """Whether three quarters of the peers do better, and by more than a rounding."""
        if self.median is None or self.low is None or self.high is None:
            return False
        if self.key == "order_size":
            return self.own < self.low
        return self.own > self.high and self.own - self.median >= 1


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The lines, those that cost most above the middle first. `level` says who the peers are: "alike" (size and industry),
    "near" (size), "all"; empty where there is nobody to compare with. `sampled`: they were looked for in a sample."""

    lines: list[Line] = field(default_factory=list)
    level: str = ""
    peers: int = 0
    sampled: bool = False
    suggested: str = ""

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Diagnosis:
        """Return a diagnosis as a case keeps it."""
        names = ("own", "median", "low", "high", "excess")
        figures = [[None if line[name] is None else Decimal(line[name]) for name in names] for line in kept.get("lines", [])]
        lines = [Line(line["key"], own or Decimal(0), *rest) for line, (own, *rest) in zip(kept.get("lines", []), figures, strict=True)]
        return cls(**{**kept, "lines": lines})

    def as_json(self) -> dict[str, Any]:
        """Return it as a case keeps it."""
        return asdict(self)


def diagnose(report: ProfitReport, client_id: int) -> Diagnosis:
    """Return what stands out of a client in a period of whole months, and the cause that it points to.

    Three statements, whatever the number of clients.
    """
    row = ProfitRow.objects.get(report=report, client=client_id)
    values: dict[str, Any] = {"report": report.pk, "client": client_id, "first": report.first, "end": report.end}
    values |= {"most": MOST, "enough": ENOUGH, "blocks": _BLOCKS, "block": _BLOCK, "like": _LIKE}
    with connection.cursor() as cursor:
        cursor.execute(SQL["peers"], values)
        peers = cursor.fetchall()
        cursor.execute(SQL["diagnosis"], values | {"clients": [client_id, *(client for _level, client in peers)]})
        lines = [_line(row, found) for found in cursor.fetchall() if found[1] is not None]
    lines.sort(key=lambda line: (line.excess is None, -(line.excess or 0), line.key))
    clients = int(report.figures.get("judged") or 0)
    level = peers[0][0] if peers else ""
    return Diagnosis(lines, level, len(peers), clients > _BLOCKS * _BLOCK, _suggest(lines, client_id, report.first, report.end))


def _line(row: ProfitRow, found: tuple[str, Decimal, Decimal | None, Decimal | None, Decimal | None]) -> Line:
    key, own, median, low, high = found
    excess = None
    if key not in _UNITS and median is not None:
        base = row.revenue + row.discount if key == "discount" else row.revenue
        excess = round((own - median) * base / 100, 2)
    return Line(key, own, median, low, high, excess)


def _suggest(lines: list[Line], client_id: int, first: date, end: date) -> str:
    """Return the cause that the line with the largest cost above the middle points to; empty where nothing stands out."""
    outlying = {line.key: line for line in lines if line.stands_out}
    largest = next((line.key for line in lines if line.excess is not None and line.key in outlying), "") or next(iter(outlying), "")
    if not largest:
        return ""
    what = largest
    if largest.startswith("category-"):
        what = CostCategory.objects.values_list("key", flat=True).get(pk=largest.removeprefix("category-"))
    if what == "complaints":
        faults = Complaint.objects.filter(client=client_id, day__gte=first, day__lt=end).values_list("fault", flat=True)[:1_000]
        ours = sum(1 if fault == Fault.OURS else -1 if fault == Fault.CLIENT else 0 for fault in faults)
        return Cause.PROCESS if ours > 0 else Cause.COMPLAINTS
    if what in _BY_ORDER and "order_size" in outlying:
        return Cause.SMALL_ORDERS
    return str(_CAUSES.get(what, Cause.OUR_OTHER))


def label_of(key: str, categories: dict[int, CostCategory]) -> str:
    """Return how a line is called; `categories` by number."""
    if key.startswith("category-"):
        found = categories.get(int(key.removeprefix("category-")))
        return capfirst(str(found)) if found else "–"
    return str(_LABELS[key])
