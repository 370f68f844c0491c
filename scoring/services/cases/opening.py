"""Opening a case from a demon."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria.days import add_months
from clients.errors import FieldError
from clients.models import Client
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.services.registration import lock_client
from sales.periods import company_today, first_of_month
from sales.querysets import may_see_profit, sees_own_profit
from scoring.diagnosis import diagnose
from scoring.models import ProfitReport, ProfitRow, TurnaroundCase, Verdict
from scoring.periods import LAST_YEAR, LONGEST, Period
from scoring.reports import at_hand
from scoring.services.cases.reminding import follow_deadline
from scoring.services.keeping import ask_for

FIRST_DEADLINE = timedelta(days=30)
"""A case that is opened is to be decided and acted on within so long, until somebody says otherwise."""


def open_case(
    *, user: User, client_id: int, first: date | None = None, end: date | None = None, now: datetime | None = None
) -> TurnaroundCase:
    """Open the case of a client that lost money in [first, end), which is widened to whole months; the twelve months up to
    now, without it. The diagnosis is made, the client's manager owns it and is reminded in 30 days.

    Raises `Refused` when the client lost nothing, has an open case, or the period is still being worked out,
    `PermissionDenied` when `user` may not change the client or not see what it earns, `Client.DoesNotExist`.
    """
    now = now or timezone.now()
    may_open(user, Client.objects.visible_to(user).get(pk=client_id))
    usual = Period.rolling(first_of_month(company_today(now)))
    first, end = first or usual.first, end or usual.end
    if not first < end or end - first > LONGEST or end.year > LAST_YEAR:
        refuse([FieldError("last", "order", _("Choose days in order, and not more than ten years."))])
    first = first_of_month(first)
    end = end if end.day == 1 else add_months(first_of_month(end), 1)
    return _open(user=user, client_id=client_id, report=_report(first, end, now), now=now)


def may_open(user: User, client: Client) -> None:
    """Raise `PermissionDenied` unless `user` may open the case of `client`."""
    mine = Client.objects.filter(pk=client.pk)
    sees = may_see_profit(user) or (sees_own_profit(user) and mine.in_hands_of(user).exists())
    if not (user.has_perm("scoring.add_turnaroundcase") and sees and mine.editable_by(user).exists()):
        raise PermissionDenied


def _report(first: date, end: date, now: datetime) -> ProfitReport:
    found, fresh = at_hand(first, end, today=company_today(now), now=now)
    if not fresh:
        ask_for(first, end, now=now)
    if found is None:
        refuse([FieldError("period", "working", _("The profit of this period is being worked out; try again in a minute."))])
    assert found is not None  # refused otherwise
    return found


@acting
def _open(*, user: User, client_id: int, report: ProfitReport, now: datetime) -> TurnaroundCase:
    client = lock_client(user=user, client_id=client_id)
    standing = TurnaroundCase.objects.open().filter(client=client).first()
    if standing is not None:
        refuse([FieldError("client", "taken", _("This client has an open case already: number %(number)s.") % {"number": standing.pk})])
    row = ProfitRow.objects.filter(report=report, client=client).first()
    if row is None or row.verdict != Verdict.DEMON:
        refuse([FieldError("client", "no_demon", _("This client loses no money in the period; there is nothing to turn round."))])
    assert row is not None  # refused otherwise
    diagnosis = diagnose(report, client.pk)
    case = TurnaroundCase.objects.create(
        client=client,
        period_first=report.first,
        period_end=report.end,
        opened_at=now,
        opened_by=user,
        revenue=row.revenue,
        profit=row.profit,
        verdict=row.verdict,
        diagnosis=diagnosis.as_json(),
        owner=User.objects.able_to_hold_clients().filter(pk=client.manager_id or 0).first() or user,
        deadline=company_today(now) + FIRST_DEADLINE,
    )
    follow_deadline(case, user=user, now=now)
    return case
