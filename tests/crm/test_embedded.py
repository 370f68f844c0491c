"""The embedded servers: started by whoever comes first, stopped by the last one out, whatever was left behind before."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from crm import embedded
from crm.embedded import identity, postgres, valkey
from crm.embedded.folder import Folder
from crm.errors import StartError

HOLD = """
import sys; from pathlib import Path; from crm import embedded
with embedded.running(Path(sys.argv[1]), durable=False):
    print("up", flush=True); sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a cluster, made once: each test starts its servers as it finds them."""
    folder = tmp_path_factory.mktemp("data")
    with embedded.running(folder, durable=False):
        assert answers(folder)
    return folder


def answers(folder: Path) -> bool:
    with psycopg.connect(embedded.database_url(folder)) as connection:
        row = connection.execute("SELECT datlocale, datlocprovider::text FROM pg_database WHERE datname = 'seraph'").fetchone()
    return row == ("PG_UNICODE_FAST", "b") and bool(redis.Redis.from_url(embedded.redis_url(folder)).ping())


def postmaster(folder: Path) -> psutil.Process | None:
    return postgres._process(folder / "postgres")


def hold(folder: Path) -> subprocess.Popen[str]:
    """Start another process that uses the servers until it is told to stop."""
    return subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_up(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert process.stdout.readline() == "up\n"


def release(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["/bin/sleep", "600"])
    yield process
    process.kill()
    process.wait()


def test_the_application_has_a_role_of_its_own_also_in_a_folder_of_an_earlier_version(data: Path) -> None:
    saved = json.loads((data / "servers.json").read_text())
    del saved["app_password"]
    (data / "servers.json").write_text(json.dumps(saved))
    with embedded.running(data, durable=False), psycopg.connect(embedded.database_url(data)) as connection:
        row = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == ("seraph_app", False, False, False)
    assert embedded.database_url(data) != embedded.owner_url(data)


def test_two_that_race_share_the_servers_and_the_last_one_out_stops_them(data: Path) -> None:
    first, second = hold(data), hold(data)
    wait_up(first)
    wait_up(second)
    server = postmaster(data)
    assert server
    release(first)
    assert answers(data)
    assert postmaster(data) == server
    release(second)
    assert postmaster(data) is None
    assert not (data / "postgres/postmaster.pid").exists()


def test_a_user_that_was_killed_does_not_count(data: Path) -> None:
    killed = hold(data)
    wait_up(killed)
    server = postmaster(data)
    killed.kill()
    killed.communicate()
    with embedded.running(data, durable=False):
        assert postmaster(data) == server
    assert postmaster(data) is None


def test_a_port_that_a_stranger_took_is_left_to_the_stranger(data: Path) -> None:
    before = Folder(data).state()
    with socket.create_server(("127.0.0.1", before.postgres_port)), socket.create_server(("127.0.0.1", before.valkey_port)):
        with embedded.running(data, durable=False):
            assert answers(data)
        after = Folder(data).state()
    assert after.postgres_port != before.postgres_port
    assert after.valkey_port != before.valkey_port
    assert after.valkey_password != before.valkey_password
    assert (after.password, after.secret_key) == (before.password, before.secret_key)


def test_stale_pid_files_that_name_a_stranger_do_no_harm(data: Path, stranger: subprocess.Popen[bytes]) -> None:
    (data / "postgres/postmaster.pid").write_text(f"{stranger.pid}\n{data}/postgres\n1\n5432\n\n127.0.0.1\n1 1\nready\n")
    (data / "valkey/valkey.pid").write_text(f"{stranger.pid}\n")
    with embedded.running(data, durable=False):
        assert answers(data)
    assert stranger.poll() is None


def test_servers_that_were_killed_start_again(data: Path) -> None:
    with embedded.running(data, durable=False):
        for process in (postmaster(data), valkey._process(data / "valkey")):
            assert process
            process.kill()
            process.wait(10)
        embedded.ensure(data, durable=False)
        assert answers(data)


def test_a_cluster_that_was_half_made_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.new/base").mkdir(parents=True)
    (tmp_path / "postgres.new/PG_VERSION").write_text("18\n")
    with embedded.running(tmp_path, valkey=False, durable=False):
        assert postmaster(tmp_path)
    assert not (tmp_path / "postgres.new").exists()


def test_the_passwords_are_the_owners_alone(data: Path) -> None:
    with embedded.running(data, durable=False):
        state = Folder(data).state()
        servers = [postmaster(data), valkey._process(data / "valkey")]
        lines = " ".join(word for server in servers if server for word in server.cmdline())
    assert stat.S_IMODE((data / "servers.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "valkey/valkey.conf").stat().st_mode) == 0o600
    assert str(data) in lines
    assert state.password not in lines
    assert state.valkey_password not in lines


@pytest.mark.parametrize("place", ["file/data", "file"])
def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match=r"The data folder .* can't be written .*SERAPH_DATA"):
        embedded.secret_key(tmp_path / place)


def test_a_state_file_that_cannot_be_understood_is_kept(tmp_path: Path) -> None:
    (tmp_path / "servers.json").write_text("{")
    with pytest.raises(StartError, match="can't be understood"):
        embedded.secret_key(tmp_path)
    assert (tmp_path / "servers.json").read_text() == "{"


def test_an_old_state_file_without_a_password_for_valkey_is_read(tmp_path: Path) -> None:
    saved = {"postgres_port": 1, "valkey_port": 2, "password": "p", "secret_key": "s"}
    (tmp_path / "servers.json").write_text(json.dumps(saved))
    assert Folder(tmp_path).state().valkey_password == "p"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another user")
def test_root_opens_a_closed_folder_to_the_servers_user_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded.running(closed / "data", valkey=False, durable=False):
        server = postmaster(closed / "data")
        assert server
        assert server.username() == identity.SYSTEM_USER
    assert not closed.stat().st_mode & stat.S_IXOTH
    assert f"pass through {closed}" in capfd.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root refuses")
def test_root_without_useradd_hears_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "SYSTEM_USER", "seraph-nobody-has-this")
    monkeypatch.setattr("shutil.which", lambda *_args, **_options: None)
    with pytest.raises(StartError, match="no useradd here"):
        identity.options(tmp_path)


def test_an_interrupted_command_stops_what_it_started(data: Path) -> None:
    process = hold(data)
    wait_up(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert postmaster(data) is None
