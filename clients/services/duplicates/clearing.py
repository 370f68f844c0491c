"""Clear pairs, merged many at once: each pair is a transaction of its own, so what was done stays done.

What is still open is what remains to be done: a merging that a dead worker left is simply taken up again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from clients.errors import FieldError, Merged, Refused
from clients.models import ClearMerging, Client, DuplicatePair, DuplicateSettings
from clients.querysets import DuplicatePairQuerySet
from clients.services.acting import acting
from clients.services.duplicates.choices import suggested_survivor
from clients.services.duplicates.merging import merge_clients
from clients.waking import wake_soon

SILENT = timedelta(minutes=2)
"""After this long without a sign of life a merging is taken up by another worker."""


def clear_pairs() -> DuplicatePairQuerySet:
    """Return the pairs that are alike enough to be merged without a look at each, the most alike first."""
    return DuplicatePair.objects.to_look_at(DuplicateSettings.current().bulk_from).most_alike_first()


def merge_clear_pairs(*, user: User, pair_ids: Iterable[int] | None = None) -> ClearMerging:
    """Have clear pairs (all, or those of `pair_ids` that are) merged in the background, each as suggested; return the row
    that tells how far it is.

    A pair is left, with its reason, where the outcome would break the entry criteria or somebody merged one of the two
    meanwhile. Raises `PermissionDenied` unless `user` holds clients.set_duplicates, `Refused` while another one runs.
    """
    if not user.has_perm("clients.set_duplicates"):
        raise PermissionDenied
    merging = _begin(user=user, pair_ids=None if pair_ids is None else sorted(set(pair_ids)))
    _wake(merging)
    return merging


@acting
def _begin(*, user: User, pair_ids: list[int] | None) -> ClearMerging:
    pairs = _among(clear_pairs(), pair_ids)
    upto = pairs.aggregate(upto=Max("pk"))["upto"] or 0
    try:
        with transaction.atomic():
            return ClearMerging.objects.create(
                by=user, score_from=DuplicateSettings.current().bulk_from, pair_ids=pair_ids, upto=upto, total=pairs.count()
            )
    except IntegrityError:
        raise Refused([FieldError("", "running", _("Clear pairs are being merged already."))]) from None


def _among(pairs: DuplicatePairQuerySet, pair_ids: list[int] | None) -> DuplicatePairQuerySet:
    return pairs if pair_ids is None else pairs.filter(pk__in=pair_ids)


def _wake(merging: ClearMerging) -> None:
    from clients.tasks import merge_clear_pairs as task

    wake_soon(task, merging.pk)


def carry_on(merging_id: int, *, now: datetime | None = None) -> ClearMerging | None:
    """Merge what is left of a merging, pair by pair; None if it is finished or another worker has it."""
    merging = _claim(merging_id, now or timezone.now())
    if merging is None:
        return None
    with override(merging.by.language or None):
        while (pair := _next(merging)) is not None:
            _merge(merging, pair, now)
            merging.done += 1
            merging.worked_at = timezone.now()
            merging.save(update_fields=["done", "left", "worked_at"])
    merging.finished_at = now or timezone.now()
    merging.save(update_fields=["finished_at"])
    return merging


@transaction.atomic
def _claim(merging_id: int, now: datetime) -> ClearMerging | None:
    rows = ClearMerging.objects.select_for_update(of=("self",), skip_locked=True).select_related("by")
    merging = rows.filter(pk=merging_id, finished_at=None).first()
    if merging is None or (merging.worked_at is not None and now - merging.worked_at < SILENT):
        return None
    merging.worked_at = now
    merging.save(update_fields=["worked_at"])
    return merging


def _next(merging: ClearMerging) -> DuplicatePair | None:
    clear = _among(DuplicatePair.objects.to_look_at(merging.score_from).filter(pk__lte=merging.upto), merging.pair_ids).most_alike_first()
    return clear.exclude(pk__in=[int(pk) for pk in merging.left]).select_related("first", "second").first()


def _merge(merging: ClearMerging, pair: DuplicatePair, now: datetime | None) -> None:
    survivor = suggested_survivor(pair.first, pair.second)
    other = pair.second if survivor == pair.first else pair.first
    try:
        with transaction.atomic():
            merge = merge_clients(user=merging.by, survivor_id=survivor.pk, other_id=other.pk, now=now)
            merge.clear = merging
            merge.save(update_fields=["clear"])
    except Merged:
        merging.left[str(pair.pk)] = _("Somebody merged one of the two meanwhile.")
    except Refused as refused:
        merging.left[str(pair.pk)] = str(refused.errors[0].message)
    except (PermissionDenied, Client.DoesNotExist):  # whoever asked may no longer change them
        merging.left[str(pair.pk)] = _("You may not change this client.")


def take_up_forsaken(now: datetime | None = None) -> int:
    """Wake workers for mergings that a dead worker left, or that the broker lost. Called by the minute's tick."""
    now = now or timezone.now()
    forsaken = [one for one in ClearMerging.objects.filter(finished_at=None) if now - (one.worked_at or one.created_at) >= SILENT]
    for merging in forsaken:
        _wake(merging)
    return len(forsaken)
