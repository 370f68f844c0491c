"""Many clients moved from one value to another: merged entries of reference lists, renamed choices of custom fields.

Each batch is a transaction of its own; what is left is found by asking who still has the old value, so a batch that
was lost is simply done again.
"""

from __future__ import annotations

from typing import Any

import pghistory
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from clients.criteria import refresh_standing
from clients.models import Client, ValueMove
from clients.querysets import ClientQuerySet
from clients.services.target import mark_target

BATCH = 1_000
AT_ONCE = 2_000
"""So many clients are moved while the user waits; the rest follow in the background."""

_MOVE_ENTRY = "UPDATE clients_client SET {column} = %s, version = version + 1, updated_at = %s WHERE id = ANY(%s)"
_MOVE_CHOICE = """
UPDATE clients_client
SET custom = CASE WHEN %s = '' THEN custom - %s ELSE jsonb_set(custom, ARRAY[%s], to_jsonb(%s::text)) END,
  version = version + 1, updated_at = %s
WHERE id = ANY(%s)
"""
_COLUMNS = {"source": "source_id", "industry": "industry_id", "line_of_business": "line_of_business_id"}


def having(field: str, value: str) -> ClientQuerySet:
    """Return the clients that have a value: an entry of a reference list (its id) or a choice of a custom field."""
    if field in _COLUMNS:
        return Client.objects.filter(**{_COLUMNS[field]: int(value)})
    return Client.objects.filter(custom__contains={field.removeprefix("custom."): value})


def move_values(*, user: User, field: str, old: str, new: str, name: str) -> ValueMove:
    """Move all clients with the value `old` of `field` to `new` ("" takes a choice away); the first at once, the rest later."""
    move = ValueMove.objects.create(field=field, old=old, new=new, name=name, asked_by=user)
    for _number in range(AT_ONCE // BATCH):
        if move_batch(move) == 0:
            break
    else:
        from clients.criteria.passes import work_soon

        work_soon()
    return move


def move_batch(move: ValueMove) -> int:
    """Move some clients; return how many. None left ends the move."""
    with transaction.atomic(), pghistory.context(user=move.asked_by_id, reason="values moved"):
        rows = having(move.field, move.old).order_by("pk").select_for_update(skip_locked=True, of=("self",))
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        if not ids:
            if not having(move.field, move.old).exists():  # else somebody holds the last ones: come back for them
                move.finished_at = timezone.now()
                move.save(update_fields=["finished_at"])
            return 0
        with connection.cursor() as cursor:
            cursor.execute(*_statement(move, ids))
        if move.field == "industry":
            mark_target(client_ids=ids)
        refresh_standing(ids)
        move.moved += len(ids)
        move.save(update_fields=["moved"])
        return len(ids)


def _statement(move: ValueMove, ids: list[int]) -> tuple[str, list[Any]]:
    now = timezone.now()
    if move.field in _COLUMNS:
        return _MOVE_ENTRY.format(column=_COLUMNS[move.field]), [int(move.new), now, ids]
    key = move.field.removeprefix("custom.")
    return _MOVE_CHOICE, [move.new, key, key, move.new, now, ids]


def finish_moves() -> int:
    """Go on with all moves that are not finished; return how many clients were moved. Called by the minute's tick."""
    moved = 0
    for move in ValueMove.objects.filter(finished_at=None):
        while (batch := move_batch(move)) > 0:
            moved += batch
    return moved
