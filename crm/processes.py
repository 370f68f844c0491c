"""The processes of `manage.py up`: web, worker, the worker of reminders, and beat. Each function runs in a fork and ends with it."""

import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any


def web(listeners: list[socket.socket]) -> None:
    """Serve pages on sockets that the supervisor opened: while this process is started again, visitors wait, not fail."""
    from gunicorn.app.base import Application

    class Web(Application):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            self.load_config_from_file(str(Path(__file__).with_name("gunicorn.py")))
            self.cfg.set("bind", [f"fd://{os.dup(listener.fileno())}" for listener in listeners])

        def load(self) -> Any:
            from crm.wsgi import application

            return application

    Web().run()


def worker() -> None:
    """Run tasks."""
    _work(f"worker@{socket.gethostname()}", queues=["celery"], concurrency=int(os.environ.get("WORKER_CONCURRENCY", "2")))


def reminders() -> None:
    """Run the engine of reminders: one small process of threads, behind no import and no search for duplicates.

    Two threads may wait for a mail server that hangs (reminders.tasks); two are left to tell of what is due.
    """
    _work(f"reminders@{socket.gethostname()}", queues=["reminders"], concurrency=4, pool="threads")


def _work(name: str, **options: Any) -> None:
    from celery.exceptions import SecurityWarning

    from crm.celery import app

    warnings.simplefilter("ignore", SecurityWarning)
    warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")
    process = app.Worker(hostname=name, without_mingle=True, without_gossip=True, quiet=True, loglevel="WARNING", **options)
    process.start()
    sys.exit(process.exitcode)


def beat() -> None:
    """Send the recurring tasks when they are due."""
    from crm.celery import app

    app.Beat(quiet=True, loglevel="WARNING", max_interval=5).run()
