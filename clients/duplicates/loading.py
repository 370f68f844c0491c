"""Clients read from the database for comparing: one statement for any number, contacts included."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from clients.duplicates.parts import COLUMNS, CONTACT_COLUMNS, Parts, Words, parts_of_values

# What clients are compared by (clients_client_pkey), with their contacts (the index of clients_contact.client_id).
# Erased ones have nothing to compare.
_ROWS = """
SELECT client.id, client.archived_at IS NOT NULL, client.merged_into_id, {columns}, (
  SELECT json_agg(json_build_array({contact_columns})) FROM clients_contact AS contact WHERE contact.client_id = client.id
)
FROM clients_client AS client
WHERE client.id = ANY(%s) AND client.erased_at IS NULL AND (%s OR client.merged_into_id IS NULL)
""".format(
    columns=", ".join(f"client.{name}" for name in COLUMNS),
    contact_columns=", ".join(f"contact.{name}" for name in CONTACT_COLUMNS),
)


class Loaded:
    """Parts of clients by id, which of them are archived, and into whom merged ones went."""

    def __init__(self) -> None:
        self.parts: dict[int, Parts] = {}
        self.archived: set[int] = set()
        self.merged: dict[int, int] = {}


def load(ids: Iterable[int], common: Words, *, merged: bool = False) -> Loaded:
    """Read clients by id; those that are not there or erased are left out, and, unless `merged`, those that live on in others."""
    loaded = Loaded()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(ids), merged])
        for client_id, archived, survivor, *values, contacts in cursor:
            people: Iterable[dict[str, Any]] = (dict(zip(CONTACT_COLUMNS, contact, strict=True)) for contact in contacts or ())
            loaded.parts[client_id] = parts_of_values(dict(zip(COLUMNS, values, strict=True)), people, common)
            if survivor is not None:
                loaded.merged[client_id] = survivor
            elif archived:
                loaded.archived.add(client_id)
    return loaded
