"""The data folder: its state file, its locks, and the processes that its pid files name."""

import fcntl
import json
import os
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from crm.errors import StartError

_spawned: list[subprocess.Popen[bytes]] = []  # kept so that servers of ours that end are reaped, not left as zombies
_held: list[IO[str]] = []
_MAX_LOG_BYTES = 10 * 1024 * 1024


def _let_go() -> None:
    """Close the locks in a forked child: they are its parent's, and must end with the parent even if the child lives on."""
    while _held:
        _held.pop().close()


os.register_at_fork(after_in_child=_let_go)


@dataclass
class State:
    """Ports and secrets of one data folder."""

    postgres_port: int
    valkey_port: int
    password: str
    valkey_password: str
    secret_key: str
    app_password: str = ""  # of the role that web, worker and beat come as; folders of earlier versions have none yet


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: a port in TIME_WAIT is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Folder:
    """One data folder. Two locks guard it: `.lock` for changes, held briefly; `.users` shared by all who use the servers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._holds_lock = False

    def state(self) -> State:
        """Return ports and secrets of the folder, making them on the first call."""
        if (state := self._read_state()) is not None and state.app_password:
            return state
        with self.locked():
            state = self._read_state()
            if state is None:
                state = State(
                    postgres_port=free_port(),
                    valkey_port=free_port(),
                    password=secrets.token_urlsafe(24),
                    valkey_password=secrets.token_urlsafe(24),
                    secret_key=secrets.token_urlsafe(48),
                )
            if not state.app_password:
                state.app_password = secrets.token_urlsafe(24)
                self.save(state)
            return state

    def _read_state(self) -> State | None:
        path = self.path / "servers.json"
        try:
            saved = json.loads(path.read_text())
            return State(**{"valkey_password": saved["password"], **saved})
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StartError(self._refused(problem)) from problem
        except (ValueError, TypeError, KeyError) as problem:
            raise StartError(f"{path} can't be understood: restore it from a backup, or set SERAPH_DATA to a new folder.") from problem

    def save(self, state: State) -> None:
        """Write the state in one step: a reader sees the old file or the new one, also after a crash."""
        path = self.path / f"servers.json.{os.getpid()}"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(asdict(state), file)
                file.flush()
                os.fsync(file.fileno())
            path.replace(self.path / "servers.json")
        except OSError as problem:
            raise StartError(self._refused(problem)) from problem

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from changing the folder or its servers."""
        if self._holds_lock:  # a second open file of ours would wait for the first for ever
            yield
            return
        with self._lock_file(".lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._holds_lock = True
            try:
                yield
            finally:
                self._holds_lock = False

    @contextmanager
    def used(self, *, when_last: Callable[[], None]) -> Iterator[None]:
        """Count as a user of the servers for the block; `when_last` is called after it when nobody else is.

        The count is a shared lock, so a user that was killed doesn't count any more.
        """
        with self._lock_file(".users") as users:
            with self.locked():  # users come and go under the lock: nobody may come while the last one stops the servers
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield
            finally:
                with self.locked():
                    try:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass
                    else:
                        when_last()

    @contextmanager
    def claimed(self, name: str) -> Iterator[bool]:
        """Be the one process that holds the lock `name` for the block; False if another process does."""
        with self._lock_file(name) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    @contextmanager
    def _lock_file(self, name: str) -> Iterator[IO[str]]:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711)  # the servers' own user passes through, and sees no list
            file = open(self.path / name, "a")  # noqa: SIM115 - closed below, or by a forked child
        except OSError as problem:
            raise StartError(self._refused(problem)) from problem
        _held.append(file)
        try:
            yield file
        finally:
            if file in _held:
                _held.remove(file)
            file.close()

    def _refused(self, problem: OSError) -> str:
        reason = os.strerror(problem.errno) if problem.errno else str(problem)
        return f"The data folder {self.path} can't be written ({reason}): make it yours, or set SERAPH_DATA to a folder of yours."

    def log(self, name: str) -> IO[bytes]:
        """Open a server's log for appending; a long one is put aside first (one old log is kept)."""
        path = self.path / name
        try:
            if path.exists() and path.stat().st_size > _MAX_LOG_BYTES:
                path.replace(path.with_suffix(".log.old"))
            return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        except OSError as problem:
            raise StartError(self._refused(problem)) from problem


def process_of(pid_file: Path, name: str, mark: Path) -> psutil.Process | None:
    """Return the live process that `pid_file` names, if it really is `name` started for `mark`.

    A number in a stale pid file may belong to anybody by now, so the command line must name our own file too.
    """
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith(name):
            return None
        return process if str(mark) in process.cmdline() else None
    except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
        return None
    except psutil.AccessDenied:  # another user's process, where the system hides its command line: not a server of ours
        return None


def spawn(command: list[str | Path], log: IO[bytes], **options: Any) -> subprocess.Popen[bytes]:
    """Start a server that outlives its starter: in a session of its own, so that Ctrl-C at the terminal passes it by."""
    process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - the command is ours
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, umask=0o077, **options
    )
    _spawned.append(process)
    return process


def end(process: psutil.Process, signal: int, harder: int, seconds: float = 30) -> None:
    """Send `signal`, and `harder` when the process still lives after `seconds`."""
    try:
        process.send_signal(signal)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.send_signal(harder)
            process.wait(seconds)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired):
        pass
    for child in _spawned[:]:
        if child.poll() is not None:
            _spawned.remove(child)
