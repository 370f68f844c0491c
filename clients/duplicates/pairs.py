"""Pairs in the database: who may be compared, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import batched
from typing import Any

from django.db import connection

from clients.duplicates.keys import MOST_IN_BLOCK, Meeting, keys_of
from clients.duplicates.likeness import Likeness, compare
from clients.duplicates.loading import load
from clients.duplicates.parts import Parts, Words

# Who shares a strong key (an odd one; where many share it, another key too) or enough weak ones with some clients
# (clients_duplicatekey_pkey; the clients' own keys by the index of client_id), and whom they are shown with already.
# A key is looked up no further than to see that too many share it.
_CANDIDATES = """
SELECT least(mine.client_id, other.client_id), greatest(mine.client_id, other.client_id)
FROM clients_duplicatekey AS mine
CROSS JOIN LATERAL (
  SELECT array_agg(client_id) AS ids
  FROM (SELECT client_id FROM clients_duplicatekey AS shared WHERE shared.key = mine.key
        LIMIT CASE WHEN mine.key & 1 = 1 THEN %(most)s ELSE %(most_weak)s END + 1) AS block
) AS block
CROSS JOIN unnest(block.ids) AS other (client_id)
WHERE mine.client_id = ANY(%(ids)s) AND other.client_id {side} mine.client_id
  AND cardinality(block.ids) <= CASE WHEN mine.key & 1 = 1 THEN %(most)s ELSE %(most_weak)s END
GROUP BY mine.client_id, other.client_id
HAVING bool_or(mine.key & 1 = 1 AND cardinality(block.ids) <= %(most_weak)s)
  OR bool_or(mine.key & 1 = 1) AND count(*) > 1
  OR count(*) >= %(least_weak)s
UNION
SELECT first_id, second_id FROM clients_duplicatepair WHERE second_id = ANY(%(ids)s) AND state = 'open'
"""
_WITH_HIGHER = """
UNION
SELECT first_id, second_id FROM clients_duplicatepair WHERE first_id = ANY(%(ids)s) AND state = 'open'
"""

# Keeps pairs (duplicate_pair_once). What was decided of a pair stands.
_KEEP = """
INSERT INTO clients_duplicatepair (first_id, second_id, score, reasons, state, found_at)
SELECT first, second, score, reasons::jsonb, 'open', now()
FROM unnest(%(firsts)s::bigint[], %(seconds)s::bigint[], %(scores)s::smallint[], %(reasons)s::text[])
  AS found (first, second, score, reasons)
ORDER BY first, second
ON CONFLICT (first_id, second_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons
WHERE clients_duplicatepair.state = 'open'
  AND (clients_duplicatepair.score, clients_duplicatepair.reasons) IS DISTINCT FROM (excluded.score, excluded.reasons)
"""

# Takes out pairs that nobody decided and that are no longer alike.
_FORGET = """
DELETE FROM clients_duplicatepair AS pair
WHERE pair.state = 'open' AND (pair.second_id = ANY(%(ids)s) OR %(both)s AND pair.first_id = ANY(%(ids)s))
  AND NOT EXISTS (SELECT FROM unnest(%(firsts)s::bigint[], %(seconds)s::bigint[]) AS found (first, second)
                  WHERE (found.first, found.second) = (pair.first_id, pair.second_id))
"""

_BATCH = 100
_DROP_KEYS = "DELETE FROM clients_duplicatekey WHERE client_id = ANY(%s)"
_PUT_KEYS = "COPY clients_duplicatekey (key, client_id) FROM STDIN"


@dataclass(frozen=True, slots=True)
class Found:
    """Two clients, the one with the lower id first, and how alike they are."""

    first: int
    second: int
    likeness: Likeness


def write_keys(parts: dict[int, Parts], ids: Sequence[int]) -> None:
    """Give the clients `ids` the keys of their `parts`; one that has none (erased, merged, gone) loses its keys."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_KEYS, [list(ids)])
        with cursor.copy(_PUT_KEYS) as copy:
            for batch in batched(parts.items(), _BATCH, strict=False):  # the database writes one batch while the next is made
                copy.write("".join(f"{key}\t{client_id}\n" for client_id, one in batch for key in keys_of(one)))


def alike_pairs(ids: Sequence[int], *, both: bool, meeting: Meeting, common: Words, least: int) -> list[Found]:
    """Compare the clients `ids` with all who share a key with them: with those of a lower id, or with `both` sides."""
    with connection.cursor() as cursor:
        statement = _CANDIDATES.format(side="<>" if both else "<") + (_WITH_HIGHER if both else "")
        cursor.execute(statement, {"ids": list(ids), "most": MOST_IN_BLOCK, **asdict(meeting)})
        pairs: list[tuple[int, int]] = cursor.fetchall()
    loaded = load({client_id for pair in pairs for client_id in pair}, common)
    found = []
    for first, second in sorted(pairs):
        if first in loaded.archived or second in loaded.archived:
            continue
        one, other = loaded.parts.get(first), loaded.parts.get(second)
        if one is not None and other is not None and (likeness := compare(one, other)).score >= least:
            found.append(Found(first, second, likeness))
    return found


def keep_pairs(ids: Sequence[int], found: Iterable[Found], *, both: bool) -> None:
    """Write what was found for the clients `ids`; open pairs of theirs that were not found again go."""
    found = list(found)
    values: dict[str, Any] = {
        "ids": list(ids),
        "both": both,
        "firsts": [pair.first for pair in found],
        "seconds": [pair.second for pair in found],
        "scores": [pair.likeness.score for pair in found],
        "reasons": [json.dumps(pair.likeness.reasons, ensure_ascii=False) for pair in found],
    }
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, values)
        if found:
            cursor.execute(_KEEP, values)
