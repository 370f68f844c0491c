"""From what was agreed to what is done: the day from which the new way holds, which is what measuring goes by."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.validation import BadValue
from sales.periods import company_today
from scoring.models import ProfitSettings, TurnaroundCase
from scoring.models.cases import Action
from scoring.services.cases.locking import lock_case, save
from scoring.services.cases.measuring import windows
from scoring.services.cases.reminding import follow_deadline, follow_measuring


@acting
def act(
    *, user: User, case_id: int, version: int | None = None, acted_on: date | str | None = None, now: datetime | None = None
) -> TurnaroundCase:
    """Note that what was agreed holds from `acted_on` (today); the case is measured again so many months later (settings).

    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version)
    today = company_today(now)
    errors: list[FieldError] = []
    day: date | None = today
    try:
        day = validation.day(acted_on) or today
    except BadValue as bad:
        errors.append(FieldError("acted_on", bad.code, bad.message))
    if day is not None and day > today:
        errors.append(FieldError("acted_on", "future", _("Choose the day from which it holds, today at the latest.")))
    if not case.action:
        errors.append(FieldError("action", "required", _("Decide what is done first.")))
    elif case.action == Action.STOP:
        errors.append(FieldError("action", "stop", _("To stop working with a client is a decision of its own.")))
    if case.measured_at is not None:
        errors.append(FieldError("case", "measured", _("This case has been measured already.")))
    refuse(errors)
    assert day is not None  # refused otherwise
    months = ProfitSettings.current().case_months
    case.acted_on, case.months, case.measure_on = day, months, windows(day, months).after[1]
    save(case, "acted_on", "months", "measure_on")
    follow_deadline(case, user=user, now=now)
    follow_measuring(case, user=user, now=now)
    return case


@acting
def not_acting_yet(*, user: User, case_id: int, version: int | None = None, now: datetime | None = None) -> TurnaroundCase:
    """Take back `act`, as long as nothing was measured.

    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version)
    if case.measured_at is not None:
        refuse([FieldError("case", "measured", _("This case has been measured already."))])
    case.acted_on = case.months = case.measure_on = None
    save(case, "acted_on", "months", "measure_on")
    follow_measuring(case, user=user, now=now)
    follow_deadline(case, user=user, now=now)
    return case
