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
    """Note that a job of the engine ran just now.

    Called outside transactions: its commit does not wait for the disk, since a pulse that a crash takes along comes again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reminders_reminderpulse (name, at, said)"
            " SELECT %s, clock_timestamp(), %s FROM set_config('synchronous_commit', 'off', true)"
            " ON CONFLICT (name) DO UPDATE SET at = excluded.at, said = excluded.said",
            [name, said],
        )


def ticked_within(name: str, seconds: float) -> bool:
    """Tell whether that job ran within the last `seconds`, anywhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM reminders_reminderpulse WHERE name = %s AND at > clock_timestamp() - make_interval(secs => %s)", [name, seconds]
        )
        return cursor.fetchone() is not None
