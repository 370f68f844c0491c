"""Tasks of the registry: they take ids, call one service, and stop."""

from clients.tasks.imports import find_forsaken_imports, tidy_imports, work_on_import
from clients.tasks.lists import keep_custom_indexes

__all__ = ["find_forsaken_imports", "keep_custom_indexes", "tidy_imports", "work_on_import"]
