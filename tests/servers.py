"""Pytest plugin: throw-away embedded servers for one run, started before Django reads its settings."""

import os
import shutil
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

_OWNER = "SERAPH_TEST_SERVERS"
_servers = ExitStack()


def _start() -> None:
    """Point the settings at a fresh data folder; xdist's workers inherit the one of their controller."""
    if os.environ.get(_OWNER):
        _take_own_cache()
        return
    folder = Path(tempfile.mkdtemp(prefix="seraph-test-"))
    folder.chmod(0o711)  # the servers' own user passes through when the tests run as root
    os.environ.update({_OWNER: str(os.getpid()), "SERAPH_DATA": str(folder), "SERAPH_ENV": "test", "SERAPH_AS_OWNER": "1"})
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(name, None)
    (folder / "static").mkdir()
    # A run that is ended from outside cleans up as one that is interrupted at the keyboard.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from crm import embedded

    _end_leftovers(folder.parent)
    _servers.callback(shutil.rmtree, folder, ignore_errors=True)
    _servers.enter_context(embedded.running(folder, durable=False))


def _end_leftovers(parent: Path) -> None:
    """Stop the servers of runs that were killed, and remove their folders."""
    from crm import embedded
    from crm.errors import StartError

    for folder in parent.glob("seraph-test-*"):
        try:
            if time.time() - folder.stat().st_mtime < 60 or not (folder / "servers.json").exists():
                continue  # perhaps one that is just being made
            if embedded.stop_unused(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except (OSError, StartError):
            continue  # somebody else's, or gone meanwhile


def _take_own_cache() -> None:
    """Give an xdist worker a Valkey database of its own: what one test counts or clears is not another's."""
    from crm import embedded

    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1")[2:]) + 1
    address = embedded.redis_url(Path(os.environ["SERAPH_DATA"]))
    os.environ["REDIS_URL"] = f"{address.rpartition('/')[0]}/{number % 16}"


_start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if os.environ.get(_OWNER) == str(os.getpid()):
        _servers.close()
