"""The doors through which words leave a history that nobody may change: functions of the database that do just this.

They run as the owner of the tables (clients/sql/forgetting.sql); the application's role has no other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from accounts.models import User


def forget_history(*, client_id: int, by: User) -> None:
    """Blank what history says of a client that has been erased, and note it in the audit."""
    _call("SELECT seraph_forget_client(%s, %s)", client_id, by.pk)


def forget_undone_merge(*, merge_id: int, client_id: int) -> None:
    """Blank, in the history of the survivor of a merge that was undone, what the merge had brought: `client_id`, which was
    or was part of the other, has been erased."""
    _call("SELECT seraph_forget_undone_merge(%s, %s)", merge_id, client_id)


def remove_imported(*, client_ids: Sequence[int], run_id: int) -> None:
    """Take clients out that the import `run_id` added and that its undo takes back; nothing may point at them any more."""
    _call("SELECT seraph_remove_imported(%s, %s)", list(client_ids), run_id)


def forget_export(*, log_id: int) -> None:
    """Blank what was sought in an export; who took how many rows out, and when, stays."""
    _call("SELECT seraph_forget_export(%s)", log_id)


def _call(function: str, *arguments: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(function, arguments)
