"""Pytest plugin: throw-away embedded servers for one run, started before Django reads its settings."""

import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

_OWNER = "SERAPH_TEST_SERVERS"
_servers = ExitStack()


def _start() -> None:
    """Point the settings at a fresh data folder; xdist's workers inherit the one of their controller."""
    if os.environ.get(_OWNER):
        return
    folder = Path(tempfile.mkdtemp(prefix="seraph-test-"))
    os.environ.update({_OWNER: str(os.getpid()), "SERAPH_DATA": str(folder), "SERAPH_ENV": "test"})
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(name, None)
    from crm import embedded

    _servers.callback(shutil.rmtree, folder, ignore_errors=True)
    _servers.enter_context(embedded.running(folder, durable=False))


_start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if os.environ.get(_OWNER) == str(os.getpid()):
        _servers.close()
