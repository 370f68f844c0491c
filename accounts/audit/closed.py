"""Which tables are history, and whether privileges close them to whoever asks or triggers alone do."""

from __future__ import annotations

from typing import Any, Protocol

from django.apps import apps

_OPEN = "SELECT bool_or(has_table_privilege(name::regclass, 'UPDATE, DELETE, TRUNCATE')) FROM unnest(%s::text[]) AS name"


class Cursor(Protocol):
    """A cursor of Django's, or one of psycopg's own."""

    def execute(self, statement: Any, arguments: Any, /) -> Any: ...

    def fetchone(self) -> Any: ...


def history() -> list[str]:
    """Return the tables whose rows nobody may change or take away."""
    return _under("append_only")


def never_deleted() -> list[str]:
    """Return the tables whose rows may change and never go."""
    return _under("never_deleted")


def _under(trigger: str) -> list[str]:
    return sorted(
        model._meta.db_table for model in apps.get_models() if any(one.name == trigger for one in getattr(model._meta, "triggers", []))
    )


def is_closed(cursor: Cursor) -> bool:
    """Return whether the role of the session is kept from history by its privileges; else only triggers guard it."""
    cursor.execute(_OPEN, [history()])
    return not cursor.fetchone()[0]
