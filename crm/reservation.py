"""The place of a `manage.py up`: its data folder, which is one supervisor's, and its port."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crm.embedded.folder import Folder
from crm.errors import StartError
from crm.supervisor import end_leftovers, running_address

PID_FILE = "up.json"


def port() -> int:
    """Return the port that `PORT` names."""
    value = os.environ.get("PORT") or "8000"
    if not (value.isdecimal() and 0 < int(value) < 65536):
        raise StartError(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def address(data_dir: Path) -> str:
    """Return the address at which people open Seraph where `SITE_URL` doesn't name it.

    A command beside a running copy must print links that lead to it, whatever port that one was given.
    """
    running = "" if os.environ.get("PORT") else running_address(data_dir / PID_FILE)
    return running or f"http://localhost:{port()}"


def hosts(default: str = "127.0.0.1,::1") -> list[str]:
    """Return the addresses to listen on: this machine only, unless `BIND` tells otherwise."""
    return [host.strip() for host in (os.environ.get("BIND") or default).split(",")]


def check(data_dir: Path) -> None:
    """Raise `StartError` if the place is taken. Asked before the servers start, so that a refusal costs nothing."""
    with _claimed(Folder(data_dir)):
        if not (data_dir / PID_FILE).exists():  # else what a killed run left may hold the port for a moment yet
            with ExitStack() as opened:
                for listener in _listen():
                    opened.enter_context(listener)


@contextmanager
def reserved(data_dir: Path) -> Iterator[list[socket.socket]]:
    """Be the folder's one supervisor for the block; give listening sockets on the port.

    Visitors who come before the web process does wait in the sockets' queue instead of failing.
    """
    with _claimed(Folder(data_dir)), ExitStack() as opened:
        end_leftovers(data_dir / PID_FILE)
        yield [opened.enter_context(listener) for listener in _listen()]


@contextmanager
def _claimed(folder: Folder) -> Iterator[None]:
    with folder.claimed(".up") as first:
        if not first:
            try:
                address = json.loads((folder.path / PID_FILE).read_text())["address"]
            except (OSError, ValueError, KeyError):  # it hasn't come that far
                address = "…"
            raise StartError(f"Seraph runs already on the data folder {folder.path} at {address}: set SERAPH_DATA for a second copy.")
        yield


def _listen() -> list[socket.socket]:
    listeners: list[socket.socket] = []
    number = port()
    for host in hosts():
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((host, number))
            listener.listen(512)
        except OSError as problem:
            if host == "::1" and len(listeners) > 1 and problem.errno != errno.EADDRINUSE:
                listeners.pop().close()  # no IPv6 on this machine
                continue
            for opened in listeners:
                opened.close()
            raise StartError(_why_not(host, number, problem)) from problem
    return listeners


def _why_not(host: str, number: int, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {number} is in use by another program: stop that, or choose another port, for example PORT={number % 65535 + 1}."
    if problem.errno == errno.EACCES:
        return f"Port {number} is only for root: choose one above 1023, for example PORT=8000."
    return f"The address {host} can't be listened on ({problem.strerror or problem}): check BIND."
