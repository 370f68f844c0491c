"""Analysis in the API."""

from scoring.api.cases import router as cases_router
from scoring.api.profitability import router as profitability_router

__all__ = ["cases_router", "profitability_router"]
