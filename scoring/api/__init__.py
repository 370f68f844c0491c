"""Analysis in the API."""

from scoring.api.cases import router as cases_router

__all__ = ["cases_router"]
