"""Reminders in the API."""

from reminders.api.routes import router

__all__ = ["router"]
