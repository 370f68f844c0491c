"""The engine of reminders over a base of one size: a tick that finds nothing, one after much was fired, and a peak."""

from __future__ import annotations

import logging
import statistics
import sys
import time
from collections.abc import Callable

import django

django.setup()

from django.conf import settings  # noqa: E402  Django stands first
from django.db import connection, transaction  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.urls import NoReverseMatch, reverse  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import base  # noqa: E402
from reminders.engine.firing import _CLAIM, fire_due_reminders  # noqa: E402
from reminders.engine.loop import tick  # noqa: E402
from reminders.models import Reminder  # noqa: E402

PEAK, MUCH = 10_000, 100_000
HEAD = "| reminders | ms | bare SQL, ms | ratio |\n|---|--:|--:|--:|"

_PENDING = """
INSERT INTO reminders_reminder (uid, client_id, kind_id, subject, note, owner_id, follows_manager,
  on_day, at_time, time_zone, due_at, repeats, place, invites, state, occurrence, stage, fires_at,
  problem, is_promise, rule_key, closed_because, version, created_at, updated_at)
SELECT gen_random_uuid(), c.id, k.id, %(subject)s, '', c.manager_id, FALSE,
  (at.due AT TIME ZONE 'UTC')::date, (at.due AT TIME ZONE 'UTC')::time, 'UTC', at.due, '', '', FALSE,
  'open', 1, 'due', at.due, '', FALSE, '', '', 1, now(), now()
FROM generate_series(1, %(number)s) n
JOIN clients_client c ON c.id = 1 + n %% %(clients)s
CROSS JOIN (SELECT id FROM reminders_reminderkind WHERE key = 'other') k
CROSS JOIN LATERAL (SELECT clock_timestamp() + %(first)s::interval + %(width)s::interval * (n::float8 / %(number)s) AS due) at
WHERE c.archived_at IS NULL AND c.manager_id IS NOT NULL
"""

_BARE_PEAK = (
    "WITH due AS (SELECT id, owner_id, occurrence FROM reminders_reminder WHERE fires_at <= now() ORDER BY fires_at, id"
    " FOR NO KEY UPDATE SKIP LOCKED), told AS (UPDATE reminders_reminder r SET stage = 'escalation', fires_at = now() + interval '1 day',"
    " fired_at = now() FROM due WHERE r.id = due.id)"
    " INSERT INTO reminders_notice (reminder_id, occurrence, stage, recipient_id, at, late)"
    " SELECT id, occurrence, 'due', owner_id, now(), FALSE FROM due ON CONFLICT DO NOTHING"
)


def plan(clients: int, number: int, *, first: str, width: str = "0 seconds", subject: str = "Bench due") -> None:
    """Plan about so many reminders (clients in nobody's charge and archived ones have none)."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING, {"number": number, "clients": clients, "first": first, "width": width, "subject": subject})


def measure(size: int) -> None:
    """Fill the base if need be, and print the table."""
    logging.disable(logging.INFO)
    base.ensure(size)
    if not Reminder.objects.filter(subject="Bench").exists():
        plan(size, size, first="2 days", width="300 days", subject="Bench")
        _sweep()
    fire_due_reminders()  # next steps of the base that are due by now
    print(f"\n### Reminders, {Reminder.objects.open().count():,} open\n\n{HEAD}", flush=True)
    _row("empty tick", _median(tick), _median(_bare_tick))
    much = min(MUCH, size)
    plan(size, much, first="-1 second")
    taken = _milliseconds(fire_due_reminders)
    print(f"| {much:,} due | {taken:,.0f} | – | – |", flush=True)
    _row(f"empty tick after {much:,} were fired", _median(tick), _median(_bare_tick))
    plan(size, PEAK, first="-1 second")
    ours = _milliseconds(fire_due_reminders)
    plan(size, PEAK, first="-1 second")
    _row(f"{PEAK:,} due", ours, _milliseconds(_bare_peak))
    _today()
    _take_back()
    _sweep()


def _today() -> None:
    """The page that a manager begins the day with, beside the queries that it sends."""
    try:
        address = reverse("reminders:today")
    except NoReverseMatch:
        return
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = Browser()
    browser.force_login(User.objects.exclude(reminders=None).order_by("pk")[0])
    browser.get(address)
    queries: list[tuple[str, object]] = []

    def note(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        queries.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        browser.get(address)
    reads = [(sql, params) for sql, params in queries if sql.lstrip().startswith("SELECT") and "reminders_" in sql]

    def bare() -> None:
        with connection.cursor() as cursor:
            for sql, params in reads:
                cursor.cursor.execute(sql, params)
                cursor.cursor.fetchall()

    _row(f"Today, {len(queries)} queries", _median(lambda: browser.get(address)), _median(bare))


def _bare_tick() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM reminders_reminder WHERE fires_at <= now() ORDER BY fires_at, id LIMIT 500")
        cursor.execute("SELECT id FROM reminders_delivery WHERE state = 'waiting' AND try_at <= now() ORDER BY try_at, id LIMIT 20")


def _bare_peak() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BARE_PEAK)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _median(work: Callable[[], object], runs: int = 51) -> float:
    return statistics.median(_milliseconds(work) for _run in range(runs))


def _row(name: str, ours: float, bare: float) -> None:
    print(f"| {name} | {ours:,.1f} | {bare:,.1f} | {ours / bare:.1f} |", flush=True)


def _take_back() -> None:
    with connection.cursor() as cursor:
        for table in ("notice", "delivery", "reminderact"):
            cursor.execute(
                f"DELETE FROM reminders_{table} x USING reminders_reminder r WHERE r.id = x.reminder_id AND r.subject = 'Bench due'"  # noqa: S608
            )
        cursor.execute("DELETE FROM reminders_reminder WHERE subject = 'Bench due'")


def _sweep() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) reminders_reminder, reminders_notice")


def explain() -> None:
    """Print how the claim is worked out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + _CLAIM, [now, 500])
        print("\n".join(row[0] for row in cursor.fetchall()))


if __name__ == "__main__":
    measure(int(sys.argv[1]))
    explain()
