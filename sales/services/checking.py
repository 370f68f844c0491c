"""The nightly check of the roll-up, the alarm that it raises, and what else the ledger does at night."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import Company, zone_named
from sales import rollup
from sales.checking_banner import forget_check
from sales.models import LedgerCheck
from sales.services.lifecycles import turn_former

logger = logging.getLogger(__name__)

NIGHT_ENDS = 5
"""The hour of the company's clock before which it is night."""
_ONCE, _AT_LATEST = timedelta(hours=20), timedelta(hours=30)


def do_nights_work(*, now: datetime | None = None) -> bool:
    """Turn silent clients former and check the roll-up, once a night; return whether this run did it.

    Called every quarter of an hour, in any number of places: one takes the night. A night in which nothing ran is made up
    for by day.
    """
    now = now or timezone.now()
    is_night = now.astimezone(zone_named(Company.current().time_zone)).hour < NIGHT_ENDS
    LedgerCheck.objects.get_or_create(pk=1, defaults={"checked_at": now - _AT_LATEST})
    due = Q(checked_at__lte=now - _AT_LATEST) | (Q(checked_at__lte=now - _ONCE) if is_night else Q(pk__in=[]))
    if not LedgerCheck.objects.filter(due, pk=1).update(checked_at=now):
        return False
    turn_former()
    check_rollup(now=now)
    return True


def check_rollup(*, now: datetime | None = None, sample: int = 1_000) -> list[rollup.Difference]:
    """Compare the roll-up with the documents, note how it ended, and have what differed worked out anew at once.

    A difference is an error in the log, stands in the metrics, and above every page of administrators until the next check
    finds all in order: what was mended had a reason.
    """
    now = now or timezone.now()
    found = rollup.check(sample=sample)
    told = {"checked_at": now, "differences": len(found), "first_month": min((one.month for one in found), default=None)}
    LedgerCheck.objects.update_or_create(pk=1, defaults=told)
    forget_check()
    if found:
        logger.error("the roll-up of the ledger differed from the documents in %s figures; it is worked out anew", len(found))
        rollup.refresh_all()
    return found
