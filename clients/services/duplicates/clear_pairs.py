"""Clear pairs, merged many at once: each pair is a transaction of its own, so what was done stays done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from accounts.models import User
from clients.errors import Refused
from clients.models import Client, DuplicatePair, DuplicateSettings, PairState
from clients.services.duplicates.choices import suggested_survivor
from clients.services.duplicates.merging import merge_clients


@dataclass
class ClearOutcome:
    """The merges that were made, by pair, and why pairs were left, in words."""

    merged: dict[int, int] = field(default_factory=dict)
    left: dict[int, str] = field(default_factory=dict)


def clear_pairs_of(user: User) -> QuerySet[DuplicatePair]:
    """Return the open pairs that are alike enough to be merged without a look at each, the most alike first."""
    return DuplicatePair.objects.filter(state=PairState.OPEN, score__gte=DuplicateSettings.current().bulk_from).order_by("-score", "pk")


def merge_clear_pairs(
    *, user: User, pair_ids: Iterable[int] | None = None, now: datetime | None = None, told: Callable[[ClearOutcome], None] | None = None
) -> ClearOutcome:
    """Merge clear pairs (all, or those of `pair_ids` that are clear), each as suggested.

    What is left has its reason: it would break the entry criteria, is not the user's to change, was merged meanwhile.
    """
    if not user.has_perm("clients.set_duplicates"):
        raise PermissionDenied
    outcome = ClearOutcome()
    clear = clear_pairs_of(user)
    if pair_ids is not None:
        clear = clear.filter(pk__in=list(pair_ids))
    for pair in list(clear):
        try:
            one, other = (Client.objects.get(pk=pk) for pk in (pair.first_id, pair.second_id))
            survivor = suggested_survivor(one, other)
            merge = merge_clients(user=user, survivor_id=survivor.pk, other_id=(other if survivor == one else one).pk, now=now)
        except Refused as refused:
            outcome.left[pair.pk] = str(refused.errors[0].message)
        else:
            outcome.merged[pair.pk] = merge.pk
        if told:
            told(outcome)
    return outcome
