"""Many rows at once, past the ORM: COPY in, and one UPDATE from rows that were copied in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from psycopg import sql


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Return `count` numbers of the model's own sequence, taken for good."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{model._meta.db_table}"', count])
        return [row[0] for row in cursor.fetchall()]


def copy_in(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of kept values, in the order of `names` (attributes), by COPY. JSON is given as text (`as_json`)."""
    with connection.cursor() as cursor:
        _copy(cursor, model._meta.db_table, [_column(model, name) for name in names], rows)


def update_from(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Set `names` of many rows, each to values of its own; a row is (id, *values). One UPDATE for all of them."""
    rows = list(rows)
    if not rows:
        return
    columns = [_column(model, name) for name in names]
    table, fields = sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, ["id", *columns]))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE changed_rows ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
            .format(fields, table)
            .as_string(cursor.connection)
        )
        _copy(cursor, "changed_rows", ["id", *columns], rows)
        assignments = sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(sql.Identifier(column)) for column in columns)
        cursor.execute(
            sql.SQL("UPDATE {} AS old SET {} FROM changed_rows AS new WHERE old.id = new.id")
            .format(table, assignments)
            .as_string(cursor.connection)
        )
        cursor.execute("DROP TABLE changed_rows")


def as_json(value: object) -> str:
    """Return JSON as its column keeps it."""
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def _as_array(values: list[str]) -> str:
    """Return an array of texts as COPY reads it; psycopg's own way looks at each letter in Python."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    # past Django's own wrapper, so that a clash is the IntegrityError that everybody expects
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_as_array(value) if type(value) is list else value for value in row])


def _column(model: type[models.Model], name: str) -> str:
    field = next(field for field in model._meta.concrete_fields if field.attname == name)
    return str(field.column)
