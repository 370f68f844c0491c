"""All writes of analysis."""

from scoring.services.keeping import keep_in_view, refresh_reports
from scoring.services.keeping_new import look_at_new, look_at_new_of, work_out_new
from scoring.services.settings import change_profit_settings, undo_profit_settings

__all__ = [
    "change_profit_settings",
    "keep_in_view",
    "look_at_new",
    "look_at_new_of",
    "refresh_reports",
    "undo_profit_settings",
    "work_out_new",
]
