"""Rules of time zones change: a country gives summer time up, and what was promised for 10:30 there is still at 10:30.

A wall time is the promise, `due_at` is derived from it by the zone data of the package tzdata. When another version of
that is installed, what is open and still to come is derived anew. The moments at which the engine looks move along; the
occurrence stays, so nothing is told twice, and what was told already is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import structlog
import tzdata
from django.db import connection, transaction

from reminders.engine.clock import database_now, note_pulse
from reminders.models import ReminderPulse
from reminders.wall_time import moment_of, on_the_wall

PULSE = "reminders.zones"
"""The pulse that remembers by which version everything stands."""
BATCH = 2000
_LOCK = 0x7A6F6E65
"""One process does it; the others find it done."""

logger = structlog.get_logger(__name__)


class Open(NamedTuple):
    """A reminder that is open and still to come: its wall time, and the moment that was derived from it."""

    pk: int
    client: int
    is_promise: bool
    day: Any
    at: time
    has_time: bool
    due_at: datetime


def version() -> str:
    """Return the version of the zone data that is installed, for example "2026f"."""
    return str(tzdata.IANA_VERSION)


def follow_zone_rules(*, installed: str | None = None) -> int:
    """Where the zone data is of another version than when this last ran, put what is open on its wall time again.

    Returns how many were moved. Batch by batch, each in its own transaction: whoever is interrupted begins again, and finds
    what is right already. Where everything stands by the version, this is one read.
    """
    installed = installed or version()
    noted = ReminderPulse.objects.filter(name=PULSE).values_list("said", flat=True).first()
    if noted == installed:
        return 0
    moved = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            now = database_now()
            for zone in _zones(now):
                if zone not in available_timezones():
                    # what was promised there stays at the moment that was meant; a zone that is gone can't say a better one
                    logger.warning("there is no such time zone any more", zone=zone)
                    continue
                moved += sum(_put_right(zone, batch) for batch in _batches(zone, now))
            note_pulse(PULSE, installed)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    if noted is not None or moved:
        logger.info("zone data changed", before=noted, now=installed, moved=moved)
    return moved


def _zones(now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT time_zone FROM reminders_reminder WHERE state IN ('open', 'asleep') AND due_at > %s ORDER BY 1",
            [now - _AROUND],
        )
        return [row[0] for row in cursor.fetchall()]


_AROUND = timedelta(days=1)
"""What came due a moment ago may, by the new rules, be still to come."""

_NEXT_BATCH = """
-- Open reminders of a zone that nobody was told of yet, by their number, with the time that "that day" begins at for their owner.
SELECT r.id, r.client_id, r.is_promise, r.on_day, COALESCE(r.at_time, u.work_from, time '09:00'), r.at_time IS NOT NULL, r.due_at
FROM reminders_reminder r LEFT JOIN accounts_user u ON u.id = r.owner_id
WHERE r.state IN ('open', 'asleep') AND r.time_zone = %(zone)s AND r.due_at > %(since)s AND r.fired_at IS NULL AND r.id > %(after)s
ORDER BY r.id LIMIT %(batch)s
"""


def _batches(zone: str, now: datetime) -> Iterator[list[Open]]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_BATCH, {"zone": zone, "since": now - _AROUND, "after": after, "batch": BATCH})
            found = [Open(*row) for row in cursor.fetchall()]
        if not found:
            return
        yield found
        after = found[-1].pk


_MOVE = """
-- Move what still stands as it was read; what was told of, moved or closed meanwhile is left as it is.
WITH moved AS (
  UPDATE reminders_reminder r SET due_at = n.due_at,
    fires_at = r.fires_at + (n.due_at - n.before), version = r.version + 1, updated_at = clock_timestamp()
  FROM unnest(%(ids)s::bigint[], %(before)s::timestamptz[], %(due)s::timestamptz[]) AS n (id, before, due_at)
  WHERE r.id = n.id AND r.due_at = n.before AND r.fired_at IS NULL AND r.state IN ('open', 'asleep')
  RETURNING r.id, r.client_id, r.is_promise, n.before, r.due_at)
SELECT client_id, before, due_at, is_promise FROM moved
"""

_CLIENTS = """
-- The next step that stands on a client says the same as its promise; the trigger that follows finds nothing to change.
UPDATE clients_client c SET next_step_at = n.due_at
FROM unnest(%(ids)s::bigint[], %(before)s::timestamptz[], %(due)s::timestamptz[]) AS n (id, before, due_at)
WHERE c.id = n.id AND c.next_step_at = n.before
"""


def _put_right(name: str, batch: list[Open]) -> int:
    zone = ZoneInfo(name)
    wrong = [(one, due) for one in batch if (due := _derived(one, zone)) != one.due_at]
    if not wrong:
        return 0
    clients = sorted({one.client for one, _due in wrong})
    with transaction.atomic(), connection.cursor() as cursor:
        # the order of locks is always: the client, then its reminder; also where only the reminder moves, since whoever
        # archives the client meanwhile goes through its reminders in an order of their own
        cursor.execute("SELECT FROM clients_client WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [clients])
        columns: dict[str, Any] = {
            "ids": [one.pk for one, _due in wrong],
            "before": [one.due_at for one, _due in wrong],
            "due": [due for _one, due in wrong],
        }
        cursor.execute(_MOVE, columns)
        rows = cursor.fetchall()
        if kept := [row for row in rows if row[3]]:
            cursor.execute(_CLIENTS, {"ids": [row[0] for row in kept], "before": [row[1] for row in kept], "due": [row[2] for row in kept]})
    return len(rows)


def _derived(one: Open, zone: ZoneInfo) -> datetime:
    """Return the moment of its wall time. What shows that time already stays, also where the wall shows it twice."""
    if on_the_wall(one.due_at, zone) == (one.day, one.at):
        return one.due_at
    return moment_of(one.day, one.at, zone)
