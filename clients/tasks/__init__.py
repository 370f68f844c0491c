"""Tasks of the registry: they take ids, call one service, and stop."""

from clients.tasks.imports import find_forsaken_imports, tidy_imports, work_on_import

__all__ = ["find_forsaken_imports", "tidy_imports", "work_on_import"]
