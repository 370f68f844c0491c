"""Waking the background: what is to be done stands in the database, so a broker that is away loses nothing."""

from __future__ import annotations

from typing import Any

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerDown

logger = structlog.get_logger(__name__)


def wake_soon(task: Task[Any, Any], *arguments: Any, **named: Any) -> None:
    """Have `task` run after this transaction. Does not fail: the next tick finds whatever is left undone."""
    transaction.on_commit(lambda: _wake(task, *arguments, **named))


def _wake(task: Task[Any, Any], *arguments: Any, **named: Any) -> None:
    try:
        task.delay(*arguments, **named)
    except BrokerDown:
        logger.warning("broker does not answer; the next tick does it", task=task.name)
