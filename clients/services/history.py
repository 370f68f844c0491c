"""The history of rules: one line for each change of criteria, custom fields, reference lists and the target profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from clients.models import RuleChange


def note_change(
    user: User | None, action: str, kind: str, object_id: int | None, name: str, *, changes: Sequence[Sequence[Any]] = ()
) -> RuleChange:
    """Write one line of the history: who did what to which rule; `changes` are [field, old, new] as kept."""
    return RuleChange.objects.create(
        by=user, action=action, kind=kind, object_id=object_id, name=str(name)[:200], changes=[list(change) for change in changes]
    )
