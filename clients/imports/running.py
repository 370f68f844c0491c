"""Carrying out a run: trial, writing, undoing. Called by the task, by the command, and again after a crash.

All that a run does to the registry happens in one transaction, under an advisory lock of its own, so a run that is
killed leaves nothing, and one that is delivered twice is done once.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pghistory
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clients.imports import storing
from clients.imports.error_file import ErrorFile
from clients.imports.kinds import ImportKind, Job, Outcome, RowError, RowInHand, Session, kind_named
from clients.imports.mapping import reader
from clients.imports.pulse import Pulse, Stopped
from clients.imports.reading import Choice, Table, Unreadable, open_table
from clients.models import ImportedRow, ImportRun
from clients.services.copying import as_json, copy_in

logger = logging.getLogger(__name__)
_AHEAD = 4
"""Batches that the reading thread may be ahead of the writing."""
_SWITCH = 0.0005
"""Seconds for which the reading thread keeps the interpreter once the database has answered the other (Python's own: 0.005)."""
MOST_ATTEMPTS = 3
_LOCKS = 0x5E4A
"""First half of our advisory locks; the second is the run, or 0 for the right to write."""
_SHOWN_REASONS = 50
_LARGEST = 10
"""How many times its size a batch may grow for rows that belong together."""
_TOO_MANY_CELLS = _("This row has more cells than there are headings: a cell holds the separator without quotation marks.")


def work_on(run_id: int) -> None:
    """Do what the run is waiting for. Nothing happens when another worker has it, or when it waits for nothing."""
    with Pulse(run_id) as pulse:
        try:
            _work(run_id, pulse)
        except Stopped:
            _end(run_id, pulse, stopped=True)
        except Unreadable as unreadable:
            _end(run_id, pulse, failure=unreadable.message)
        except PermissionDenied:
            _end(run_id, pulse, failure=_("You may not import any more; nothing was written."))
        except IntegrityError as clash:
            logger.warning("import %s met a change made at the same time: %s", run_id, getattr(clash.__cause__, "sqlstate", ""))
            _end(run_id, pulse, failure=_meanwhile(run_id))
        except Exception as failure:
            # Where it failed, but not with what: the message of a database error quotes the row, and rows are about people.
            where = "".join(traceback.format_tb(failure.__traceback__))
            logger.error("import %s failed with %s\n%s", run_id, type(failure).__name__, where)
            _end(run_id, pulse, failure=_("This did not work, and the fault is ours; nothing was written. Tell your administrator."))


def _work(run_id: int, pulse: Pulse) -> None:
    with transaction.atomic():
        if not _lock(run_id):
            return
        run = ImportRun.objects.select_related("created_by", "undone_by").filter(pk=run_id).first()
        kind = kind_named(run.kind) if run is not None else None
        if run is None or kind is None or not run.working:
            return
        if run.attempts >= MOST_ATTEMPTS:
            raise Unreadable("attempts", _("The worker died three times over this file; nothing was written. Tell your administrator."))
        actor = run.undone_by if run.state == ImportRun.State.UNDOING and run.undone_by else run.created_by
        pulse.start()
        with translation.override(actor.language), pghistory.context(user=actor.pk, imported=run.pk):
            if run.state == ImportRun.State.UNDOING:
                _undo(run, kind, pulse)
            else:
                _import(run, kind, pulse)


def _meanwhile(run_id: int) -> str | Promise:
    run = ImportRun.objects.filter(pk=run_id).first()
    kind = kind_named(run.kind) if run is not None else None
    return kind.meanwhile if kind is not None else ""


def _lock(number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCKS, number])
        return bool(cursor.fetchone()[0])


def _lock_writing(pulse: Pulse) -> None:
    """One run writes at a time: two of the same file would not see each other's clients."""
    while not _lock(0):
        pulse.progress = {"waits": True}
        pulse.check()
        time.sleep(0.5)


def is_worked_on(run_id: int) -> bool:
    """Whether a living worker has the run."""
    with transaction.atomic():
        return not _lock(run_id)


@dataclass
class Tally:
    """The figures of a run while it goes on."""

    table: Table
    labels: dict[str, str]
    read: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def count(self, row: RowInHand) -> None:
        self.read += 1
        self.outcomes[row.outcome] += 1
        self.reasons.update(list(dict.fromkeys((error.field, error.code, str(error.message)) for error in row.errors)))

    def figures(self) -> dict[str, Any]:
        found = {outcome.value: self.outcomes[outcome] for outcome in Outcome}
        reasons = [
            [self.labels.get(name, name), code, message, rows] for (name, code, message), rows in self.reasons.most_common(_SHOWN_REASONS)
        ]
        return {"read": self.read, "share": min(99, int(self.table.share * 100)), "reasons": reasons, "waits": False, **found}


def _import(run: ImportRun, kind: ImportKind, pulse: Pulse) -> None:
    writes = run.state == ImportRun.State.WRITING
    table = open_table(Path(run.file.path), Choice(run.encoding, run.delimiter, run.sheet, run.header_row))
    if table.header != run.header:
        raise Unreadable("header", _("The file is not the one that was mapped; upload it again."))
    labels = {one.name: one.long_label for one in kind.fields()}
    tally = Tally(table, labels)
    errors = ErrorFile(storing.new_path(table.format), labels, file_format=table.format, delimiter=table.delimiter, header=table.header)
    try:
        if writes:
            _lock_writing(pulse)
        session = kind.session(_job(run, writes))
        for batch in _read_ahead(table, session, reader(kind, run.header, run.mapping)):
            pulse.check()
            session.judge(batch)
            if writes:
                _write(run, session, batch)
            for row in batch:
                tally.count(row)
                if row.outcome is Outcome.REFUSED:
                    errors.add(row)
            pulse.progress = tally.figures()
        pulse.check()
        _count_anew()
        has_errors = errors.close()
        pulse.end()
        _finish(run, tally, session, errors.path if has_errors else None)
    except BaseException:
        errors.drop()
        raise


