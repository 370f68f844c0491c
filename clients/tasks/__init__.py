"""Tasks of the registry: they take ids, call one service, and stop."""

from clients.tasks.duplicates import merge_clear_pairs, take_up_forsaken_merging
from clients.tasks.imports import find_forsaken_imports, tidy_imports, work_on_import
from clients.tasks.lists import keep_custom_indexes

__all__ = [
    "find_forsaken_imports",
    "keep_custom_indexes",
    "merge_clear_pairs",
    "take_up_forsaken_merging",
    "tidy_imports",
    "work_on_import",
]
