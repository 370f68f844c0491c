"""Who acts: history names the user that a service was called for, whatever called it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pghistory
from django.db import transaction


def acting[**P, R](service: Callable[P, R]) -> Callable[P, R]:
    """Run a service (keyword `user`) in one transaction, with the history of what it changes in that user's name.

    The middleware knows the user of a session only; tasks, commands and API tokens reach history through this.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        user: Any = kwargs["user"]
        with pghistory.context(user=user.pk), transaction.atomic():
            return service(*args, **kwargs)

    return run
