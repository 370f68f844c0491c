"""`manage.py up`, started for real: it serves, keeps its children, survives kills, and leaves nothing behind."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from crm import embedded
from crm.embedded.folder import Folder, free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # for machines that are busy with other things


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Return the environment of somebody who has set nothing but the data folder and what the test sets."""
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return {**clean, "SERAPH_DATA": str(folder), "SERAPH_DEMO": "0", **variables}


def manage(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass
class Running:
    process: subprocess.Popen[str]
    port: int
    folder: Path

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def children(self) -> list[psutil.Process]:
        """The processes of Seraph itself; the servers may be children too, but not by necessity."""
        mine = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in mine if _command(child)[-1:] == ["up"]]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


def _command(process: psutil.Process) -> list[str]:
    """What a process was started with; nothing where it ended while we looked."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


@contextmanager
def up(folder: Path, **variables: str) -> Iterator[Running]:
    """Start `manage.py up` and wait until it says where it is."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment(folder, PORT=str(port), **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        for line in process.stdout:
            if f"runs at http://localhost:{port}" in line:
                break
        else:
            pytest.fail("manage.py up ended before it was ready")
        yield Running(process, port, folder)
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose first run is over."""
    folder = tmp_path_factory.mktemp("up")
    folder.chmod(0o711)
    with up(folder):
        pass
    yield folder
    embedded.stop_unused(folder)


def wait_until_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    _gone, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    return alive


def site_url(folder: Path) -> str:
    """Return the address that a command, told nothing but the data folder, puts into links."""
    shown = manage(folder, "shell", "--verbosity", "0", "--command", "from django.conf import settings; print(settings.SITE_URL)")
    return shown.stdout.strip()


def test_it_comes_to_the_database_as_a_role_that_cannot_touch_history_and_migrates_as_the_owner(folder: Path) -> None:
    with up(folder) as seraph:
        assert json.loads(seraph.get("/readyz")[2])["history_closed"] is True
        assert seraph.get("/setup/")[0] == 200
        with psycopg.connect(embedded.owner_url(folder)) as database:
            # one that only just connects has no name yet
            others = "SELECT DISTINCT usename FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL AND "
            names = {name for (name,) in database.execute(others + "backend_type = 'client backend'")}
            database.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM seraph_app")
        assert names == {"seraph_app"}
        who = "from django.db import connection as c; u = c.cursor(); u.execute('SELECT current_user'); print(u.fetchone()[0])"
        assert manage(folder, "shell", "--verbosity", "0", "--command", who).stdout.strip() == "seraph_app"
        assert manage(folder, "migrate", "--verbosity", "0").returncode == 0  # beside the running system, and it gives the rights back
        assert json.loads(seraph.get("/readyz")[2])["history_closed"] is True


def test_it_serves_beside_commands_and_copies_and_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    with up(folder) as seraph:
        assert seraph.get("/healthz")[0] == 200
        status, _headers, body = seraph.get("/readyz")
        assert status == 200
        assert {"database": "ok", "broker": "ok", "worker": "ok", "tick": "ok"}.items() <= json.loads(body).items()
        seraph.get("/account/login/")
        assert b'seraph_http_requests_total{method="GET",route="account_login"' in seraph.get("/metrics")[2]

        assert manage(folder, "showmigrations", "crm").returncode == 0
        assert json.loads(seraph.get("/readyz")[2])["ready"], "a command beside it stopped its servers"
        assert site_url(folder) == f"http://localhost:{seraph.port}", "links that a command prints lead nowhere"

        again = manage(folder, "up", PORT=str(free_port()))
        assert again.returncode == 1
        assert again.stderr.strip().endswith(f"at http://localhost:{seraph.port}: set SERAPH_DATA for a second copy.")

        taken = manage(tmp_path, "up", PORT=str(seraph.port))
        assert taken.returncode == 1
        assert f"Port {seraph.port} is in use by another program" in taken.stderr
        assert len(taken.stderr.strip().splitlines()) == 1

        children = seraph.children()
        assert len(children) >= 3
        assert seraph.stop() == 0
        assert not wait_until_gone(children)
    assert not (folder / "up.json").exists()
    assert site_url(folder) == "http://localhost:8000"
    assert not (folder / "postgres/postmaster.pid").exists()
    assert embedded.stop_unused(folder)


def test_static_files_are_kept_for_ever_and_come_compressed(folder: Path) -> None:
    manifest = json.loads((folder / "static/staticfiles.json").read_text())["paths"]
    with up(folder) as seraph:
        status, headers, _body = seraph.get(f"/static/{manifest['seraph.css']}", {"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert "immutable" in headers["Cache-Control"]


def test_a_child_that_dies_is_started_again_and_visitors_wait_instead_of_failing(folder: Path) -> None:
    with up(folder) as seraph:
        web = next(child for child in seraph.children() if child.children())  # the first with workers is gunicorn
        os.killpg(web.pid, signal.SIGKILL)  # with its workers: a request that one of them had taken would be lost
        assert seraph.get("/healthz")[0] == 200
        assert web not in seraph.children()


def test_a_killed_run_leaves_no_orphans_and_the_next_one_takes_over(folder: Path) -> None:
    with up(folder) as killed:
        children = killed.children()
        killed.process.kill()
        killed.process.communicate()
        with up(folder) as seraph:
            assert json.loads(seraph.get("/readyz")[2])["ready"]
            assert not wait_until_gone(children)
            assert seraph.stop() == 0
    assert not (folder / "postgres/postmaster.pid").exists()


def test_it_ends_with_its_parent(folder: Path) -> None:
    port = free_port()
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"'{sys.executable}' manage.py up & echo $!; wait"],
        cwd=ROOT,
        env=environment(folder, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509  under nohup it would outlive us by design
    )
    assert shell.stdout
    supervisor = psutil.Process(int(shell.stdout.readline()))
    for line in shell.stdout:
        if "runs at" in line:
            break
    shell.kill()
    assert not wait_until_gone([supervisor])
    assert not (folder / "up.json").exists()


def test_what_a_stranger_made_of_a_noted_number_is_let_alone(folder: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as stranger:
        noted = {"address": "", "command": ["manage.py", "up"], "children": [{"pid": stranger.pid, "started": time.time()}]}
        (folder / "up.json").write_text(json.dumps(noted))
        try:
            with up(folder):
                assert stranger.poll() is None
        finally:
            stranger.kill()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_URL": "postgres://u:secret-word@127.0.0.1:1/seraph"}, "PostgreSQL at 127.0.0.1:1 can't be used"),
        ({"DATABASE_URL": "mysql://u:secret-word@127.0.0.1/seraph"}, "DATABASE_URL must look like"),
        ({"DATABASE_URL": "postgres://u:secret-word@127.0.0.1:x/seraph"}, "DATABASE_URL must look like"),
        ({"REDIS_URL": "redis://:secret-word@127.0.0.1:1/0"}, "Redis at 127.0.0.1:1 can't be used"),
        ({"REDIS_URL": "http://127.0.0.1"}, "REDIS_URL must look like"),
        ({"PORT": "http"}, "PORT must be a number from 1 to 65535, not 'http'."),
        ({"SERAPH_ENV": "prod"}, "SERAPH_ENV must be local or production"),
        ({"SERAPH_ENV": "production"}, "Set SECRET_KEY: production does not start without it"),
    ],
)
@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_wrong_setting_is_said_in_one_sentence(folder: Path, command: str, variables: dict[str, str], said: str) -> None:
    tried = manage(folder, command, **{"PORT": str(free_port()), **variables})
    assert tried.returncode == 1
    # As root the first start may also say that PostgreSQL's user was let through to the folder.
    sentence = [line for line in tried.stderr.strip().splitlines() if not line.startswith("Let PostgreSQL's user ")]
    assert len(sentence) == 1
    assert said in sentence[0]
    assert "secret-word" not in tried.stderr


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_data_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    tried = manage(tmp_path / "file/data", command, PORT=str(free_port()))
    assert tried.returncode == 1
    assert "can't be written" in tried.stderr
    assert len(tried.stderr.strip().splitlines()) == 1


def test_the_port_of_another_program_is_refused_before_anything_is_prepared(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        tried = manage(tmp_path, "up", PORT=str(stranger.getsockname()[1]))
    assert tried.returncode == 1
    assert "in use by another program" in tried.stderr
    assert not (tmp_path / "stamps").exists()
    assert not Folder(tmp_path).path.joinpath("postgres/postmaster.pid").exists()
