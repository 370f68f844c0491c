"""Makes the demo company, or more of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import batched

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Company
from clients.models import Client
from crm.demo.company import NAME, set_up
from crm.demo.drafts import ZONE, draft_client, own_id
from crm.demo.reminding import promise
from crm.demo.selling import sell
from crm.demo.turning import turn_round
from crm.demo.weeks import show_weeks
from crm.demo.writing import write_drafts

CHUNK = 2_000
_LOCK = 0x5E7AD  # of the database: of two runs at once the second waits and finds the work done


class AnotherCompany(Exception):
    """The registry belongs to a real company."""


def make_demo(
    *, clients: int = 2_000, seed: int = 1, now: datetime | None = None, anyway: bool = False, progress: Callable[[int], None] | None = None
) -> int:
    """See that the clients 1 to `clients` of `seed` are in the registry; return how many came.

    Each chunk is one transaction (the first one with company and people), so a killed run leaves whole chunks and the
    next goes on from there; what data quality showed in the weeks before, what the managers have promised,
    the ledger and its turnaround cases come last.
    Raises `AnotherCompany` where the registry is not the demo company's, unless `anyway`.
    """
    company = Company.objects.first()
    if company is not None and company.name != NAME and not anyway:
        raise AnotherCompany(company.name)
    now = now or timezone.now()
    today = now.astimezone(ZONE).date()
    made = 0
    for numbers in batched(range(1, clients + 1), CHUNK, strict=False):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            people = set_up()
            ids = {own_id(seed, number): number for number in numbers}
            for known in Client.objects.filter(external_id__in=list(ids)).values_list("external_id", flat=True):
                del ids[known]
            made += write_drafts([draft_client(seed, number, today) for number in ids.values()], people)
        if progress:
            progress(numbers[-1])
    if company is None or company.name == NAME:  # a real one has no made-up past
        promise(seed=seed, now=now)
        sell(seed=seed, now=now)
        turn_round(now=now)
        show_weeks(seed=seed, now=now)  # what is counted today is without the client that a case has archived
    return made
