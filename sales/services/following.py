"""What follows a posting: the roll-up of its client at once, the rest in the background."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from django.db import DatabaseError, transaction

from clients.waking import wake_soon
from sales import rollup

logger = logging.getLogger(__name__)


def follow(client_ids: Iterable[int | None] = ()) -> None:
    """After this transaction, work out the marked months of `client_ids` in this very process, so that whoever posted sees
    the client current and its figures right; and wake the worker for whatever else is marked.

    Where another refresher is at work, that one, or the worker after it, does it a moment later.
    """
    from sales.tasks import refresh

    clients = sorted({client_id for client_id in client_ids if client_id is not None})
    if clients:
        transaction.on_commit(partial(_refresh, clients))
    wake_soon(refresh)


def _refresh(client_ids: list[int]) -> None:
    try:
        rollup.refresh(clients=client_ids)
    except DatabaseError:  # what was posted stands; the marks do too
        logger.exception("the roll-up could not be worked out at once")
