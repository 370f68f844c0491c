"""Deciding on a case: whose fault it is, what is done, by whom and until when, and which terms were agreed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError
from clients.services.acting import acting
from clients.services.preparing import refuse
from clients.validation import BadValue
from sales.periods import company_today
from sales.values import money
from scoring.models import CaseTerm, TurnaroundCase
from scoring.models.cases import Action, Cause, TermKind
from scoring.services.cases.locking import lock_case, save
from scoring.services.cases.reminding import follow_deadline, follow_measuring


def _choice(choices: type[Cause] | type[Action]) -> Callable[[object], str]:
    return lambda value: validation.choice(value, dict(choices.choices)) if value else ""


def _gain(value: object) -> Decimal | None:
    found = money(value)
    if found is not None and found < 0:
        raise BadValue("money", _("Write an amount like 1250.50."))
    return found


_READ: dict[str, Callable[[object], Any]] = {
    "cause": _choice(Cause),
    "action": _choice(Action),
    "deadline": validation.day,
    "expected_gain": _gain,
    "note": lambda value: validation.text(value, limit=20_000, lines=True),
}
CHANGEABLE = frozenset({*_READ, "owner"})
"""What `change_case` takes."""


@acting
def change_case(
    *, user: User, case_id: int, version: int | None = None, changes: Mapping[str, Any], now: datetime | None = None
) -> TurnaroundCase:
    """Change what is decided on a case that was read at `version`; what is not named stays.

    A case with an action is agreed. What is acted on already keeps its action. The expected gain (a year, in the
    company's currency) is a number of profit: for whoever sees what the client earns.
    Raises `Refused`, `StaleVersion`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id, version=version)
    errors = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in changes if name not in CHANGEABLE]
    values: dict[str, Any] = {}
    for name, read in _READ.items():
        if name in changes:
            try:
                values[name] = read(changes[name])
            except BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
    if "owner" in changes:
        values["owner"] = _owner(changes["owner"], case, errors)
    changed = {name: value for name, value in values.items() if getattr(case, name) != value}
    if "expected_gain" in changed and not TurnaroundCase.objects.figures_seen_by(user).filter(pk=case_id).exists():
        raise PermissionDenied
    refuse([*errors, *_contradictions(case, changed, company_today(now))])
    if not changed:
        return case
    for name, value in changed.items():
        setattr(case, name, value)
    if {"owner", "deadline"} & changed.keys():  # before it is saved: whoever hands a foreign client's case on may plan no more then
        follow_deadline(case, user=user, now=now)
        follow_measuring(case, user=user, now=now)
    save(case, *changed)
    return case


def _owner(given: object, case: TurnaroundCase, errors: list[FieldError]) -> User | None:
    pk = given if type(given) is int and 0 < given < 2**63 else 0
    if pk and pk == case.owner_id:
        return case.owner
    found = User.objects.able_to_hold_clients().filter(pk=pk).first()
    if found is None:
        errors.append(FieldError("owner", "choice", _("Choose somebody who works here.")))
    return found


def _contradictions(case: TurnaroundCase, changed: Mapping[str, Any], today: date) -> list[FieldError]:
    errors = []
    action, cause = changed.get("action", case.action), changed.get("cause", case.cause)
    if case.acted_on is not None and "action" in changed:
        errors.append(FieldError("action", "acted", _("This is acted on already; take that back first.")))
    if action and not cause and {"action", "cause"} & changed.keys():
        errors.append(FieldError("cause", "required", _("Say why the client costs money before what is done about it.")))
    deadline = changed.get("deadline")
    if deadline is not None and deadline < today:
        errors.append(FieldError("deadline", "past", _("Choose a day that is still to come.")))
    return errors


@acting
def agree_terms(
    *, user: User, case_id: int, what: str, becomes: str, was: str = "", agreed_on: date | str | None = None, now: datetime | None = None
) -> CaseTerm:
    """Record a change of terms that the client agreed to, today unless another day is named.

    Raises `Refused`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    now = now or timezone.now()
    case = lock_case(user=user, case_id=case_id)
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    given = {"what": what, "was": was, "becomes": becomes, "agreed_on": agreed_on}
    for name, read in _TERM.items():
        try:
            values[name] = read(given[name])
        except BadValue as bad:
            errors.append(FieldError(name, bad.code, bad.message))
    today = company_today(now)
    if not errors and not values["becomes"]:
        errors.append(FieldError("becomes", "required", _("Say what was agreed.")))
    if not errors and values["agreed_on"] and values["agreed_on"] > today:
        errors.append(FieldError("agreed_on", "future", _("Choose the day on which it was agreed, today at the latest.")))
    refuse(errors)
    term = CaseTerm.objects.create(case=case, noted_by=user, **values | {"agreed_on": values["agreed_on"] or today})
    save(case)
    return term


_TERM: dict[str, Callable[[object], Any]] = {
    "what": lambda value: validation.choice(value, dict(TermKind.choices)),
    "was": lambda value: validation.text(value, limit=100),
    "becomes": lambda value: validation.text(value, limit=100),
    "agreed_on": validation.day,
}


@acting
def drop_terms(*, user: User, case_id: int, term_id: int) -> TurnaroundCase:
    """Take back a change of terms that was recorded by mistake; one that is gone already stays so.

    Raises `Refused`, `PermissionDenied`, `TurnaroundCase.DoesNotExist`.
    """
    case = lock_case(user=user, case_id=case_id)
    if CaseTerm.objects.filter(case=case, pk=term_id).delete()[0]:
        save(case)
    return case
