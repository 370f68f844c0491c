"""Runs that are killed, stopped, delivered twice or met by another: nothing half done, nothing done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from clients import tasks
from clients.imports import running, starting, storing
from clients.imports.client_rows.session import ClientRows
from clients.models import Client, ImportedRow, ImportRun, Source
from tests.clients.imports.files import csv_bytes
from tests.conftest import make_user

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [["Id", "Name"], *([str(number), f"Client {number}"] for number in range(1200))]


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs of which the worker was told; nobody works on them by itself."""
    told: list[int] = []
    monkeypatch.setattr(starting, "wake", told.append)
    return told


@pytest.fixture
def queued(dmitri: User, source: Source, woken: list[int]) -> Callable[..., ImportRun]:
    def queue(rows: list[list[str]] = ROWS, **options: Any) -> ImportRun:
        defaults = {"kind": "organisation", "roles": "customer", "source": source.pk}
        return starting.start_import(
            user=dmitri, file=ContentFile(csv_bytes(rows), "x.csv"), file_name="x.csv", defaults=defaults, **options
        )

    return queue


def again(run: ImportRun) -> ImportRun:
    return ImportRun.objects.get(pk=run.pk)


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


WORKER = """
import os, sys, time
import django
django.setup()
from clients.imports import running
from clients.imports.client_rows.session import ClientRows
written = ClientRows.write
batches = []
def slow(self, rows):
    yield from written(self, rows)
    batches.append(len(rows))
    if len(batches) == 2:
        print("wrote", flush=True)
        time.sleep(60)
ClientRows.write = slow
running.work_on(int(sys.argv[1]))
"""


@pytest.fixture
def worker(settings: Any) -> Iterator[Callable[[ImportRun], subprocess.Popen[str]]]:
    """Start a process of its own that writes two batches of a run and then hangs."""
    started: list[subprocess.Popen[str]] = []
    held = connection.settings_dict
    url = f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"

    def start(run: ImportRun) -> subprocess.Popen[str]:
        environment = os.environ | {"DATABASE_URL": url, "SERAPH_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "crm.settings"}
        code = f"import django.conf as c; c.settings.MEDIA_ROOT = {str(settings.MEDIA_ROOT)!r}\n{WORKER}"
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(run.pk)], env=environment, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "wrote\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_run_killed_half_way_leaves_nothing_and_is_taken_up_again(
    queued: Callable[..., ImportRun], worker: Callable[[ImportRun], subprocess.Popen[str]], woken: list[int]
) -> None:
    run = queued()
    process = worker(run)
    eventually(lambda: again(run).added > 0)  # the progress is seen, the clients are not
    assert not Client.objects.exists()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    eventually(lambda: not running.is_worked_on(run.pk))
    assert not Client.objects.exists()
    assert not ImportedRow.objects.exists()
    assert (again(run).state, again(run).attempts) == ("writing", 1)

    woken.clear()
    tasks.find_forsaken_imports()
    assert woken == []  # the worker may still be there: it gave a sign just now
    ImportRun.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    tasks.find_forsaken_imports()
    assert woken == [run.pk]
    tasks.work_on_import(run.pk)
    assert (again(run).state, again(run).added, Client.objects.count()) == ("done", 1200, 1200)


def test_a_run_that_somebody_works_on_is_left_alone(
    queued: Callable[..., ImportRun], worker: Callable[[ImportRun], subprocess.Popen[str]], woken: list[int]
) -> None:
    run = queued()
    worker(run)
    tasks.work_on_import(run.pk)
    assert not Client.objects.exists()
    woken.clear()
    ImportRun.objects.update(worked_at=timezone.now() - timedelta(minutes=2))
    tasks.find_forsaken_imports()
    assert woken == []


def test_a_file_that_kills_every_worker_is_given_up(queued: Callable[..., ImportRun]) -> None:
    run = queued()
    ImportRun.objects.update(attempts=running.MOST_ATTEMPTS)
    tasks.work_on_import(run.pk)
    assert again(run).state == "failed"
    assert "three times" in again(run).failure


