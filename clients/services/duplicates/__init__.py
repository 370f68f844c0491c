"""Two clients that may be one: told apart, merged, and had back as they were."""

from clients.services.duplicates.choices import BOTH, OTHER, SURVIVOR, suggested_choices, suggested_survivor
from clients.services.duplicates.clearing import clear_pairs, merge_clear_pairs
from clients.services.duplicates.deciding import change_duplicate_settings, rejoin, set_apart
from clients.services.duplicates.merging import merge_clients
from clients.services.duplicates.undoing import UNDO_DAYS, undo_merge

__all__ = [
    "BOTH",
    "OTHER",
    "SURVIVOR",
    "UNDO_DAYS",
    "change_duplicate_settings",
    "clear_pairs",
    "merge_clear_pairs",
    "merge_clients",
    "rejoin",
    "set_apart",
    "suggested_choices",
    "suggested_survivor",
    "undo_merge",
]
