"""All writes of turnaround cases. Pages, API and the night's work call these, so no rule can be stepped around."""

from scoring.services.cases.deciding import agree_terms, change_case, drop_terms
from scoring.services.cases.ending import close_case, reopen_case, stop_working
from scoring.services.cases.measuring import measure_due
from scoring.services.cases.moving import act, not_acting_yet
from scoring.services.cases.opening import open_case

__all__ = [
    "act",
    "agree_terms",
    "change_case",
    "close_case",
    "drop_terms",
    "measure_due",
    "not_acting_yet",
    "open_case",
    "reopen_case",
    "stop_working",
]
