"""The embedded servers: a real PostgreSQL and a real Valkey that live in one data folder.

`manage.py` uses them whenever `DATABASE_URL` or `REDIS_URL` is not set. The folder keeps the ports, the
passwords and the secret key in `servers.json` (mode 0600), so every command finds the same servers, beside a
running `make run` or without one. Whoever comes first starts them; the last one out stops them.

- `folder`: the data folder, its state and its locks
- `identity`: as whom the servers run (PostgreSQL refuses root)
- `postgres`, `valkey`: one server each
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crm.embedded import postgres, valkey
from crm.embedded.folder import Folder, free_port

__all__ = ["data_dir", "database_url", "ensure", "free_port", "owner_url", "redis_url", "running", "secret_key", "stop_unused"]


def data_dir() -> Path:
    """Return the data folder: `SERAPH_DATA`, or `.data` beside `manage.py`."""
    return Path(os.environ.get("SERAPH_DATA") or Path(__file__).parents[2] / ".data").expanduser().resolve()


def secret_key(data_dir: Path) -> str:
    """Return the folder's own secret key."""
    return Folder(data_dir).state().secret_key


def database_url(data_dir: Path) -> str:
    """Return the address of the folder's PostgreSQL, as the application; the server need not run yet."""
    state = Folder(data_dir).state()
    return f"postgres://{postgres.APP}:{state.app_password}@127.0.0.1:{state.postgres_port}/{postgres.DATABASE}"


def owner_url(data_dir: Path) -> str:
    """Return the same address as the owner of the tables, who migrates."""
    state = Folder(data_dir).state()
    return f"postgres://{postgres.DATABASE}:{state.password}@127.0.0.1:{state.postgres_port}/{postgres.DATABASE}"


def redis_url(data_dir: Path) -> str:
    """Return the address of the folder's Valkey; the server need not run yet."""
    state = Folder(data_dir).state()
    return f"redis://:{state.valkey_password}@127.0.0.1:{state.valkey_port}/0"


def ensure(data_dir: Path, *, with_postgres: bool = True, with_valkey: bool = True, durable: bool = True) -> None:
    """Start those of the folder's servers that don't run. The caller is one of their users (see `running`)."""
    folder = Folder(data_dir)
    with folder.locked():
        if with_postgres:
            postgres.start(folder, durable=durable)
        if with_valkey:
            valkey.start(folder)


@contextmanager
def running(data_dir: Path, *, postgres: bool = True, valkey: bool = True, durable: bool = True) -> Iterator[None]:
    """Keep the servers up for the block, and stop them after it unless another process still uses them.

    Read settings inside the block only: a port that a stranger took meanwhile is replaced at the start.
    `durable=False` is for the throw-away servers of tests: nothing is flushed to the disk.
    """
    if not (postgres or valkey):
        yield
        return
    folder = Folder(data_dir)
    with folder.used(when_last=lambda: _stop(folder)):
        ensure(data_dir, with_postgres=postgres, with_valkey=valkey, durable=durable)
        yield


def stop_unused(data_dir: Path) -> bool:
    """Stop the servers that a killed process left in the folder; False when somebody uses them."""
    folder = Folder(data_dir)
    stopped = False

    def stop() -> None:
        nonlocal stopped
        _stop(folder)
        stopped = True

    with folder.used(when_last=stop):
        pass
    return stopped


def _stop(folder: Folder) -> None:
    valkey.stop(folder)
    postgres.stop(folder)
