"""The panel "Turnaround case" of a client card."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import User
from clients.models import Client
from sales.periods import company_today, first_of_month
from sales.querysets import sees_own_profit
from scoring.models import ProfitRow, TurnaroundCase, Verdict
from scoring.periods import Period
from scoring.services.cases.opening import may_open

_SHOWN = 3


def panel_of(client: Client, user: User) -> dict[str, Any] | None:
    """Return the cases of a client, and what it lost in the twelve months up to now, as far as that is worked out, where `user`
    may open a case for it. None where there is neither: that is one query."""
    visible = TurnaroundCase.objects.visible_to(user).filter(client=OuterRef("pk")).order_by("-pk")
    found = Client.objects.filter(pk=client.pk).values_list(
        ArraySubquery(visible.values("pk")[:_SHOWN]), Subquery(_lost(user).values("profit")[:1])
    )
    ids, lost = found.get()
    cases = list(TurnaroundCase.objects.with_figures(user).filter(pk__in=ids).for_cards().order_by("-pk")) if ids else []
    if any(case.is_open for case in cases) or client.archived_at is not None or (lost is not None and not _opens(user, client)):
        lost = None
    return {"cases": cases, "lost": lost} if cases or lost is not None else None


def _lost(user: User) -> QuerySet[ProfitRow]:
    """The row of a client as a demon of the twelve months up to now, where `user` sees what clients earn at all."""
    if not sees_own_profit(user):
        return ProfitRow.objects.none()
    year = Period.rolling(first_of_month(company_today()))
    rows = ProfitRow.objects.filter(report__first=year.first, report__end=year.end, verdict=Verdict.DEMON)
    return rows.filter(client=OuterRef("pk"))


def _opens(user: User, client: Client) -> bool:
    try:
        may_open(user, client)
    except PermissionDenied:
        return False
    return True
