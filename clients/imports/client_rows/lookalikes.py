"""Which clients of the registry, and which earlier rows of the file, a row looks like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection

from clients.duplicates.reasons import Code, Reason

OWN_ID, TAX_NUMBER, EMAIL, PHONE, NAME = "external_id", "tax_number", "emails", "phones", "full_name"
SCORES = {TAX_NUMBER: 99, EMAIL: 99, PHONE: 97, NAME: 90}
"""How sure each makes it (%) that two clients are one. Own ids are not here: two clients never share one."""


class Key(NamedTuple):
    """One thing that a client is known by. Phones go with the name, and names alone with the city."""

    row: int
    what: str
    value: str
    name: str = ""
    short_name: str = ""


def reasons_of(what: str, key: str) -> list[Reason]:
    """Return what a key that hits says, as pairs of clients keep it."""
    if what == PHONE:
        return [(Code.PHONE, key.partition(" ")[0]), (Code.NAME, "")]
    if what == NAME:
        city = key.rpartition("|")[2]
        return [(Code.NAME, ""), *([(Code.CITY, city)] if city else [])]
    return [(Code.EMAIL if what == EMAIL else Code.TAX_NUMBER, key)]


class Found(NamedTuple):
    id: int
    name: str
    archived: bool


@dataclass(slots=True)
class Likeness:
    """What one key of a row hits."""

    key: str
    """The folded form, as compared."""
    clients: list[Found] = field(default_factory=list)
    row: int | None = None
    """An earlier row of the file."""


# A table for the run. Each batch puts its keys in; those of refused rows are taken out again.
_TABLE = """
DROP TABLE IF EXISTS pg_temp.import_keys;
CREATE TEMPORARY TABLE import_keys (row int NOT NULL, what text NOT NULL, key text NOT NULL) ON COMMIT DROP;
CREATE INDEX ON import_keys (key, what, row);
CREATE INDEX ON import_keys (row);
"""

# Folds the keys of a batch as the indexes of the registry have them, puts them in, and says for each in which earlier row
# of the file it stands: what a statement puts in, it does not see itself.
_FOLD = """
WITH folded AS MATERIALIZED (
  SELECT DISTINCT row, what,
    CASE what
      WHEN 'external_id' THEN value
      WHEN 'tax_number' THEN upper(value)
      WHEN 'emails' THEN lower(value)
      WHEN 'phones' THEN value || ' ' || seraph_core_name(short_name, name)
      ELSE seraph_core_name(short_name, name) || '|' || lower(value)
    END AS key
  FROM jsonb_to_recordset(%s::jsonb) AS given (row int, what text, value text, name text, short_name text)
), put_in AS (
  INSERT INTO import_keys (row, what, key) SELECT row, what, key FROM folded
)
SELECT row, what, key, (SELECT min(earlier.row) FROM import_keys earlier WHERE earlier.key = folded.key AND earlier.what = folded.what)
FROM folded
"""

# Whom in the registry the keys of the rows from %(first)s on belong to: at most two clients for each key, each found by
# an index of its own (client_external_id_once, client_alias_external_id, client_tax_number, client_emails,
# client_phone_and_name, client_by_core_name). Two, because the client that a row changes may be one of them. A client that
# was merged into another stands for that one (looked up hit by hit: a join might read all of the registry for a batch).
# In no order: asked for the lowest id, the planner walks the primary key of a registry that was empty when it was last analysed.
_IN_REGISTRY = """
SELECT DISTINCT hit.row, hit.what, hit.key, client.id, coalesce(nullif(client.short_name, ''), client.full_name),
  client.archived_at IS NOT NULL
FROM (
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE keys.what = 'external_id' AND external_id = keys.key AND NOT external_id = '' AND merged_into_id IS NULL LIMIT 2
  ) client
  WHERE keys.what = 'external_id' AND keys.row >= %(first)s
  UNION ALL
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE keys.what = 'external_id' AND external_id = keys.key AND NOT external_id = '' AND merged_into_id IS NOT NULL LIMIT 2
  ) client
  WHERE keys.what = 'external_id' AND keys.row >= %(first)s
  UNION ALL
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE upper(tax_number) = keys.key AND NOT tax_number = '' LIMIT 2
  ) client
  WHERE keys.what = 'tax_number' AND keys.row >= %(first)s
  UNION ALL
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE seraph_lower(emails) @> ARRAY[keys.key] LIMIT 2
  ) client
  WHERE keys.what = 'emails' AND keys.row >= %(first)s
  UNION ALL
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE seraph_named_phones(phones, core_name) @> ARRAY[keys.key] LIMIT 2
  ) client
  WHERE keys.what = 'phones' AND keys.row >= %(first)s
  UNION ALL
  SELECT keys.row, keys.what, keys.key, client.id, client.merged_into_id
  FROM import_keys keys
  CROSS JOIN LATERAL (
    SELECT id, merged_into_id FROM clients_client
    WHERE core_name = split_part(keys.key, '|', 1) AND lower(city) = split_part(keys.key, '|', 2) LIMIT 2
  ) client
  WHERE keys.what = 'full_name' AND keys.row >= %(first)s
) hit
CROSS JOIN LATERAL (
  SELECT id, short_name, full_name, archived_at FROM clients_client WHERE id = coalesce(hit.merged_into_id, hit.id) LIMIT 1
) client
"""


def begin() -> None:
    """Make the table of keys for the transaction that is open, and keep the planner to the indexes.

    The tables of a run have no statistics; a plan that reads the whole registry for each batch must not be thought cheap.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_TABLE)


Likenesses = dict[str, list[Likeness]]
"""What the keys of one row hit, by what they are"""


def look_up(keys: Sequence[Key]) -> dict[int, Likenesses]:
    """Return what the keys of a batch hit, by row. Rows of the same batch are told by their folded keys."""
    found: dict[tuple[int, str, str], Likeness] = {}
    if not keys:
        return {}
    first = {"first": min(key.row for key in keys)}
    with connection.cursor() as cursor:
        # JSON, because psycopg writes arrays letter by letter in Python
        cursor.execute(_FOLD, [json.dumps([key._asdict() for key in keys], ensure_ascii=False)])
        for row, what, key, earlier in cursor.fetchall():
            found[row, what, key] = Likeness(key, row=earlier)
        cursor.execute(_IN_REGISTRY, first)
        for row, what, key, *client in cursor.fetchall():
            found[row, what, key].clients.append(Found(*client))
    of_row: dict[int, Likenesses] = {}
    for (row, what, _key), likeness in found.items():
        of_row.setdefault(row, {}).setdefault(what, []).append(likeness)
    return of_row


def forget(rows: Iterable[int]) -> None:
    """Take out the keys of refused rows: a later row that looks like one of them is welcome."""
    if numbers := list(rows):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM import_keys WHERE row = ANY(%s)", [numbers])
