"""The database's clock, by which the engine goes: the hosts' clocks may differ."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the moment by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def note_pulse(name: str, said: str = "") -> None:
    """Note that a job of the engine ran just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reminders_reminderpulse (name, at, said) VALUES (%s, clock_timestamp(), %s)"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at, said = excluded.said",
            [name, said],
        )
