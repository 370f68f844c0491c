"""One process that keeps the others: starts them, starts them again when they end, and stops them all.

The children are forks of a parent that has loaded the project once: that saves each of them two seconds of work at the
start, and memory. The parent must have no threads when it forks (a pool of connections has), so whoever prepares
things before closes what it opened.

Nothing may outlive the supervisor: a child that loses its parent ends by itself within a second, and what a killed run
left all the same is found by `end_leftovers`.
"""

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

_STOP_SECONDS = 10.0  # for a request or a short task to finish; what is cut off is done again (tasks are acknowledged late)
_STEADY_SECONDS = 60.0
_LONGEST_PAUSE = 30.0
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One kind of process to keep running."""

    name: str
    main: Callable[[], None]
    pid: int = 0
    started: float = 0.0
    failures: int = 0
    due: float = 0.0  # when to start it (again), by the monotonic clock

    @property
    def running(self) -> bool:
        return bool(self.pid)


@dataclass
class Supervisor:
    """Keeps `children` running until a signal comes or its own parent is gone."""

    children: list[Child]
    pid_file: Path
    address: str
    say: Callable[[str], None]
    each_round: Callable[[], None] = lambda: None
    _parent: int = field(default_factory=os.getppid)
    _heard: list[tuple[int, float]] = field(default_factory=list)  # signals, and when by the monotonic clock
    _stopping: bool = False

    def run(self) -> None:
        """Start the children and return when all of them have stopped again."""
        # Whoever started us with nohup wants us to outlive the terminal; and who has no parent can't lose it.
        follows_parent = self._parent > 1 and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
        with self._hearing_signals() as wake_up:
            try:
                while not self._heard:
                    self._start_due()
                    select.select([wake_up], [], [], 0.2)
                    _drain(wake_up)
                    self._reap()
                    if follows_parent and os.getppid() != self._parent:
                        break
                    self.each_round()
            finally:
                self._stop(wake_up)
                self.pid_file.unlink(missing_ok=True)

    @contextmanager
    def _hearing_signals(self) -> Iterator[int]:
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        os.set_blocking(write_end, False)
        before = {number: signal.signal(number, self._hear) for number in _ENDING if signal.getsignal(number) != signal.SIG_IGN}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)  # so that it wakes us
        wake_up_before = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        try:
            yield read_end
        finally:
            signal.set_wakeup_fd(wake_up_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(read_end)
            os.close(write_end)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._heard.append((number, time.monotonic()))

    def _start_due(self) -> None:
        for child in self.children:
            if not child.running and time.monotonic() >= child.due:
                self._fork(child)

    def _fork(self, child: Child) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or the child would write what is buffered once more
        supervisor = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # until the child hears them itself: none may be lost
        if (pid := os.fork()) == 0:
            _be_child(child, supervisor)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        child.pid, child.started = pid, time.monotonic()
        self._write_pid_file()

    def _write_pid_file(self) -> None:
        processes = [{"pid": child.pid, "started": started} for child in self.children if (started := _started(child.pid))]
        unfinished = self.pid_file.with_suffix(".new")
        own = psutil.Process()
        supervisor = {"pid": own.pid, "started": own.create_time()}
        noted = {"address": self.address, "command": own.cmdline(), "supervisor": supervisor, "children": processes}
        unfinished.write_text(json.dumps(noted))
        unfinished.replace(self.pid_file)

    def _reap(self) -> None:
        for child in self.children:
            if not child.running:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            _kill_group(child.pid, signal.SIGKILL)  # what the child itself started ends with it
            child.pid = 0
            if self._stopping:
                continue
            steady = time.monotonic() - child.started > _STEADY_SECONDS
            child.failures = 1 if steady else child.failures + 1
            pause = min(2.0 ** (child.failures - 1) - 1, _LONGEST_PAUSE)  # at once, then after 1, 3, 7, 15, 30 seconds
            child.due = time.monotonic() + pause
            self.say(f"{child.name} ended ({_how(status)}); it is started again{f' in {pause:.0f} s' if pause else ''}.")

    def _stop(self, wake_up: int) -> None:
        """Ask the children to finish, and end those that don't. A second Ctrl-C ends them at once."""
        self._stopping = True
        for child in self.children:
            if child.running:
                _kill(child.pid, signal.SIGTERM)
        asked = time.monotonic()
        while any(child.running for child in self.children):
            self._reap()
            # Within the first second it is the same Ctrl-C, passed on by `make` as well.
            impatient = any(number == signal.SIGINT and at > asked + 1 for number, at in self._heard)
            if impatient or time.monotonic() > asked + _STOP_SECONDS:
                for child in self.children:
                    if child.running:
                        _kill(child.pid, signal.SIGKILL)
            select.select([wake_up], [], [], 0.05)
            _drain(wake_up)


def end_leftovers(pid_file: Path) -> None:
    """End the children of an earlier run that was killed. The caller holds the lock that every supervisor of the folder holds.

    A process is only taken for a leftover when its number, its start time and its command line are the noted ones:
    the number alone may belong to anybody by now.
    """
    try:
        noted = json.loads(pid_file.read_text())
        leftovers = [
            process["pid"]
            for process in noted["children"]
            if (started := _started(process["pid"]))
            and abs(started - process["started"]) < 2
            and _command(process["pid"]) == noted["command"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for pid in leftovers:
        _kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and any(_started(pid) for pid in leftovers):
        time.sleep(0.05)
    for pid in leftovers:
        _kill_group(pid, signal.SIGKILL)
    pid_file.unlink(missing_ok=True)


def running_address(pid_file: Path) -> str:
    """Return the address of the run that `pid_file` names, or an empty string when it runs no more."""
    try:
        noted = json.loads(pid_file.read_text())
        address, supervisor = str(noted["address"]), noted["supervisor"]
        runs = abs(_started(supervisor["pid"]) - supervisor["started"]) < 2
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return address if runs else ""


# --- in the child ------------------------------------------------------------------------------


def _be_child(child: Child, supervisor: int) -> None:
    """Become the child and never return: what the parent opened and must close is the parent's to close."""
    code = 1
    try:
        os.setsid()  # out of the terminal's reach: Ctrl-C goes to the supervisor, which stops the children in order
        signal.set_wakeup_fd(-1)
        for number in (*_ENDING, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        _end_with(supervisor)
        child.main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)


def _end_with(supervisor: int) -> None:
    """Ask this process to end once its parent is gone, however it went.

    A timer works on every Unix and, unlike a thread, harms no fork; it isn't inherited by the child's own children,
    which end with their parent (gunicorn's and Celery's workers watch it).
    """

    def look(*_: Any) -> None:
        if os.getppid() != supervisor:
            signal.setitimer(signal.ITIMER_REAL, 0)
            os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)


# --- processes ---------------------------------------------------------------------------------


def _started(pid: int) -> float:
    """Return when the process started, or 0 when there is none."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0


def _command(pid: int) -> list[str]:
    try:
        return psutil.Process(pid).cmdline()
    except psutil.Error:
        return []


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _kill_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 512):
            pass
    except BlockingIOError:
        pass


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"exit code {os.WEXITSTATUS(status)}"
