"""What takes longer than anybody waits is worked out by the worker. Its outcome lies in the cache, not in the database: it is
an answer to a question, and nobody's record."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import NamedTuple

import structlog
from django.core.cache import cache
from kombu.exceptions import OperationalError

from scoring.models import ProfitReport, ProfitSettings
from scoring.reports import is_quick
from scoring.whatif.pools import PoolChange, PoolOutcome, under

logger = structlog.get_logger(__name__)
_KEPT = 3600
"""Seconds that an outcome is kept; a report that is worked out anew has another key at once."""
_BUSY = 900
"""Seconds after which a worker that said nothing is taken for gone."""


class Answer(NamedTuple):
    """An outcome, or how far working it out is in % (None: it waits for its turn)."""

    outcome: PoolOutcome | None
    share: int | None = None


def answer(report: ProfitReport, change: PoolChange) -> Answer:
    """Return what `change` comes to: at once in a period that is worked out at once (scoring.reports.AT_ONCE), else from the
    worker, which is asked the first time."""
    from scoring.tasks import what_if

    if is_quick(report.first, report.end):
        return Answer(under(report, change))
    key = _key(report, change)
    kept = cache.get(key)
    if kept is not None and "outcome" in kept:
        return Answer(PoolOutcome.read(kept["outcome"]))
    if kept is None and cache.add(key, {"share": None}, _BUSY):
        try:
            what_if.apply_async((key, report.pk, change.pool, change.driver, str(change.percent)), expires=_BUSY)
        except OperationalError:
            cache.delete(key)  # whoever looks again asks again
            logger.warning("a what-if waits for the broker")
    return Answer(None, kept["share"] if kept else None)


def work(key: str, report_id: int, pool: str, driver: str, percent: str) -> None:
    """Work a what-if out and lay it into the cache under `key`; a report that is gone is asked for anew by whoever looks."""
    report = ProfitReport.objects.defer("figures").filter(pk=report_id).first()
    if report is None:
        cache.delete(key)
        return

    def note(part: int, parts: int) -> None:
        cache.set(key, {"share": 100 * part // parts}, _BUSY)

    try:
        outcome = under(report, PoolChange(pool, driver, Decimal(percent)), progress=note)
    except Exception:
        cache.delete(key)
        raise
    cache.set(key, {"outcome": outcome.as_dict()}, _KEPT)


def _key(report: ProfitReport, change: PoolChange) -> str:
    asked = (report.pk, report.worked_out_at, ProfitSettings.current().revision, change.pool.lower(), change.driver, change.percent)
    return f"whatif-{hashlib.sha256(repr(asked).encode()).hexdigest()}"
