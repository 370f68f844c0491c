"""Indexes of the fields that the administrator adds: a filter by one costs what a filter by a built-in field costs.

Choices and yes-or-no need none of their own: containment is answered by the index over the whole column. Numbers,
dates and texts get one each, built beside the running system when the field is added, dropped when it retires.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg import sql

from clients.models import CustomField

_PREFIX = "client_custom_field_"
_KEYS = {
    CustomField.Kind.NUMBER: "seraph_number(custom -> {key})",
    CustomField.Kind.DATE: "(custom ->> {key})",
    CustomField.Kind.TEXT: "seraph_sortable(custom ->> {key})",
}


def keep_indexes(*, beside: bool = True) -> list[str]:
    """Build the indexes that custom fields lack and drop those that none needs; return the names of the new ones.

    `beside` builds them without blocking writers, which PostgreSQL does outside a transaction only.
    """
    wanted = {f"{_PREFIX}{field.pk}": field for field in CustomField.objects.active() if field.kind in _KEYS}
    how = sql.SQL("CONCURRENTLY") if beside else sql.SQL("")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " WHERE i.indrelid = 'clients_client'::regclass AND starts_with(c.relname, %s)",
            [_PREFIX],
        )
        there = dict(cursor.fetchall())
        if not _may_build(cursor):
            return _ask_owner(cursor, wanted, there)
        for name, valid in there.items():
            if name not in wanted or not valid:  # a build that was interrupted leaves an invalid index
                cursor.execute(sql.SQL("DROP INDEX {} IF EXISTS {}").format(how, sql.Identifier(name)))
        new = [name for name in wanted if not there.get(name)]
        for name in new:
            key = sql.SQL(_KEYS[CustomField.Kind(wanted[name].kind)]).format(key=sql.Literal(wanted[name].key))
            cursor.execute(
                sql.SQL("CREATE INDEX {} {} ON clients_client (({}), sort_name, id) WHERE archived_at IS NULL AND ({}) IS NOT NULL").format(
                    how, sql.Identifier(name), key, key
                )
            )
        if new:
            cursor.execute("ANALYZE clients_client")  # the planner knows nothing yet of what is in the new keys
    return new


def _may_build(cursor: Any) -> bool:
    """Only the owner of a table may give it an index; where the application is not, functions of the owner's do it."""
    cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'clients_client'::regclass")
    return bool(cursor.fetchone()[0])


def _ask_owner(cursor: Any, wanted: Mapping[str, CustomField], there: Mapping[str, bool]) -> list[str]:
    """Do the same by functions. They can't build beside the running system: for some seconds writers wait."""
    for name, valid in there.items():
        if name not in wanted or not valid:
            cursor.execute("SELECT seraph_drop_custom_index(%s)", [int(name.removeprefix(_PREFIX))])
    new = [name for name in wanted if not there.get(name)]
    for name in new:
        cursor.execute("SELECT seraph_build_custom_index(%s)", [wanted[name].pk])
    return new
