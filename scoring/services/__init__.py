"""All writes of analysis."""

from scoring.services.keeping import keep_in_view, refresh_reports
from scoring.services.settings import change_profit_settings, undo_profit_settings

__all__ = ["change_profit_settings", "keep_in_view", "refresh_reports", "undo_profit_settings"]
