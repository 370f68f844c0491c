"""Whose a row is: clients found by what a file calls them, a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from clients.imports.kinds import RowError

KEYS = ("client_number", "client_own_id", "client_tax_number", "client_name")
"""Fields that name a client, the surest first: the first one that a row fills decides."""


class Whose(NamedTuple):
    """What one row says of its client."""

    field: str
    value: str


def begin() -> None:
    """Keep the planner to the indexes, for the transaction that is open: what an import writes has no statistics yet, and a
    plan that reads a whole table for each batch must not be thought cheap."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL jit = off")


# At most two clients for each key, each found by an index of its own: the primary key, client_external_id_once,
# client_alias_external_id, client_tax_number, client_by_core_name, client_by_full_name. Two, because one is not enough to
# know that a name is nobody else's. A client that was merged into another stands for that one.
_FIND = """
WITH given AS MATERIALIZED (SELECT place, field, value FROM jsonb_to_recordset(%s::jsonb) AS g (place int, field text, value text))
SELECT DISTINCT hit.place, client.id, coalesce(nullif(client.short_name, ''), client.full_name)
FROM (
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client WHERE id = g.value::bigint
  ) c WHERE g.field = 'client_number'
  UNION ALL
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE external_id = g.value AND NOT external_id = '' AND merged_into_id IS NULL LIMIT 2
  ) c WHERE g.field = 'client_own_id'
  UNION ALL
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE external_id = g.value AND NOT external_id = '' AND merged_into_id IS NOT NULL LIMIT 2
  ) c WHERE g.field = 'client_own_id'
  UNION ALL
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE upper(tax_number) = upper(regexp_replace(g.value, '[\\s.\\-/·]+', '', 'g')) AND NOT tax_number = '' LIMIT 3
  ) c WHERE g.field = 'client_tax_number'
  UNION ALL
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE core_name = seraph_core_name('', g.value) AND seraph_fold(g.value) IN (seraph_fold(full_name), seraph_fold(short_name)) LIMIT 3
  ) c WHERE g.field = 'client_name'
  UNION ALL
  SELECT g.place, c.id, c.merged_into_id FROM given g CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE seraph_fold(full_name) = seraph_fold(g.value) AND NOT short_name = '' AND NOT full_name = '' LIMIT 3
  ) c WHERE g.field = 'client_name'
) hit
CROSS JOIN LATERAL (
  SELECT id, short_name, full_name FROM clients_client WHERE id = coalesce(hit.merged_into_id, hit.id) LIMIT 1
) client
"""

Found = Mapping[Whose, int | RowError]
"""The client of each key, or why there is none."""


def find(keys: Iterable[Whose]) -> Found:
    """Return the client that each of `keys` names, or the reason for which the row is refused."""
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return {}
    hits: dict[int, dict[int, str]] = {}
    with connection.cursor() as cursor:
        # JSON, because psycopg writes arrays letter by letter in Python
        cursor.execute(_FIND, [json.dumps([{"place": place, **key._asdict()} for place, key in enumerate(wanted)], ensure_ascii=False)])
        for place, client_id, name in cursor.fetchall():
            hits.setdefault(place, {})[client_id] = name
    return {key: _one(key, hits.get(place, {})) for place, key in enumerate(wanted)}


def _one(key: Whose, clients: Mapping[int, str]) -> int | RowError:
    if len(clients) == 1:
        return next(iter(clients))
    if clients:
        names = ", ".join(f"№ {id_} {name}" for id_, name in sorted(clients.items()))
        return RowError(key.field, "ambiguous", _("Several clients have this; name the one that is meant by its own id or number."), names)
    return RowError(key.field, "unknown_client", _("No client of the registry has this; register the client first."), key.value[:100])
