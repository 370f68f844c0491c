"""The panel "Turnaround case" of a client card."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.models import Client
from sales.periods import company_today, first_of_month
from sales.querysets import sees_own_profit
from scoring.models import ProfitRow, TurnaroundCase, Verdict
from scoring.periods import Period
from scoring.services.cases.opening import may_open

_SHOWN = 3


def panel_of(client: Client, user: User) -> dict[str, Any] | None:
    """Return the cases of a client, and whether one may be opened: it lost money in the twelve months up to now, as far as
    that is worked out. None where there is neither."""
    rows = TurnaroundCase.objects.visible_to(user).with_figures(user).filter(client=client).for_cards()
    cases = list(rows.order_by("-pk")[:_SHOWN])
    lost = None if any(case.is_open for case in cases) or client.archived_at is not None else _lost_by(client, user)
    return {"cases": cases, "lost": lost} if cases or lost is not None else None


def _lost_by(client: Client, user: User) -> Any:
    """Return the row of a demon whose case `user` may open."""
    if not sees_own_profit(user):
        return None
    year = Period.rolling(first_of_month(company_today()))
    rows = ProfitRow.objects.filter(client=client, report__first=year.first, report__end=year.end, verdict=Verdict.DEMON)
    row = rows.first()
    if row is None:
        return None
    try:
        may_open(user, client)
    except PermissionDenied:
        return None
    return row
