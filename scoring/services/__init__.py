"""All writes of analysis."""

from scoring.services.keeping import keep_in_view, refresh_reports

__all__ = ["keep_in_view", "refresh_reports"]
