"""Locks by name that PostgreSQL holds until the transaction ends."""

from django.db import connection


def hold(name: str) -> None:
    """Let one transaction at a time pass here, in all processes. For checks over rows that may not exist yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"accounts.{name}"])
