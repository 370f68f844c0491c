"""Entering a client that may be here already: who is asked about, and what is kept of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from accounts.models import User
from clients.alike import Alike, clients_alike
from clients.duplicates.reasons import Reason
from clients.errors import MayBeDuplicate
from clients.models import DuplicatePair
from clients.services.preparing import PreparedClient, Values

LONGEST_REASON = 300


class Entered(NamedTuple):
    """A new client, and one that was there and looks like it."""

    new: int
    known: int
    score: int
    reasons: list[Reason]


def ask_about_alike(*, user: User, prepared: PreparedClient, because: str) -> list[Alike]:
    """Return the clients that a new one may be; raises `MayBeDuplicate` with them when nobody says why it is another.

    Two people may enter one client at the same moment: the second waits here until the first is done, and then finds
    it. That holds for what is written alike (see `_known_by`); whom two spellings name is found by the search for pairs.
    """
    _wait_for_others(prepared.values)
    candidates = clients_alike(user, prepared.values, prepared.contacts)
    if candidates and not because:
        raise MayBeDuplicate(candidates)
    return candidates


def keep_apart(*, user: User, entered: Iterable[Entered], because: str, now: datetime) -> None:
    """Note that new clients are others than those which they look like, and why; no search asks about them again."""
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(
                first_id=one.known,  # ids rise: what was there has the lower one
                second_id=one.new,
                score=one.score,
                reasons=[list(reason) for reason in one.reasons],
                state=DuplicatePair.State.TWO_CLIENTS,
                decided_at=now,
                decided_by=user,
                reason=because,
            )
            for one in entered
        ],
        batch_size=1000,
    )


def _wait_for_others(values: Values) -> None:
    """Let nobody else enter, until this transaction ends, what is known by the same."""
    # Everybody takes the locks in one order, so nobody waits for somebody who waits for them.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('clients.entering ' || key, 0)) FROM unnest(%s::text[]) AS key",
            [sorted(_known_by(values))],
        )


def _known_by(values: Values) -> set[str]:
    """What a client is known by: tax number, phones, e-mails, and the words of its name."""
    known = {f"tax number {values['tax_number'].upper()}"} if values.get("tax_number") else set()
    known |= {f"phone {phone}" for phone in values.get("phones", ())} | {f"mail {mail.lower()}" for mail in values.get("emails", ())}
    words = sorted(re.findall(r"\w+", values.get("full_name", "").casefold()))
    return known | ({f"name {' '.join(words)}"} if words else set())
