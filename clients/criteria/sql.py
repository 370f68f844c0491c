"""Conditions on clients as SQL text with parameters, and their way into Django's querysets.

In the text `{c}` stands for the alias of clients_client and `{k}` for that of clients_contact. Only code
of this package writes the text; everything that people typed travels as a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Expression, Field
from django.db.models.sql.compiler import SQLCompiler


class Sql(NamedTuple):
    """A piece of SQL and its parameters (lists as tuples, so that it can be compared and hashed)."""

    text: str
    params: tuple[Any, ...] = ()

    def values(self) -> list[Any]:
        """Return the parameters as psycopg wants them (arrays as lists)."""
        return [list(value) if isinstance(value, tuple) else value for value in self.params]


TRUE, FALSE = Sql("TRUE"), Sql("FALSE")


def all_of(*parts: Sql) -> Sql:
    """Join conditions with AND; none at all is true."""
    wanted = [part for part in parts if part != TRUE]
    return _joined(" AND ", wanted) if wanted else TRUE


def any_of(*parts: Sql) -> Sql:
    """Join conditions with OR; none at all is false."""
    wanted = [part for part in parts if part != FALSE]
    return _joined(" OR ", wanted) if wanted else FALSE


def function(name: str, parts: Iterable[Sql]) -> Sql:
    """Return a call of the SQL function `name`."""
    found = list(parts)
    return Sql(f"{name}({', '.join(part.text for part in found)})", tuple(value for part in found for value in part.params))


def compose(template: str, *given: Any) -> Sql:
    """Fill a template: each `{}` takes the next piece of SQL, each `%s` the next value, in the order in which they stand."""
    text, params, rest = "", [], iter(given)
    for part in re.split(r"(\{\}|%s)", template):
        if part == "{}":
            piece = next(rest)
            text += piece.text
            params += piece.params
        else:
            text += part
            params += [next(rest)] if part == "%s" else []
    return Sql(text, tuple(params))


def _joined(word: str, parts: list[Sql]) -> Sql:
    if len(parts) == 1:
        return parts[0]
    return Sql("(" + word.join(part.text for part in parts) + ")", tuple(value for part in parts for value in part.params))


class Contacts:
    """How a condition looks at the contacts of a client: row by row (`EXISTS`), for queries that pick few clients."""

    def some(self, condition: Sql) -> Sql:
        """Return the condition that some contact of the client meets `condition`."""
        return Sql(f"EXISTS (SELECT 1 FROM clients_contact k WHERE k.client_id = {{c}}.id AND {_on_k(condition)})", condition.params)

    def latest(self, condition: Sql, time_zone: str) -> Sql:
        """Return the day on which a contact that meets `condition` was changed last."""
        return Sql(
            "(SELECT (max(k.updated_at) AT TIME ZONE %s)::date FROM clients_contact k"
            f" WHERE k.client_id = {{c}}.id AND {_on_k(condition)})",
            (time_zone, *condition.params),
        )


class GatheredContacts(Contacts):
    """The same for many clients at once: all that is asked of contacts is gathered in one pass over their table.

    The statement joins `columns` (one per question) as `k`; probing the table for each of a million clients and each
    question would take several times as long.
    """

    def __init__(self) -> None:
        self.columns: dict[Sql, str] = {}

    def some(self, condition: Sql) -> Sql:
        return Sql(f"COALESCE(k.{self._column(Sql(f'bool_or({_on_k(condition)})', condition.params))}, FALSE)")

    def latest(self, condition: Sql, time_zone: str) -> Sql:
        text = f"(max(k.updated_at) FILTER (WHERE {_on_k(condition)}) AT TIME ZONE %s)::date"
        return Sql("k." + self._column(Sql(text, (*condition.params, time_zone))))

    def _column(self, aggregate: Sql) -> str:
        return self.columns.setdefault(aggregate, f"q{len(self.columns)}")


def _on_k(condition: Sql) -> str:
    return condition.text.replace("{k}", "k")


class RowCondition(Expression):
    """A condition on a client's row, for `filter` and `annotate` of a queryset of clients."""

    conditional = True

    def __init__(self, sql: Sql, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or BooleanField())
        self.sql = sql

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> tuple[str, Any]:
        alias = connection.ops.quote_name(compiler.query.get_initial_alias())
        return f"({self.sql.text.replace('{c}', alias)})", self.sql.values()

    def get_group_by_cols(self) -> list[Any]:
        return [self]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a condition needs besides the facts: how contacts are looked at and the company's time zone."""

    contacts: Contacts
    time_zone: str
