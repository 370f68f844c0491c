"""The verdict on a client, for the money of its card."""

from __future__ import annotations

from datetime import date

from sales.earned import Earned
from scoring.models import ProfitRow
from scoring.periods import Period


def of_kept_report(client_id: int, month: date) -> Earned | None:
    """Return what a client earned in the twelve months up to the end of `month`, as the report that is kept says. It is not worked
    out anew for a card. Indexes: profit_report_once, profit_row_once."""
    year = Period.rolling(month)
    rows = ProfitRow.objects.filter(client=client_id, report__first=year.first, report__end=year.end)
    row = rows.exclude(report__worked_out_at=None).exclude(report__figures={}).select_related("report").defer("report__figures").first()
    if row is None or row.report.worked_out_at is None:
        return None
    return Earned(row.profit, row.verdict, row.get_verdict_display(), row.report.worked_out_at)
