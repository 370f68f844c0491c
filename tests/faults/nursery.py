"""A process that has loaded the project once, and forks the others on demand, as the supervisor of `manage.py up` does.

It reads one line for each: JSON with `kind`, and whatever is wrong with that process. It answers with its number.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

PATH = Path(__file__).parents[2]


class Nursery:
    """The experiment's end of it."""

    def __init__(self, log: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "SERAPH_AS_OWNER"}  # as the application
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                env=environment,
                cwd=PATH,
            )
        self.alive: dict[int, dict[str, Any]] = {}
        self.common: dict[str, Any] = {}
        """What holds for every process that is started."""

    def start(self, kind: str, **wrong: Any) -> int:
        """Start a process; return its number."""
        assert self._process.stdin
        assert self._process.stdout
        asked = {"kind": kind, **self.common, **wrong}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self.alive[pid] = asked
        return pid

    def kill(self, pid: int) -> dict[str, Any]:
        """End it as a power cut would; return how it was started."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return self.alive.pop(pid)

    def is_alive(self, pid: int) -> bool:
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    def kill_all(self) -> None:
        for pid in list(self.alive):
            self.kill(pid)

    def close(self) -> None:
        self.kill_all()
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


def _worker() -> None:
    from crm import processes

    processes.reminders()


def _beat() -> None:
    from crm import processes

    processes.beat()


def _loop() -> None:
    from django.core.management import call_command

    call_command("reminders_loop", seconds=2)


KINDS: dict[str, Callable[[], None]] = {"worker": _worker, "beat": _beat, "loop": _loop}


def _be(asked: dict[str, Any]) -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: nobody outlives the nursery
    os.setsid()
    os.dup2(2, 1)
    os.close(0)
    from reminders.engine import delivering, firing, mail

    if hours := asked.get("clock"):
        import time_machine

        time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True).start()
    if seconds := asked.get("lease"):
        delivering.LEASE = timedelta(seconds=seconds)
    if asked.get("dies") == "after the claim":
        _replace(firing, "_write", _dying_after)
    if asked.get("dies") == "with the lease":
        _replace(delivering, "_renew", _dying_after)
    if asked.get("dies") == "after the server's OK":
        _replace(delivering, "_end", lambda end: lambda *row, **more: os.kill(os.getpid(), signal.SIGKILL))  # before the mark
    if seconds := asked.get("every"):
        from crm.celery import app

        for entry in app.conf.beat_schedule.values():
            entry["schedule"] = float(seconds) if entry["task"].startswith("reminders.") else entry["schedule"]
    if asked.get("breaks"):
        _replace(mail, "compose", _breaking)
    KINDS[asked["kind"]]()


def _replace(module: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    setattr(module, name, wrap(getattr(module, name)))


def _dying_after(step: Callable[..., Any]) -> Callable[..., None]:
    def done(*given: Any) -> None:
        step(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    return done


def _breaking(compose: Any) -> Any:
    from django.template import TemplateSyntaxError

    def broken(delivery: Any) -> Any:
        if "BREAKS" in delivery.reminder.subject:
            raise TemplateSyntaxError("a template that raises")
        return compose(delivery)

    return broken


def main() -> None:
    import django

    django.setup()
    from django.urls import get_resolver

    from crm.celery import app
    from crm.management.commands.up import close_connections

    get_resolver().url_patterns  # noqa: B018
    app.loader.import_default_modules()
    close_connections()  # a pool's threads don't come along into a fork
    children: set[int] = set()
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            try:
                _be(json.loads(line))
            finally:
                os._exit(0)
        children.add(pid)
        print(pid, flush=True)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