def test_a_task_delivered_twice_imports_once(queued: Callable[..., ImportRun]) -> None:
    run = queued()
    tasks.work_on_import(run.pk)
    tasks.work_on_import(run.pk)
    assert (again(run).added, Client.objects.count()) == (1200, 1200)


def test_two_imports_of_one_file_at_once_add_it_once(queued: Callable[..., ImportRun]) -> None:
    first, second = queued(), queued()

    def work(run: ImportRun) -> None:
        try:
            running.work_on(run.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(run,)) for run in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Client.objects.count() == 1200
    assert sorted((again(run).added, again(run).unchanged) for run in (first, second)) == [(0, 1200), (1200, 0)]


def test_a_run_can_be_stopped_and_leaves_nothing(queued: Callable[..., ImportRun], dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued()
    written = ClientRows.write

    def slow(self: ClientRows, rows: Any) -> Any:
        yield from written(self, rows)
        if not again(run).stop_asked_at:
            thread = threading.Thread(target=stop_it)
            thread.start()
            thread.join()
        time.sleep(1.2)

    def stop_it() -> None:
        starting.stop(user=dmitri, run_id=run.pk)
        connection.close()

    monkeypatch.setattr(ClientRows, "write", slow)
    running.work_on(run.pk)
    assert (again(run).state, again(run).added, Client.objects.count()) == ("stopped", 0, 0)
    monkeypatch.setattr(ClientRows, "write", written)
    starting.write(user=dmitri, run_id=run.pk)
    running.work_on(run.pk)
    assert again(run).state == "done"


def test_a_client_registered_at_the_same_moment_fails_the_run_in_words(
    queued: Callable[..., ImportRun], dmitri: User, monkeypatch: pytest.MonkeyPatch, source: Source
) -> None:
    run = queued([["Id", "Name"], ["1", "A"]])
    written = ClientRows.write

    def raced(self: ClientRows, rows: Any) -> Any:
        def register() -> None:
            Client.objects.create(full_name="Other", external_id="1", is_customer=True, source=source)
            connection.close()

        thread = threading.Thread(target=register)
        thread.start()
        thread.join()
        yield from written(self, rows)

    monkeypatch.setattr(ClientRows, "write", raced)
    running.work_on(run.pk)
    assert (again(run).state, Client.objects.count()) == ("failed", 1)
    assert "same moment" in again(run).failure


def test_a_fault_of_ours_is_said_and_nothing_stays(queued: Callable[..., ImportRun], monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued()

    def broken(self: ClientRows, rows: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ClientRows, "judge", broken)
    running.work_on(run.pk)
    assert again(run).state == "failed"
    assert "secret" not in again(run).failure
    assert not [file for file in Path(storing.new_path()).parent.iterdir() if file.name != Path(str(run.file.name)).name]


def test_old_files_go_and_with_them_the_way_to_undo(queued: Callable[..., ImportRun], dmitri: User) -> None:
    run = queued([["Id", "Name"], ["1", "A"], ["2", ""]])
    running.work_on(run.pk)
    kept = again(run)
    trial = queued([["Id", "Name"], ["3", "B"]], dry_run=True)
    running.work_on(trial.pk)
    stray = storing.new_path()
    stray.write_text("half")
    os.utime(stray, (0, 0))
    ImportRun.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.tidy_imports()
    assert not ImportRun.objects.filter(pk=trial.pk).exists()
    assert not Path(kept.file.path).exists()
    assert not Path(kept.error_file.path).exists()
    assert not stray.exists()
    assert not ImportedRow.objects.exists()
    assert again(run).tidied_at is not None
    with pytest.raises(starting.NotNow):
        starting.undo(user=dmitri, run_id=run.pk)


def test_the_broker_may_be_away(dmitri: User, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    from kombu.exceptions import OperationalError

    def away(run_id: int) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.work_on_import, "delay", away)
    run = starting.start_import(
        user=make_user("second", "Second", dmitri.role), file=ContentFile(csv_bytes(ROWS[:3]), "x.csv"), file_name="x.csv",
        defaults={"kind": "organisation", "roles": "customer", "source": source.pk},
    )  # fmt: skip
    assert again(run).state == "writing"
