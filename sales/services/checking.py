"""The nightly check of the roll-up, and the alarm that it raises."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from clients.services.acting import acting
from sales import rollup
from sales.models import LedgerCheck
from sales.services.settings import may_set_ledger

logger = logging.getLogger(__name__)


def check_rollup(*, now: datetime | None = None, sample: int = 1_000) -> list[rollup.Difference]:
    """Compare the roll-up with the documents, note how it ended, and have what differed worked out anew at once.

    The alarm stands until somebody has looked (`look_at_check`): what went wrong once has a reason, though it is mended.
    """
    now = now or timezone.now()
    found = rollup.check(sample=sample)
    last = LedgerCheck.objects.filter(pk=1).first() or LedgerCheck(checked_at=now)
    last.checked_at = now
    if found:
        logger.error("the roll-up of the ledger differed from the documents in %s figures; it is worked out anew", len(found))
        last.differences += len(found)
        last.first_month = min([one.month for one in found] + ([last.first_month] if last.first_month else []))
    last.save()
    if found:
        rollup.refresh_all()
    return found


@acting
def look_at_check(*, user: User) -> None:
    """Take the alarm down: somebody knows. Raises `PermissionDenied`."""
    may_set_ledger(user)
    LedgerCheck.objects.filter(pk=1).update(differences=0, first_month=None)
