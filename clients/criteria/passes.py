"""Passes over the whole base: after the rules changed, and each night, when facts grow old and waivers end.

One row (`StandingPass`) says by which criteria of which day the base was worked out and how far the pass has come, so
a pass that was killed goes on where it stopped, and a pass that nobody has to make costs one query.
"""

from __future__ import annotations

import hashlib
import time

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from clients.criteria.rules import CriteriaSet, criteria_in_force
from clients.criteria.standing import refresh_standing, tally
from clients.models import Client, StandingPass
from clients.waking import wake_soon

logger = structlog.get_logger(__name__)

ENGINE = "2"
"""Raise it when the meaning of a fact changes: the base is then worked out again after the upgrade."""
CHUNK = 20_000
_SMALLEST = 200
_LOCK_TIMEOUT = "300ms"
"""A pass gives way: it waits less than PostgreSQL's deadlock check (1 s), so that it is never a user's save that is cancelled."""


def basis_of(criteria: CriteriaSet) -> str:
    """Return what the standing is worked out by: the day, the time zone and the criteria in force (they never change)."""
    ids = ",".join(str(rule.id) for rule in criteria.rules)
    return hashlib.sha256(f"{ENGINE} {criteria.as_of} {criteria.zone.key} {ids}".encode()).hexdigest()


def work_soon() -> None:
    """Wake the background after this transaction."""
    from clients.criteria.tasks import work

    wake_soon(work)


def recount_soon() -> None:
    """Have the registry counted anew in the background."""
    from clients.criteria.tasks import recount

    wake_soon(recount)


def settle_standing(*, chunk: int = CHUNK) -> StandingPass:
    """Work out how every client stands by the criteria in force today, unless that is done already.

    May be started any number of times, by any number of workers: one works, the others leave.
    """
    while True:
        criteria = criteria_in_force()
        with transaction.atomic():
            run = _claimed()
            if run is None:
                return StandingPass.objects.get(pk=1)
            basis = basis_of(criteria)
            if run.basis != basis:
                _begin(run, basis)
            if run.finished_at is not None:
                return run
            taken = _step(run, criteria, chunk)
        if taken == 0:
            _finish(criteria, basis)
            return StandingPass.objects.get(pk=1)
        chunk = min(CHUNK, chunk * 2) if taken else max(_SMALLEST, chunk // 4)
        if taken is None:
            time.sleep(0.5)  # somebody holds a row: let them finish, then go on in smaller steps


def _claimed() -> StandingPass | None:
    StandingPass.objects.bulk_create([StandingPass(pk=1)], ignore_conflicts=True)
    return StandingPass.objects.select_for_update(skip_locked=True).filter(pk=1).first()


def _begin(run: StandingPass, basis: str) -> None:
    run.basis, run.position, run.done, run.changed = basis, 0, 0, 0
    run.started_at, run.finished_at = timezone.now(), None
    run.total = Client.objects.filter(erased_at=None).count()
    run.save(update_fields=["basis", "position", "done", "changed", "started_at", "finished_at", "total"])


def _step(run: StandingPass, criteria: CriteriaSet, chunk: int) -> int | None:
    """Work out the next clients; return how many there were, None if somebody holds one of them locked."""
    ids = list(Client.objects.filter(pk__gt=run.position, erased_at=None).order_by("pk").values_list("pk", flat=True)[:chunk])
    if not ids:
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [_LOCK_TIMEOUT])
            changed = refresh_standing(between=(run.position, ids[-1]), criteria=criteria)
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as refused:
        logger.info("standing waits for a lock", clients=len(ids), reason=type(refused.__cause__).__name__)
        return None
    run.position, run.done, run.changed = ids[-1], run.done + len(ids), run.changed + changed
    run.save(update_fields=["position", "done", "changed"])
    return len(ids)


def _finish(criteria: CriteriaSet, basis: str) -> None:
    now = timezone.now()
    StandingPass.objects.filter(pk=1, basis=basis).update(finished_at=now)
    recount(criteria)
    logger.info("standing worked out", criteria=len(criteria.rules))


def recount(criteria: CriteriaSet | None = None) -> None:
    """Count anew, for each criterion in force, whom it asks and who falls short, and keep the figures with their time."""
    criteria = criteria or criteria_in_force()
    kept = tally(criteria)
    StandingPass.objects.bulk_create([StandingPass(pk=1)], ignore_conflicts=True)
    StandingPass.objects.filter(pk=1).update(
        tally={
            "criteria": {str(key): pair for key, pair in kept.criteria.items()},
            "custom_fields": {str(key): count for key, count in kept.custom_fields.items()},
            "clients": kept.clients,
            "completeness": kept.completeness,
        },
        tally_at=timezone.now(),
    )
