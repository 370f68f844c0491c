"""Statements put together of pieces. Only code writes their text; all that people typed travels as a parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from clients.criteria.sql import Sql

EARLIEST, LATEST = date(1900, 1, 1), date(2300, 1, 1)
"""Where "however long ago" and "however far ahead" end."""

_MARK = re.compile(r"\{(\w+)\}|%\((\w+)\)s")


def fill(text: str, pieces: Mapping[str, Sql] | None = None, values: Mapping[str, Any] | None = None) -> Sql:
    """Return `text` with each {name} filled by a piece and each %(name)s by a parameter, as often as they stand there."""
    params: list[Any] = []

    def one(found: re.Match[str]) -> str:
        if found[1]:
            piece = (pieces or {})[found[1]]
            params.extend(piece.params)
            return piece.text
        params.append((values or {})[found[2]])
        return "%s"

    return Sql(_MARK.sub(one, text), tuple(params))


def of_query(rows: models.QuerySet[Any], nothing: str) -> Sql:
    """Return the statement of a queryset; `nothing` is the one that takes its place where Django knows that it is empty."""
    try:
        text, params = rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return Sql(nothing)
    return Sql(text, tuple(params))


def read(statement: Sql) -> Any:
    """Run a statement and return its only row."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, list(statement.params))
        return cursor.fetchone()
