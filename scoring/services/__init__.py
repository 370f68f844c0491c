"""All writes of analysis."""

from scoring.services.keeping import keep_in_view, refresh_reports
from scoring.services.keeping_new import look_at_new, look_at_new_of, work_out_new

__all__ = ["keep_in_view", "look_at_new", "look_at_new_of", "refresh_reports", "work_out_new"]
