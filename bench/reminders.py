"""The engine of reminders over a base of one size: a tick that finds nothing, one after much was fired, and a peak; and the pages.

`python -m bench.reminders CLIENTS pages` measures the pages alone."""

from __future__ import annotations

import logging
import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import django

django.setup()

from django.conf import settings  # noqa: E402  Django stands first
from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import base  # noqa: E402
from bench.walk import RUNS, Watch  # noqa: E402
from reminders.engine.firing import _CLAIM, fire_due_reminders  # noqa: E402
from reminders.engine.loop import tick  # noqa: E402
from reminders.models import Reminder  # noqa: E402
from reminders.notices import news_of  # noqa: E402
from reminders.tables import SORTS  # noqa: E402
from reminders.today import Clock  # noqa: E402
from ui.lists.keyset import Cursors, Order  # noqa: E402

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

PAGES = (
    "| page | p50 ms | p95 ms | processor ms | queries | SQL of reminders, ms | bare SQL, ms | ratio |\n|---|--:|--:|--:|--:|--:|--:|--:|"
)

_ROWS = (
    "SELECT r.id, r.subject, r.due_at, r.at_time, r.on_day, r.version, r.state, k.key, k.name, c.id, c.full_name, c.short_name, c.phones,"
    " c.last_touch_at, u.full_name, s.required_missing FROM reminders_reminder r JOIN reminders_reminderkind k ON k.id = r.kind_id"
    " JOIN clients_client c ON c.id = r.client_id LEFT JOIN clients_clientstanding s ON s.client_id = c.id"
    " LEFT JOIN accounts_user u ON u.id = r.owner_id WHERE "
)
_CAPPED = "SELECT count(*) FROM (SELECT FROM reminders_reminder r WHERE {} LIMIT {}) AS found"
_MINE = "r.owner_id = %(me)s AND r.state = 'open'"
_BARE_TODAY = [
    _ROWS + _MINE + " AND r.due_at < %(week)s ORDER BY r.due_at, r.id LIMIT 50",
    *(_CAPPED.format(f"{_MINE} AND r.due_at {span}", 1001) for span in ("< %(begins)s", "< %(tomorrow)s", "< %(week)s", ">= %(week)s")),
]
_WEEK = "r.owner_id = %(me)s AND r.due_at BETWEEN %(begins)s AND %(week)s AND r.state = "
_BARE_WEEK = [_ROWS + f"(({_WEEK}'open') OR ({_WEEK}'done')) ORDER BY r.due_at, r.id LIMIT 20000"]
"""Not `state IN`: that fits neither of the two indexes of an owner's, and reads everybody's week."""
_BARE_LIST = [
    _ROWS + "r.state = 'open' AND c.archived_at IS NULL ORDER BY r.due_at, r.id LIMIT 51",
    _CAPPED.format("r.state = 'open'", 10_001),
]
_BARE_BELL = [
    "SELECT id FROM reminders_notice WHERE recipient_id = %(me)s AND withdrawn_at IS NULL AND seen_at IS NULL ORDER BY id DESC LIMIT 100"
]

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


def fill(size: int) -> None:
    """Make the base, with as many reminders as clients, unless it is there already."""
    logging.disable(logging.INFO)
    base.ensure(size)
    if not Reminder.objects.filter(subject="Bench").exists():
        plan(size, size, first="2 days", width="300 days", subject="Bench")
        _sweep()


def measure(size: int) -> None:
    """Fill the base if need be, and print the tables."""
    fill(size)
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
    _take_back()
    _sweep()
    pages()


def pages() -> None:
    """The pages of reminders: each beside what one would write by hand for the same rows."""
    settings.ALLOWED_HOSTS = ["testserver"]
    managers = User.objects.filter(reminders__state="open").annotate(load=Count("pk")).order_by("load", "pk")
    usual, loaded = managers[0], managers.reverse()[0]
    print(f"\n{PAGES}", flush=True)
    for name, user in (("usual", usual), ("loaded", loaded)):
        late = Reminder.objects.open().owned_by(user).due_before(timezone.now()).count()
        _page(f"Today, {name} manager, {late:,} late", user, "/today/", _BARE_TODAY)
        _page(f"Today, what its refresh reads, {name} manager", user, "/today/", _BARE_TODAY, htmx=True)
        _page(f"calendar, week, {name} manager", user, "/calendar/?view=week", _BARE_WEEK)
    _page("list, first page", usual, "/reminders/", _BARE_LIST)
    row = (
        Reminder.objects.open().filter(client__archived_at=None).order_by("due_at", "pk").values_list("due_at", "pk")[99 * 50 : 99 * 50 + 1]
    )
    for at, pk in row:
        cursor = Cursors("reminders", Order(SORTS[0])).write([at.isoformat(), str(pk)])
        after = "AND (r.due_at, r.id) > (%(at)s, %(pk)s)"
        bare = [_BARE_LIST[0].replace("ORDER BY", f"{after} ORDER BY"), _BARE_LIST[1]]
        _page("list, page 100", usual, f"/reminders/?{urlencode({'after': cursor})}", bare, at=at, pk=pk)
    _page("bell, nothing new", usual, f"/notices/bell/?known={news_of(usual).tag}", _BARE_BELL)


def _page(name: str, user: User, address: str, bare: Sequence[str], *, htmx: bool = False, **more: object) -> None:
    browser = Browser(headers={"HX-Request": "true"} if htmx else None)
    browser.force_login(user)
    clock = Clock.of(user)
    params = {"me": user.pk, "tomorrow": clock.tomorrow, "week": clock.week_ends, "begins": clock.begins, **more}
    times, busy, ours, bares = [], [], [], []
    queries = 0
    for _run in range(RUNS + 1):
        watch = Watch("reminders_")
        with connection.execute_wrapper(watch):
            started, worked = time.perf_counter(), time.process_time()
            answer = browser.get(address)
            times.append((time.perf_counter() - started) * 1000)
            busy.append((time.process_time() - worked) * 1000)
        if answer.status_code not in (200, 204):
            raise SystemExit(f"{address} answered {answer.status_code}")
        queries = watch.queries
        ours.append(watch.registry)
        with connection.cursor() as cursor:
            started = time.perf_counter()
            for sql in bare:
                cursor.cursor.execute(sql, params)
                cursor.cursor.fetchall()
            bares.append((time.perf_counter() - started) * 1000)
    p95 = sorted(times[1:])[math.ceil(RUNS * 0.95) - 1]  # the first one warms up
    spent, by_hand = statistics.median(ours[1:]), statistics.median(bares[1:])
    figures = f"{statistics.median(times[1:]):.0f} | {p95:.0f} | {min(busy[1:]):.0f} | {queries} | {spent:.1f} | {by_hand:.1f}"
    print(f"| {name} | {figures} | {spent / by_hand:.1f} |", flush=True)


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
    if "pages" in sys.argv:
        fill(int(sys.argv[1]))
        pages()
    else:
        measure(int(sys.argv[1]))
        explain()
