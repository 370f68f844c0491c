"""What the API says of turnaround cases. Whoever may not see what the client costs and earns gets null for it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from accounts.api import Named, Problem
from clients.api.outputs import Conflict, named
from scoring.models import CaseTerm, TurnaroundCase

RELATED = ("client", "owner", "opened_by", "closed_by")
"""What to `select_related` for `CaseOut`."""
_FIGURES = ("revenue", "profit", "expected_gain", "before_revenue", "before_profit", "after_revenue", "after_profit", "gained")


class TermOut(BaseModel):
    """A change of terms that was agreed."""

    id: int
    what: str
    was: str
    becomes: str
    agreed_on: date

    @classmethod
    def of(cls, term: CaseTerm) -> TermOut:
        """Tell of `term`."""
        return cls(**{name: getattr(term, name) for name in cls.model_fields})


class DiagnosisLineOut(BaseModel):
    """A line of the diagnosis: costs in % of revenue, days_late, order_size in money, complaints for 100 orders."""

    key: str
    own: Decimal
    median: Decimal | None
    excess: Decimal | None = Field(description="What it costs above the median, in the company's currency.")


class CaseOut(BaseModel):
    """The work on a client that costs money. Money is in the company's currency."""

    id: int
    client: Named
    state: str
    opened_at: datetime
    opened_by: Named
    period_first: date
    period_end: date = Field(description="The first day after it.")
    revenue: Decimal | None
    profit: Decimal | None
    diagnosis: list[DiagnosisLineOut] | None = Field(description="null: not for you to see.")
    suggested_cause: str | None
    cause: str
    action: str
    owner: Named | None
    deadline: date | None
    expected_gain: Decimal | None
    note: str
    terms: list[TermOut]
    acted_on: date | None
    months: int | None
    measure_on: date | None
    measured_at: datetime | None
    result: str
    before_revenue: Decimal | None
    before_profit: Decimal | None
    after_revenue: Decimal | None
    after_profit: Decimal | None
    gained: Decimal | None = Field(description="Profit after less profit before, as measured.")
    closed_at: datetime | None
    closed_by: Named | None
    closed_because: str
    stopped: bool = Field(description="Working with the client was stopped.")
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, case: TurnaroundCase) -> CaseOut:
        """Tell of `case`, which was read with `RELATED`, its terms and `with_figures`."""
        shows = bool(getattr(case, "shows_figures", False))
        told: dict[str, Any] = {name: named(getattr(case, name)) for name in RELATED}
        told |= {name: getattr(case, name) if shows else None for name in _FIGURES}
        lines = [{name: line.get(name) for name in DiagnosisLineOut.model_fields} for line in case.diagnosis.get("lines", [])]
        told["diagnosis"] = lines if shows else None
        told["suggested_cause"] = case.diagnosis.get("suggested") if shows else None
        told |= {"terms": [TermOut.of(term) for term in case.terms.all()], "stopped": case.is_stopped}
        return cls(**told | {name: getattr(case, name) for name in cls.model_fields if name not in told})


class CasePage(BaseModel):
    """A page of cases, the latest first."""

    items: list[CaseOut]
    next: str | None = Field(description="Give it back as `cursor` for the next page; null at the end.")


class CaseConflict(Problem):
    """The case as it stands now, beside what the request wanted."""

    current: CaseOut
    conflicts: list[Conflict]
