"""Profitability of clients, and the cases that turn demons round."""

from scoring.models.cases import CaseReminder, CaseState, CaseTerm, TurnaroundCase
from scoring.models.reports import PoolSpread, ProfitReport, ProfitRow, Verdict
from scoring.models.settings import ProfitSettings

__all__ = [
    "CaseReminder",
    "CaseState",
    "CaseTerm",
    "PoolSpread",
    "ProfitReport",
    "ProfitRow",
    "ProfitSettings",
    "TurnaroundCase",
    "Verdict",
]
