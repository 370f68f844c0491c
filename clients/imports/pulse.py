"""The sign of life of a run: how far it is, written beside the transaction that does the work, and the wish to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from clients.models import ImportRun

_EVERY = 1.0
"""Seconds between two beats."""


class Stopped(Exception):
    """Somebody asked to stop the run."""


class Pulse:
    """Writes the progress of one run every second from a thread with a connection of its own.

    The work goes on in one transaction that nobody sees into before it ends; what is written here is seen at once.
    """

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.progress: dict[str, Any] = {}
        """Fields of the run, as the next beat writes them; always a new dictionary, since another thread reads it."""
        self._stop_asked = threading.Event()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    def start(self) -> None:
        """Begin to beat. The first beat is written before this returns: an attempt that dies at once counts."""
        first = threading.Thread(target=self._in_own_connection, args=(self._first,), name=f"import-{self.run_id}-first")
        first.start()
        first.join()
        self._thread = threading.Thread(target=self._in_own_connection, args=(self._beat,), name=f"import-{self.run_id}-pulse", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop beating; nothing is written after this returns."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def check(self) -> None:
        """Raise `Stopped` if somebody asked for it."""
        if self._stop_asked.is_set():
            raise Stopped

    @staticmethod
    def _in_own_connection(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    def _first(self) -> None:
        now = timezone.now()
        ImportRun.objects.filter(pk=self.run_id).update(attempts=F("attempts") + 1, worked_at=now, started_at=now)

    def _beat(self) -> None:
        while not self._over.wait(_EVERY):
            try:
                run = ImportRun.objects.filter(pk=self.run_id)
                run.update(worked_at=timezone.now(), **self.progress)
                if run.filter(stop_asked_at__isnull=False).exists():
                    self._stop_asked.set()
            except DatabaseError:  # the database is away for a moment: the next beat tells; the work finds out by itself
                connection.close()
