"""The search of the whole base for clients that are entered twice, and of what has changed since.

One row (`DuplicateScan`) says by what the base is compared and how far that has come; each step is one transaction, so
a search that was killed goes on where it stopped. First the keys of every client are written, then each client is
compared with those of a lower id that share one. Clients that change meanwhile and ever after are marked by triggers
(`marks`), and every step begins with them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from clients.duplicates import words
from clients.duplicates.keys import Meeting
from clients.duplicates.loading import load
from clients.duplicates.pairs import alike_pairs, keep_pairs, write_keys
from clients.models import Client, DuplicateMark, DuplicateScan, DuplicateSettings

logger = structlog.get_logger(__name__)

ENGINE = "1"
"""Raise it when clients are compared in another way: the base is then searched again after the upgrade."""
CHUNK = 2_000
_LOCK_TIMEOUT = "300ms"
"""The search gives way: it waits less than PostgreSQL's deadlock check (1 s), so that it is never a user's save that is cancelled."""
_MOST_REFUSALS = 20
_LEAST_TO_COUNT = 1_000
_LEAST_SHARED = 50

Progress = Callable[[DuplicateScan], None]


def search(*, chunk: int = CHUNK, progress: Progress | None = None) -> DuplicateScan:
    """Compare whatever is to be compared: the whole base where that is not done yet, and every client that has changed.

    May be started any number of times, by any number of workers: one works, the others leave.
    """
    refusals = 0
    while True:
        try:
            with transaction.atomic():
                run = _claimed()
                if run is None:
                    return DuplicateScan.objects.get(pk=1)
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = %s", [_LOCK_TIMEOUT])
                if not _step(run, chunk):
                    return run
        except OperationalError as refused:
            logger.info("search for duplicates waits for a lock", reason=type(refused.__cause__).__name__)
            refusals += 1
            if refusals == _MOST_REFUSALS:
                return DuplicateScan.objects.get(pk=1)  # the next minute's tick goes on
            time.sleep(0.5)  # somebody holds a client: let them finish
            continue
        if progress:
            progress(run)


def forget_search() -> None:
    """Have the next search go through the whole base; what people decided of pairs stands."""
    DuplicateScan.objects.bulk_create([DuplicateScan(pk=1)], ignore_conflicts=True)
    DuplicateScan.objects.filter(pk=1).update(basis="", finished_at=None)


def basis_of(settings: DuplicateSettings) -> str:
    """Return what the base is compared by."""
    return f"{ENGINE} {settings.review_from}"


def _claimed() -> DuplicateScan | None:
    DuplicateScan.objects.bulk_create([DuplicateScan(pk=1)], ignore_conflicts=True)
    return DuplicateScan.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def _step(run: DuplicateScan, chunk: int) -> bool:
    """Do the next piece of work; return whether there was any."""
    least = DuplicateSettings.current()
    if run.basis != basis_of(least):
        _begin(run, basis_of(least))
        return True
    meeting = Meeting.in_registry_of(run.total // 2)
    if changed := _take_marks(chunk):
        loaded = load(changed, run.words)
        write_keys(loaded.parts, changed)
        found = alike_pairs(changed, both=True, meeting=meeting, common=run.words, least=least.review_from)
        keep_pairs(changed, found, both=True)
        return True
    if run.finished_at is not None:
        return False
    ids = list(Client.objects.filter(pk__gt=run.position).order_by("pk").values_list("pk", flat=True)[:chunk])
    if not ids:
        _end_stage(run)
        return True
    if run.stage == DuplicateScan.Stage.KEYS:
        write_keys(load(ids, run.words).parts, ids)
    else:
        found = alike_pairs(ids, both=False, meeting=meeting, common=run.words, least=least.review_from)
        keep_pairs(ids, found, both=False)
        run.found += len(found)
    run.position, run.done = ids[-1], run.done + len(ids)
    run.total = max(run.total, run.done)
    run.save(update_fields=["position", "done", "found", "total"])
    return True


def _begin(run: DuplicateScan, basis: str) -> None:
    DuplicateMark.objects.all().delete()  # the whole base is read after this
    clients = Client.objects.count()
    run.basis, run.stage, run.position, run.done, run.found = basis, DuplicateScan.Stage.KEYS, 0, 0, 0
    run.total, run.words = 2 * clients, _common_words(clients)
    run.started_at, run.finished_at = timezone.now(), None
    run.save()
    logger.info("search for duplicates begins", clients=clients, basis=basis)


def _end_stage(run: DuplicateScan) -> None:
    if run.stage == DuplicateScan.Stage.KEYS:
        run.stage, run.position = DuplicateScan.Stage.PAIRS, 0
    else:
        run.finished_at, run.total = timezone.now(), run.done
        logger.info("search for duplicates is through", clients=run.done // 2, pairs=run.found)
    run.save(update_fields=["stage", "position", "finished_at", "total"])


# Claims clients to be compared anew. Two marks of one client may be told in two rounds; that costs time alone.
_TAKE = """
DELETE FROM clients_duplicatemark
WHERE id IN (SELECT id FROM clients_duplicatemark ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING client_id
"""


def _take_marks(most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [most])
        return sorted({client_id for (client_id,) in cursor.fetchall()})


# How many clients have each word in their name: one pass over the base.
_COUNT_WORDS = """
SELECT word, count(*) FROM (
  SELECT unnest(string_to_array(core_name, ' ')) AS word FROM clients_client WHERE erased_at IS NULL AND merged_into_id IS NULL
) AS words
WHERE word <> '' GROUP BY word HAVING count(*) >= %s ORDER BY count(*) DESC LIMIT 2000
"""


def _common_words(clients: int) -> dict[str, Any]:
    """Return the words that are common in this registry, with log2(clients / clients that have it)."""
    if clients < _LEAST_TO_COUNT:
        return {}
    common: dict[str, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_WORDS, [max(_LEAST_SHARED, clients // 5_000)])
        for word, count in cursor.fetchall():
            bits = round(math.log2(clients / count), 1)
            for one in words.COMPOUND.get(word, (words.CANON.get(word, word),)):
                common[one] = min(bits, common.get(one, bits))
    return common
