"""Writing lines of the audit, each in the transaction of what it tells of."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from django.db import connection
from django.db.models import Model

from accounts.models import AuditEntry, User

FORGET_ADDRESSES = "SELECT seraph_forget_addresses(%s)"


def note(action: str, *, by: Any, about: Model | None = None, **details: Any) -> AuditEntry:
    """Write that `by` did `action` to `about`, from the address of the request that is being answered, if one is.

    `by` may be somebody who has not signed in. `details` must hold no words of clients: the line can't be erased.
    """
    return AuditEntry.objects.create(
        by=by if isinstance(by, User) else None,
        action=action,
        about=str(about._meta.model_name) if about is not None else "",
        object_id=about.pk if about is not None else None,
        details=details,
        ip=get_adapter().get_client_ip(context.request) if context.request else None,
    )


def forget_addresses(*, months: int) -> None:
    """Take the addresses off the lines that are older than so many months; the only change that a line ever sees."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET_ADDRESSES, [months])