def _job(run: ImportRun, writes: bool) -> Job:
    return Job(
        run_id=run.pk,
        user=run.created_by,
        mapping=run.mapping,
        defaults=run.defaults,
        match=run.match,
        add_missing=frozenset(run.add_missing),
        allow_duplicates=run.allow_duplicates,
        writes=writes,
        now=timezone.now(),
    )


def _write(run: ImportRun, session: Session, batch: list[RowInHand]) -> None:
    accepted = [row for row in batch if row.outcome in (Outcome.NEW, Outcome.CHANGED)]
    trail = [
        (run.pk, one.row, one.object_id, one.version, None if one.before is None else as_json(one.before), as_json(one.parts))
        for one in session.write(accepted)
    ]
    copy_in(ImportedRow, ["run_id", "row", "object_id", "version", "before", "parts"], trail)


def _count_anew() -> None:
    """Let the planner know how many rows there are now: references are checked when the transaction ends, and what follows an
    import reads all that it wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seraph_count_anew()")


def _finish(run: ImportRun, tally: Tally, session: Session, errors: Path | None) -> None:
    """Write down how it ended, in the same transaction as what it did."""
    now = timezone.now()
    old = run.error_file.name
    for name, value in tally.figures().items():
        setattr(run, name, value)
    run.rows, run.share, run.attempts, run.stop_asked_at = tally.read, 100, 0, None
    run.missing = {name: dict(names) for name, names in session.missing.items() if names}
    run.error_file = storing.name_of(errors) if errors else ""
    run.failure, run.worked_at, run.finished_at, run.seen_at = "", now, now, None
    run.state = ImportRun.State.DONE if run.state == ImportRun.State.WRITING else ImportRun.State.TRIED
    run.save()
    if old:
        transaction.on_commit(lambda: storing.remove(old))


def _undo(run: ImportRun, kind: ImportKind, pulse: Pulse) -> None:
    _lock_writing(pulse)
    now = timezone.now()
    assert run.undone_by is not None
    run.undone = kind.undo(run.pk, run.undone_by, now)
    run.kept = kind.rows_in(run.trail.all())
    _count_anew()
    pulse.check()
    pulse.end()
    run.state, run.share, run.attempts, run.stop_asked_at = ImportRun.State.UNDONE, 100, 0, None
    run.undone_at, run.worked_at, run.finished_at, run.waits = now, now, now, False
    run.save()


def _end(run_id: int, pulse: Pulse, *, stopped: bool = False, failure: str | Promise = "") -> None:
    """Write down that it ended without doing anything: back to where it was, or failed."""
    pulse.end()
    with transaction.atomic():
        run = ImportRun.objects.select_for_update(of=("self",)).select_related("created_by").filter(pk=run_id).first()
        if run is None or not run.working:
            return
        now = timezone.now()
        states = ImportRun.State
        if run.state == states.UNDOING:
            run.state, run.undone_by = states.DONE, None
        elif stopped:
            run.state = states.UPLOADED if run.state == states.TRYING else states.STOPPED
        else:
            run.state = states.FAILED
        if run.state != states.DONE:
            run.added = run.changed = run.unchanged = run.refused = run.read = run.share = 0
            run.reasons, run.missing = [], {}
        with translation.override(run.created_by.language):
            run.failure = str(failure)
        run.attempts, run.stop_asked_at, run.waits = 0, None, False
        run.worked_at = run.finished_at = now
        run.save()


def _read_each(table: Table, session: Session, cells: Any) -> Iterator[RowInHand]:
    for row in table.rows():
        in_hand = RowInHand(row.number, row.cells, row.beyond, cells(row))
        if row.beyond:
            in_hand.refuse(RowError("", "cells", _TOO_MANY_CELLS))
        session.read(in_hand)
        yield in_hand


def _batches(rows: Iterator[RowInHand], session: Session) -> Iterator[list[RowInHand]]:
    size = session.rows_at_once
    batch: list[RowInHand] = []
    for row in rows:
        if len(batch) >= size and (len(batch) >= size * _LARGEST or not session.belong_together(row, batch[-1])):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _read_ahead(table: Table, session: Session, cells: Any) -> Iterator[list[RowInHand]]:
    """Yield batches of rows that another thread reads, while this one waits for the database."""
    ready: queue.Queue[list[RowInHand] | BaseException | None] = queue.Queue(_AHEAD)
    over = threading.Event()
    language = translation.get_language()

    def put(item: list[RowInHand] | BaseException | None) -> None:
        while not over.is_set():
            try:
                return ready.put(item, timeout=0.2)
            except queue.Full:
                continue

    def read() -> None:
        try:
            translation.activate(language or "en")
            for batch in _batches(_read_each(table, session, cells), session):
                put(batch)
                if over.is_set():
                    return
            put(None)
        except BaseException as failure:  # the other thread raises it
            put(failure)
        finally:
            connections.close_all()

    thread = threading.Thread(target=read, name="import-reader", daemon=True)
    thread.start()
    patience = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        over.set()
        thread.join()
        sys.setswitchinterval(patience)
