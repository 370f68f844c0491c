"""Measured again by itself: the months after the action beside as many before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pghistory
import structlog
from django.db import transaction
from django.utils import timezone

from clients.criteria.days import add_months
from clients.models import Client
from sales.periods import company_today, first_of_month
from scoring.models import ProfitReport, ProfitRow, TurnaroundCase, Verdict
from scoring.models.cases import Result
from scoring.reports import work_out
from scoring.services.cases.locking import save
from scoring.services.cases.reminding import tell_result
from scoring.waterfalls import of_client

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Windows:
    """What is compared: whole months, [first, end)."""

    before: tuple[date, date]
    after: tuple[date, date]


def windows(acted_on: date, months: int) -> Windows:
    """Return the months after that of the action, and as many before it: the month of the action itself is neither, unless
    one acted on its first day."""
    this = first_of_month(acted_on)
    following = this if acted_on == this else add_months(this, 1)
    return Windows((add_months(this, -months), this), (following, add_months(following, months)))


@dataclass(frozen=True, slots=True)
class Measure:
    """What a client brought in a window."""

    revenue: Decimal
    profit: Decimal
    orders: int
    verdict: str
    steps: list[list[str]]


def result_of(before: Measure, after: Measure) -> Result:
    """Return what came of a case.

    Turned round: no demon any more, and it earns more than before. Worse: still a demon that loses more. Who ordered
    nothing in the months after has gone, which is no success. All else is unchanged.
    """
    if not after.orders:
        return Result.GONE
    if after.verdict == Verdict.DEMON:
        return Result.WORSE if after.profit < before.profit else Result.UNCHANGED
    return Result.TURNED if after.profit > before.profit else Result.UNCHANGED


def measure_due(*, now: datetime | None = None) -> int:
    """Measure the cases whose months are over; return how many. Runs every six hours.

    One that fails is logged and tried again the next time; it does not keep the others.
    """
    now = now or timezone.now()
    due = TurnaroundCase.objects.to_measure(company_today(now)).order_by("measure_on", "pk")
    done = 0
    rows: list[Any] = list(due.values_list("pk", "acted_on", "months"))
    for pk, acted_on, months in rows:
        try:
            done += _measure(pk, windows(acted_on, months), now)
        except Exception:
            logger.exception("case_not_measured", case=pk)
    return done


def _measure(pk: int, found: Windows, now: datetime) -> bool:
    reports = [work_out(*window, now=now) for window in (found.before, found.after)]
    with transaction.atomic(), pghistory.context(case=pk):
        client_id = TurnaroundCase.objects.values_list("client", flat=True).get(pk=pk)
        client = Client.objects.select_for_update(of=("self",)).get(pk=client_id)
        case = TurnaroundCase.objects.select_for_update(of=("self",)).select_related("owner", "opened_by").get(pk=pk)
        if case.client_id != client.pk or not case.is_open or case.measured_at is not None or case.acted_on is None:
            return False  # meanwhile it went elsewhere, or was ended; the next time sees it
        case.client = client
        before, after = (_of(report, client.pk) for report in reports)
        case.before_revenue, case.before_profit, case.before_verdict = before.revenue, before.profit, before.verdict
        case.after_revenue, case.after_profit, case.after_verdict = after.revenue, after.profit, after.verdict
        case.measured = {"before": before.steps, "after": after.steps}
        case.measured_at, case.result = now, result_of(before, after)
        figures = (f"{when}_{what}" for when in ("before", "after") for what in ("revenue", "profit", "verdict"))
        save(case, *figures, "measured", "measured_at", "result")
        tell_result(case, now=now)
    return True


def _of(report: ProfitReport, client_id: int) -> Measure:
    row = ProfitRow.objects.filter(report=report, client=client_id).first()
    if row is None:
        return Measure(Decimal(0), Decimal(0), 0, "", [])
    steps: list[list[Any]] = [[step.key, str(step.label) if step.key == "pool" else "", step.value] for step in of_client(report, row).all]
    return Measure(row.revenue, row.profit, row.orders, row.verdict, steps)
