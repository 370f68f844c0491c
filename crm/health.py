"""Whether Seraph is alive and ready: the database, the broker, the worker, and the age of the last tick.

The pages are answered before any other middleware, also before the one that believes forwarding headers: a probe
comes by an address (a container's, a pod's) that is no allowed host, speaks plain HTTP inside the house, and must not
depend on sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse

from accounts.audit.closed import is_closed
from crm.servers import connect

WORKER_KEY = "seraph:worker"
WORKER_SECONDS = 30
TICK_LATE_SECONDS = 60  # six ticks missed
_FORWARDING = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
_LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
_SECONDS = 2


@dataclass
class State:
    """What each part answered: `problems` holds an empty string for a part that is well."""

    problems: dict[str, str] = field(default_factory=dict)
    tick_age: float | None = None
    reminders_age: float | None = None  # seconds since the engine of reminders last looked at what is due
    history: bool | None = None  # whether privileges close it to this process, and not triggers alone

    @property
    def ready(self) -> bool:
        return not any(self.problems.values())


_REMINDERS_AGE = "SELECT extract(epoch FROM clock_timestamp() - at) FROM reminders_reminderpulse WHERE name = 'reminders.tick'"
_WORD = """
-- What waits to be told of and to leave, each read from a partial index, counted no further than so far.
SELECT (SELECT count(*) FROM (SELECT FROM reminders_reminder WHERE fires_at <= clock_timestamp() LIMIT 100000) d),
  (SELECT count(*) FROM (SELECT FROM reminders_delivery WHERE state = 'waiting' LIMIT 100000) w),
  (SELECT count(*) FROM (SELECT FROM reminders_delivery WHERE state = 'dead' LIMIT 100000) g),
  (SELECT count(*) FROM (SELECT FROM reminders_reminder WHERE problem <> '' AND state = 'open' LIMIT 100000) a)
"""


@dataclass(frozen=True)
class ReminderFacts:
    """How many reminders are due and not told of, deliveries wait or were given up, and reminders were set aside."""

    due: int
    waiting: int
    dead: int
    set_aside: int


_LEDGER = """
-- How the last check of the ledger's roll-up ended, and how many months of clients wait to be worked out, counted so far.
SELECT (SELECT extract(epoch FROM clock_timestamp() - checked_at) FROM sales_ledgercheck WHERE id = 1),
  (SELECT differences FROM sales_ledgercheck WHERE id = 1),
  (SELECT count(*) FROM (SELECT FROM sales_ledgermark LIMIT 100000) m)
"""


@dataclass(frozen=True)
class LedgerFacts:
    """Seconds since the last nightly check (None: none yet), figures that it found different, marks that wait."""

    check_age: float | None
    differences: int | None
    marks: int


@dataclass(frozen=True)
class DatabaseFacts:
    """Size in bytes, connections by state, age of the oldest open transaction in seconds."""

    size: int
    connections: dict[str, int]
    oldest_transaction: float


def examine() -> State:
    """Ask every part. Reasons name no addresses: anybody may read them."""
    state = State()
    try:
        with _database() as database:
            row = database.execute("SELECT extract(epoch FROM clock_timestamp() - at) FROM crm_heartbeat WHERE name = 'tick'").fetchone()
            pulse = database.execute(_REMINDERS_AGE).fetchone()
            state.history = is_closed(database.cursor())
        state.reminders_age = round(float(pulse[0]), 1) if pulse else None
        state.tick_age = round(float(row[0]), 1) if row else None
        state.problems["database"] = ""
        late = state.tick_age is None or state.tick_age > TICK_LATE_SECONDS
        state.problems["tick"] = ("late" if state.tick_age is not None else "none yet") if late else ""
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        state.problems |= {"database": "not migrated", "tick": "unknown"}
    except psycopg.Error:
        state.problems |= {"database": "no answer", "tick": "unknown"}
    try:
        worker = broker().exists(WORKER_KEY)
        state.problems |= {"broker": "", "worker": "" if worker else "none alive"}
    except redis.RedisError:
        state.problems |= {"broker": "no answer", "worker": "unknown"}
    return state


def _database() -> psycopg.Connection[Any]:
    """Connect outside the pool: a pool waits long for a server that is gone, and hides why."""
    return connect(connection.settings_dict, seconds=_SECONDS)


@cache
def broker() -> "redis.Redis[bytes]":
    """Return a client of the broker that gives up soon."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS)


