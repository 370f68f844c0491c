"""Turnaround cases of the demo company: demons at every stage, from the diagnosis to what measuring again found.

Opened, decided and measured by the services, as of the days on which that would have been; which of the demons of half a
year ago were turned round, and which were not, the ledger says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import transaction

from accounts.models import User
from clients.criteria.days import add_months
from clients.models import Client
from crm.demo.drafts import ZONE
from reminders.models import Reminder, State
from reminders.services import complete_reminder
from sales.periods import first_of_month
from scoring.models import CaseReminder, CaseTerm, ProfitReport, ProfitRow, ProfitSettings, TurnaroundCase, Verdict
from scoring.models.cases import Result
from scoring.periods import Period
from scoring.reports import is_quick, work_out
from scoring.services import cases
from scoring.services.cases.measuring import Measure, result_of, windows

MEASURED = {Result.TURNED: 2, Result.UNCHANGED: 1, Result.WORSE: 1}
"""So many cases with each result, where the ledger has as many."""
TERMS = cycle(
    (
        {"what": "minimum_order", "becomes": "€250 an order"},
        {"what": "delivery", "was": "free", "becomes": "€25 below €300"},
        {"what": "payment_days", "was": "60", "becomes": "30"},
    )
)
_LOOKED_AT = 200
"""So many demons of half a year ago are looked through for those results."""
STEP = Decimal(50)
"""Gains that somebody expects are round numbers."""


@transaction.atomic
def turn_round(*, now: datetime) -> int:
    """Open the cases; return how many. None where there are any already, or where profit takes long to work out (of a demo of
    tens of thousands, in which somebody may open some by hand)."""
    management = User.objects.filter(username="dmitri").first()
    year = Period.rolling(first_of_month(now.astimezone(ZONE).date()))
    if management is None or TurnaroundCase.objects.exists() or not is_quick(year.first, year.end):
        return 0
    return _Work(management, now).do()


class _Work:
    """Cases that management opens and the managers of their clients work on, each moment after the one before."""

    def __init__(self, management: User, now: datetime) -> None:
        self.management, self.now = management, now
        self.today = now.astimezone(ZONE).date()
        self.month = first_of_month(self.today)
        self.taken: set[int] = set()

    def do(self) -> int:
        self.measured()
        self.acting()
        self.open()
        return len(self.taken)

    def measured(self) -> None:
        """Of half a year ago: they acted on the first of the month after, and were measured when the months were over."""
        opened, acted_on = self._at(add_months(self.month, -6) + timedelta(days=15)), add_months(self.month, -5)
        found = windows(acted_on, ProfitSettings.current().case_months)
        if found.after[1] > self.today:
            return
        before, after = (work_out(*window, now=self.now) for window in (found.before, found.after))
        made = []
        left = dict(MEASURED)
        demons = self._demons(before, opened)
        results = _results(before, after, demons)
        for client in demons:
            result = results.get(client)
            if result not in left or not left[result]:
                continue
            left[result] -= 1
            case = self._case(client, before, opened)
            self._decide(case, opened + timedelta(days=4), deadline=acted_on + timedelta(days=14))
            self._agree(case, opened + timedelta(days=9))
            made.append(self._act(case, self._at(acted_on), acted_on))
        over = self._at(found.after[1])
        with _as_of(over, made):
            cases.measure_due(now=over)
        self._hear_of(made, over + timedelta(hours=2))
        for case in made[:1]:
            with _as_of(over + timedelta(days=5), [case]):
                cases.close_case(user=self.management, case_id=case.pk, now=over + timedelta(days=5))

    def acting(self) -> None:
        """Agreed the month before last, in force since last month: not measured yet."""
        opened, acted_on = self._at(add_months(self.month, -2) + timedelta(days=11)), add_months(self.month, -1) + timedelta(days=2)
        quarter = work_out(add_months(self.month, -4), add_months(self.month, -1), now=self.now)
        for client in self._demons(quarter, opened)[:1]:
            case = self._case(client, quarter, opened)
            self._decide(case, opened + timedelta(days=3), deadline=acted_on + timedelta(days=14))
            self._agree(case, opened + timedelta(days=8))
            self._act(case, self._at(acted_on), acted_on)

    def open(self) -> None:
        """Of this month: one to be decided, two agreed with a deadline, one that waits for management's word, one that had it."""
        moments = [min(self._at(self.month + timedelta(days=number)), self.now) for number in range(self.today.day)][-5:]
        rolling = Period.rolling(self.month)
        year = work_out(rolling.first, rolling.end, now=self.now)
        demons = self._demons(year, moments[0])[:5]
        made = [self._case(client, year, moment) for client, moment in zip(demons, cycle(moments), strict=False)]
        for case, ahead in zip(made[1:3], (5, 18), strict=False):
            self._decide(case, self.now, deadline=self.today + timedelta(days=ahead))
            self._agree(case, self.now)
        for case in made[3:5]:
            stop = {"cause": "client_other", "action": "stop", "note": "Asked twice; they pay late and will not order more at once."}
            cases.change_case(user=self._owner(case), case_id=case.pk, changes=stop, now=self.now)
        for case in made[4:5]:
            cases.stop_working(user=self.management, case_id=case.pk, reason="Every order costs more than it brings", now=self.now)

    def _at(self, day: date) -> datetime:
        return datetime.combine(day, time(10, 20), ZONE)

    def _demons(self, report: ProfitReport, moment: datetime) -> list[int]:
        """Clients that lost money in a period, the worst first, and have no case yet."""
        rows = ProfitRow.objects.filter(report=report, verdict=Verdict.DEMON).order_by("profit", "client")
        ours = Client.objects.in_registry().filter(manager__is_active=True, created_at__lt=moment).exclude(pk__in=self.taken)
        return [pk for pk in rows.filter(client__in=ours.values("pk")).values_list("client", flat=True)[:_LOOKED_AT] if pk]

    def _case(self, client: int, report: ProfitReport, moment: datetime) -> TurnaroundCase:
        self.taken.add(client)
        case = cases.open_case(user=self.management, client_id=client, first=report.first, end=report.end, now=moment)
        Reminder.objects.filter(client=client, created_by=self.management).update(created_at=moment)
        return case

    def _decide(self, case: TurnaroundCase, moment: datetime, *, deadline: date) -> None:
        """What the diagnosis points to is the cause; what is ours is mended, the rest is talked about."""
        cause = case.diagnosis.get("suggested") or "terms"
        gain = max(STEP, (-case.profit / STEP).to_integral_value() * STEP)
        action = "mend" if cause in ("logistics", "process", "management") else "renegotiate"
        changes = {"cause": cause, "action": action, "deadline": deadline, "expected_gain": str(gain)}
        with _as_of(moment, [case]):
            cases.change_case(user=self.management, case_id=case.pk, changes=changes, now=moment)

    def _agree(self, case: TurnaroundCase, moment: datetime) -> None:
        term = cases.agree_terms(user=self._owner(case), case_id=case.pk, now=moment, **next(TERMS))
        CaseTerm.objects.filter(pk=term.pk).update(noted_at=moment)

    def _act(self, case: TurnaroundCase, moment: datetime, day: date) -> TurnaroundCase:
        with _as_of(moment, [case]):
            return cases.act(user=self._owner(case), case_id=case.pk, acted_on=day, now=moment)

    def _owner(self, case: TurnaroundCase) -> User:
        return case.owner or self.management

    def _hear_of(self, made: Iterable[TurnaroundCase], moment: datetime) -> None:
        """Whoever was told of a result has read it: no bell rings for it today."""
        told = CaseReminder.objects.filter(case__in=[case.pk for case in made], what=CaseReminder.What.RESULT)
        for one in Reminder.objects.filter(state=State.OPEN, pk__in=told.values("reminder")).select_related("owner"):
            if one.owner:
                complete_reminder(user=one.owner, reminder_id=one.pk, now=moment)


def _results(before: ProfitReport, after: ProfitReport, clients: list[int]) -> dict[int, Result]:
    """Return what measuring will find of each."""
    rows: list[dict[int, Measure]] = []
    for report in (before, after):
        found = ProfitRow.objects.filter(report=report, client__in=clients)
        rows.append({row.client_id or 0: Measure(row.revenue, row.profit, row.orders, row.verdict, []) for row in found})
    nothing = Measure(Decimal(0), Decimal(0), 0, "", [])
    return {client: result_of(*(of.get(client, nothing) for of in rows)) for client in clients}


@contextmanager
def _as_of(moment: datetime, made: list[TurnaroundCase]) -> Iterator[None]:
    """Let history say that what changes here changed at `moment`."""
    events: Any = apps.get_model("scoring", "TurnaroundCaseEvent")._default_manager.filter(pgh_obj_id__in=[case.pk for case in made])
    known = list(events.values_list("pk", flat=True))
    yield
    with pgtrigger.ignore("scoring.TurnaroundCaseEvent:append_only"):
        events.exclude(pk__in=known).update(pgh_created_at=moment)
