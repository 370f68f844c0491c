"""Health checks of the containers: `python tools/probe.py web | worker | reminders | beat` ends with 0 when the process is well.

Without Django, so that a check every few seconds costs little.
"""

import os
import socket
import sys
import urllib.request
from collections.abc import Callable

TICK_LATE_SECONDS = 60


def web() -> bool:
    """The web process of this container answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def worker(kind: str = "") -> bool:
    """The worker of this container has shown itself of late (crm.celery.show_worker)."""
    import redis

    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_connect_timeout=4, socket_timeout=4)
    return bool(client.exists(f"seraph:worker:{kind}{socket.gethostname()}"))


def reminders() -> bool:
    """So has the worker of reminders."""
    return worker("reminders:")


def beat() -> bool:
    """Ticks are sent and done."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=4) as database:
        row = database.execute("SELECT extract(epoch FROM clock_timestamp() - at) FROM crm_heartbeat WHERE name = 'tick'").fetchone()
    return row is not None and row[0] < TICK_LATE_SECONDS


PROBES: dict[str, Callable[[], bool]] = {"web": web, "worker": worker, "reminders": reminders, "beat": beat}

if __name__ == "__main__":
    sys.exit(not PROBES[sys.argv[1]]())