def waiting_tasks() -> dict[str, int] | None:
    """Return how many tasks wait in each queue, or None when the broker doesn't answer."""
    from crm.celery import app

    try:
        client = broker()
        return {name: int(client.llen(name)) for name in app.amqp.queues}
    except redis.RedisError:
        return None


def database_facts() -> DatabaseFacts | None:
    """Return facts of the database, or None when it doesn't answer."""
    try:
        with _database() as database:
            sizes = database.execute("SELECT pg_database_size(current_database())").fetchone()
            rows = database.execute(
                "SELECT coalesce(state, 'unknown'), count(*), coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)"
                " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"
            ).fetchall()
    except psycopg.Error:
        return None
    size = int(sizes[0]) if sizes else 0
    return DatabaseFacts(size, {row[0]: row[1] for row in rows}, max((float(row[2]) for row in rows), default=0.0))


def reminder_facts() -> ReminderFacts | None:
    """Return how far the engine of reminders is behind, or None when the database doesn't answer or holds none yet."""
    try:
        with _database() as database:
            row = database.execute(_WORD).fetchone()
    except psycopg.Error:
        return None
    return ReminderFacts(*row) if row else None


def ledger_facts() -> LedgerFacts | None:
    """Return how the ledger's roll-up stands, or None when the database doesn't answer or holds none yet."""
    try:
        with _database() as database:
            row = database.execute(_LEDGER).fetchone()
    except psycopg.Error:
        return None
    return LedgerFacts(None if row[0] is None else float(row[0]), row[1], row[2]) if row else None


# --- pages -------------------------------------------------------------------------------------


def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; nothing else is asked, so a broken database restarts no web process."""
    return HttpResponse("alive\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether Seraph can do its work; 503 with the reason of each part when it can't."""
    state = examine()
    parts = {part: problem or "ok" for part, problem in state.problems.items()}
    # a late engine is told, and takes no page away: those who work here would lose Today with it
    age = state.reminders_age
    late = "none yet" if age is None else "late" if age > settings.REMINDERS_LATE_SECONDS else "ok"
    told = {"tick_age_seconds": state.tick_age, "reminders": late, "reminders_tick_age_seconds": age, "history_closed": state.history}
    answer = {"ready": state.ready, **parts, **told}
    return JsonResponse(answer, status=200 if state.ready else 503)


def measured(request: HttpRequest) -> HttpResponse:
    """Show the metrics to an administrator's API token, or to a program on this host."""
    from crm import metrics

    if not (_is_local(request) or _has_token(request)):
        return HttpResponseForbidden("Metrics need an administrator's API token (Authorization: Bearer …).\n", content_type="text/plain")
    return HttpResponse(metrics.render(), content_type=metrics.CONTENT_TYPE)


def _is_local(request: HttpRequest) -> bool:
    """Tell whether the asker is on this host itself.

    Behind a reverse proxy on the same host everybody comes from loopback, so a request that was handed on by one
    counts as foreign. Headers can only take trust away here, never give it: forging them gains nothing.
    """
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and not any(header in request.headers for header in _FORWARDING)


def _has_token(request: HttpRequest) -> bool:
    from accounts.tokens import find_api_token

    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    token = find_api_token(key.strip()) if scheme.lower() == "bearer" else None
    return token is not None and token.user.has_perm("accounts.manage_company")


_PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/healthz": alive, "/readyz": ready, "/metrics": measured}


class HealthMiddleware:
    """Answer the probes. Stands first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = _PAGES.get(request.path_info)
        if page is None or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        response = page(request)
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        setattr(response, "_has_been_logged", True)  # noqa: B010 - Django would log each 503 of a probe as an error
        return response
