"""What the containers run: health probes, and backups that can be restored."""

import os
import re
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from clients.models import Source
from clients.services import register_client
from crm import health
from crm.celery import show_worker
from crm.embedded import postgres
from crm.models import Heartbeat

ROOT = Path(__file__).parents[2]

type Backup = Callable[..., subprocess.CompletedProcess[str]]


def database() -> dict[str, str]:
    """Return the variables by which PostgreSQL's programs find the database of this test."""
    config = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    return {variable: str(config[name]) for variable, name in names.items()}


def run(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{postgres.programs() / 'bin'}:{os.environ['PATH']}", **database(), **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """Make a backup as the container does, now."""

    def make(**variables: str) -> subprocess.CompletedProcess[str]:
        return run("/bin/sh", ROOT / "docker/backup.sh", "once", BACKUPS=str(tmp_path), **{"FILES": "/nonexistent", **variables})

    return make


@pytest.mark.django_db(transaction=True)
def test_a_backup_can_be_restored(backup: Backup, tmp_path: Path, admin: User) -> None:
    source = Source.objects.create(name="Ярмарка в Лионе", targeted=True)
    data = {"kind": "organisation", "full_name": "ООО «Ромашка»", "is_customer": True, "source": source.pk, "phones": ["+33 1 44 55 66 77"]}
    client = register_client(user=admin, data=data, contacts=[{"full_name": "Юлия Щербакова"}])
    made = backup()
    assert made.returncode == 0, made.stderr
    [dump] = tmp_path.glob("seraph-*.dump")
    assert dump.stat().st_mode & 0o077 == 0
    assert not list(tmp_path.glob("*.part"))

    name = f"restored_{os.getpid()}"
    try:
        assert run("createdb", name).returncode == 0
        restored = run("pg_restore", "--exit-on-error", "--no-owner", "--no-privileges", "--dbname", name, dump)
        assert restored.returncode == 0, restored.stderr
        with psycopg.connect(_address(name)) as copy:
            row = copy.execute("SELECT full_name, phones FROM clients_client WHERE id = %s", [client.pk]).fetchone()
            assert row == ("ООО «Ромашка»", ["+33144556677"])
            assert copy.execute("SELECT seraph_fold('ООО «Ромашка»')").fetchone() == ("ooo romashka",)
    finally:
        run("dropdb", "--if-exists", name)


def _address(name: str) -> str:
    config = connection.settings_dict
    return f"postgresql://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{name}"


@pytest.mark.django_db(transaction=True)
def test_uploaded_files_are_in_it_and_old_backups_go_once_a_new_one_stands(backup: Backup, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "clients.csv").write_text("name\n")
    month_ago = time.time() - 31 * 24 * 3600
    for old in (tmp_path / "seraph-20200101T000000Z.dump", tmp_path / "notes.txt"):
        old.write_text("old")
        os.utime(old, (month_ago, month_ago))

    failed = backup(PGDATABASE="there_is_no_such_database")
    assert failed.returncode != 0
    assert (tmp_path / "seraph-20200101T000000Z.dump").exists()

    assert backup(FILES=str(files)).returncode == 0
    assert not (tmp_path / "seraph-20200101T000000Z.dump").exists()
    assert (tmp_path / "notes.txt").exists()
    [archive] = tmp_path.glob("seraph-*.files.tar.gz")
    with tarfile.open(archive) as packed:
        assert "./clients.csv" in packed.getnames()


def probe(name: str) -> int:
    config = connection.settings_dict
    address = f"postgres://{config['USER']}:{config['PASSWORD']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": address, "REDIS_URL": settings.REDIS_URL, "PORT": "1"}
    return subprocess.run(
        [sys.executable, ROOT / "tools/probe.py", name], env=environment, capture_output=True, timeout=60, check=False
    ).returncode


@pytest.mark.django_db(transaction=True)
def test_probes_tell_the_well_from_the_ill() -> None:
    health.broker().delete(f"{health.WORKER_KEY}:{socket.gethostname()}")
    assert [probe("web"), probe("worker"), probe("beat")] == [1, 1, 1]
    show_worker()
    Heartbeat.objects.beat("tick")
    assert [probe("worker"), probe("beat")] == [0, 0]


def test_the_example_of_settings_names_all_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())) - {"SERAPH_VERSION"}
    named = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == named
