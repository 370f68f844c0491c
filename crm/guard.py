"""History is closed to the application: web, worker and beat come as a role that owns no table and may change no event.

What is history says each model itself: events of django-pghistory, and whatever carries a trigger `append_only`, may be
added to and read; rows under a trigger `never_deleted` may not go. The triggers hold for everybody; the privileges, for
the role that strangers' requests run as, also against a session that switches triggers off. docs/decisions/0023.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from accounts.audit.closed import history, never_deleted
from crm.errors import StartError
from crm.servers import connect

SQL = Path(__file__).parent / "sql" / "guard.sql"
_WHO_AND_WHERE = ("HOST", "PORT", "NAME", "USER", "PASSWORD")
_READ_ONLY = ("django_migrations", "pghistory_context")  # contexts are written by a function that runs as the owner


def app_role() -> str:
    """Return the role that the application comes as, or an empty string when it is the owner of the tables too."""
    role = settings.DATABASE_APP["USER"]
    return "" if role == settings.DATABASE_OWNER["USER"] else str(role)


def after_migrating(using: str, plan: object = None, **kwargs: Any) -> None:
    """Apply what this module stands for; a flush sends the same signal, without a plan, and changes no table."""
    if plan is not None:
        apply(using)


def apply(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put our forms of the libraries' functions in place, and grant the application's role what it needs."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute(SQL.read_text())
        if role := app_role():
            _keep_role(role)
            for statement in _grants(role):
                cursor.execute(statement)


def _grants(role: str) -> list[sql.Composed]:
    """Return the statements; one transaction runs them, so a running application never finds itself without rights."""
    to = sql.Identifier(role)

    def tables(names: list[str]) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, names))

    return [
        sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {}").format(to),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(to),
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(to),
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(to),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to),
        sql.SQL("REVOKE UPDATE, DELETE ON {} FROM {}").format(tables(history()), to),
        sql.SQL("REVOKE DELETE ON {} FROM {}").format(tables(never_deleted()), to),
        sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(tables(list(_READ_ONLY)), to),
        sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(to),
    ]


def _keep_role(role: str) -> None:
    """Make the role of DATABASE_URL, or give it the password that stands there, unless it can come in as it is."""
    try:
        connect(settings.DATABASE_APP).close()
        return
    except psycopg.OperationalError:
        pass
    name, password = sql.Identifier(role), sql.Literal(settings.DATABASE_APP["PASSWORD"])
    try:
        with connect(settings.DATABASE_OWNER) as owner:
            there = owner.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            how = sql.SQL("CREATE" if there is None else "ALTER")
            owner.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(how, name, password))
    except psycopg.errors.InsufficientPrivilege as refused:
        raise StartError(
            f"The role {role} of DATABASE_URL can't come in, and the role of DATABASE_OWNER_URL may make none: "
            f"let an administrator of PostgreSQL run CREATE ROLE {role} LOGIN PASSWORD '…'."
        ) from refused


def is_granted(cursor: CursorWrapper) -> bool:
    """Return whether the application's role has its rights: a database that was restored without privileges has lost them."""
    if not (role := app_role()):
        return True
    cursor.execute("SELECT has_table_privilege(to_regrole(%s)::oid, to_regclass('accounts_auditentry')::oid, 'INSERT')", [role])
    return bool(cursor.fetchone()[0])


@contextmanager
def as_owner() -> Iterator[None]:
    """Let this process come to the database as the owner of the tables for the block; nothing else may use it meanwhile."""
    database = connections[DEFAULT_DB_ALIAS]
    before = {name: database.settings_dict[name] for name in _WHO_AND_WHERE}
    if not app_role() or database.settings_dict["USER"] == settings.DATABASE_OWNER["USER"]:
        yield
        return
    _come_as({name: settings.DATABASE_OWNER[name] for name in _WHO_AND_WHERE})
    try:
        yield
    finally:
        _come_as(before)


def _come_as(who: dict[str, Any]) -> None:
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.close()
    database.close_pool()
    database.settings_dict.update(who)
