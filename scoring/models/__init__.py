"""Profitability of clients, and the cases that turn demons round."""

from scoring.models.reports import PoolSpread, ProfitReport, ProfitRow, Verdict
from scoring.models.settings import ProfitSettings

__all__ = ["PoolSpread", "ProfitReport", "ProfitRow", "ProfitSettings", "Verdict"]
