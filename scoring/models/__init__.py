"""Profitability of clients, and the cases that turn demons round."""

from scoring.models.cases import CaseReminder, CaseState, CaseTerm, TurnaroundCase
from scoring.models.new_and_repeat import NewAndRepeat
from scoring.models.reports import PoolSpread, ProfitReport, ProfitRow, Verdict
from scoring.models.settings import ProfitSettings

__all__ = [
    "CaseReminder",
    "CaseState",
    "CaseTerm",
    "NewAndRepeat",
    "PoolSpread",
    "ProfitReport",
    "ProfitRow",
    "ProfitSettings",
    "TurnaroundCase",
    "Verdict",
]
