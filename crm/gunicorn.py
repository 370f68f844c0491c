"""Configuration of gunicorn (`gunicorn -c crm/gunicorn.py`), under `manage.py up` and in the container alike."""

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

from crm import embedded, reservation

# Counted in files, one per process: set before anything imports prometheus_client.
METRICS_DIR = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(embedded.data_dir() / "metrics")))


class ProjectLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's lines through the project's own logging."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


wsgi_app = "crm.wsgi:application"
bind = [f"{f'[{host}]' if ':' in host else host}:{reservation.port()}" for host in reservation.hosts(default="0.0.0.0")]  # noqa: S104
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # one import for all workers, and their memory is shared
timeout = 60
graceful_timeout = 10
keepalive = 75
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats must not wait for a busy disk
control_socket_disable = True
accesslog = None  # each request has its line from crm.middleware, without addresses and query strings
logger_class = ProjectLogger


def on_starting(server: Any) -> None:
    """Begin with empty counters."""
    shutil.rmtree(METRICS_DIR, ignore_errors=True)
    METRICS_DIR.mkdir(parents=True, mode=0o700)


def child_exit(server: Any, worker: Any) -> None:
    """Take a dead worker's gauges out of the sums."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped
