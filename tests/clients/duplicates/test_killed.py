"""A search that is really killed: `manage.py duplicates` in a process of its own, and SIGKILL in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from clients.duplicates import scan
from clients.models import Client, DuplicatePair, DuplicateScan
from tests.clients.duplicates.conftest import Make, open_pairs

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS, CHUNK = 40, 4
COMMAND = f"""
import sys, time, django
django.setup()
from django.core.management import call_command
from clients.duplicates import scan
step, steps = scan._step, 0
def slow(run, chunk):
    global steps
    more = step(run, {CHUNK})
    steps += 1
    if steps == int(sys.argv[1]):
        print("in the middle of a step", flush=True)
        time.sleep(60)
    return more
scan._step = slow
call_command("duplicates")
"""


@pytest.fixture
def killed(settings: Any) -> Iterator[Callable[[int], None]]:
    """Run `manage.py duplicates` in a process of its own, and kill it when it has done the work of a step, but not kept it."""
    started: list[subprocess.Popen[str]] = []
    held = connection.settings_dict
    url = f"postgres://{held['USER']}:{held['PASSWORD']}@{held['HOST']}:{held['PORT']}/{held['NAME']}"

    def run(step: int) -> None:
        environment = os.environ | {"DATABASE_URL": url, "SERAPH_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "crm.settings"}
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(step)], env=environment, stdout=subprocess.PIPE, text=True, cwd=settings.BASE_DIR
        )
        started.append(process)
        assert process.stdout is not None
        assert "in the middle of a step\n" in iter(process.stdout.readline, "")
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL

    yield run
    for process in started:
        process.kill()
        process.wait()


def test_a_search_that_is_killed_goes_on_where_it_stopped_and_finds_the_same(make_client: Make, killed: Callable[[int], None]) -> None:
    for number in range(CLIENTS):
        make_client(full_name=f"Ateliers {'Lefèvre' if number % 4 else 'Garnier'} {number // 2}", phones=[f"+331990017{number // 2:02}"])
    scan.search(chunk=CHUNK)
    whole = open_pairs()
    scan.forget_search()
    DuplicatePair.objects.all().delete()

    killed(5)  # among the keys
    keys = DuplicateScan.objects.get()
    killed(9)  # among the pairs
    pairs = DuplicateScan.objects.get()
    Client.objects.filter(pk=Client.objects.earliest("pk").pk).update(city="Lyon")  # meanwhile
    killed(2)
    run = scan.search(chunk=CHUNK)

    assert (keys.stage, keys.done, keys.finished_at) == ("keys", 3 * CHUNK, None)
    assert (pairs.stage, pairs.done, pairs.finished_at) == ("pairs", 40, None)
    assert open_pairs().keys() == whole.keys() != set()
    assert (run.done, run.total, run.percent) == (2 * CLIENTS, 2 * CLIENTS, 100)
