"""The short form of each line of `make faults`: the same harm, on servers of its own, in seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = (
    "killed at random",
    "killed after the claim",
    "broker away",
    "database restarted",
    "many at once",
    "clocks differ",
    "summer time",
    "six hours off",
    "races",
    "many pending",
    "one that always fails",
)


class Run:
    """One run of all lines; each test waits for its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults", "--short", "--json"], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        self._seen: dict[int, dict[str, Any]] = {}

    def line(self, number: int) -> dict[str, Any]:
        assert self._process.stdout
        while number not in self._seen and (said := self._process.stdout.readline()):
            one = json.loads(said)
            self._seen[one["number"]] = one
        return self._seen[number]

    def end(self) -> None:
        """Wait until it has stopped its servers and cleared its folder; break it off where lines were left out."""
        if len(self._seen) < len(NAMES):
            self._process.terminate()
        self._process.wait(60)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    running = Run()
    yield running
    running.end()


@pytest.mark.parametrize("number", range(1, len(NAMES) + 1), ids=NAMES)
def test_nothing_is_lost_and_nothing_doubled(run: Run, number: int) -> None:
    seen = run.line(number)
    assert seen["ok"], seen["said"]
