"""What people say of pairs, and from which likeness pairs are shown and may be merged in bulk."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError, Merged
from clients.models import Client, DuplicatePair, DuplicateSettings, PairState
from clients.models.criteria import RuleAction
from clients.services.acting import acting
from clients.services.history import note_change
from clients.services.preparing import refuse

LEAST = 50


@acting
def set_apart(*, user: User, pair_id: int, now: datetime | None = None) -> DuplicatePair:
    """Say that a pair is two clients: no search asks again. Whoever may change one of the two may say so.

    Raises `Merged` when they were merged meanwhile, `DuplicatePair.DoesNotExist`, `PermissionDenied`.
    """
    pair = _lock_pair(user, pair_id)
    if pair.state == PairState.OPEN:
        pair.state, pair.decided_at, pair.decided_by = PairState.TWO_CLIENTS, now or timezone.now(), user
        pair.save(update_fields=["state", "decided_at", "decided_by"])
    return pair


@acting
def rejoin(*, user: User, pair_id: int) -> DuplicatePair:
    """Undo `set_apart`: the pair is to be looked at again. Raises as `set_apart` does."""
    pair = _lock_pair(user, pair_id)
    if pair.state == PairState.TWO_CLIENTS:
        pair.state, pair.decided_at, pair.decided_by = PairState.OPEN, None, None
        pair.save(update_fields=["state", "decided_at", "decided_by"])
    return pair


def _lock_pair(user: User, pair_id: int) -> DuplicatePair:
    visible = Client.objects.visible_to(user)
    seen = DuplicatePair.objects.filter(first__in=visible, second__in=visible)
    pair = seen.select_for_update(of=("self",)).select_related("first__merged_into", "second__merged_into").get(pk=pair_id)
    if not Client.objects.editable_by(user).filter(pk__in=(pair.first_id, pair.second_id)).exists():
        raise PermissionDenied
    for client in (pair.first, pair.second):
        if client.merged_into is not None:
            raise Merged(client, client.merged_into)
    return pair


@acting
def change_duplicate_settings(*, user: User, review_from: int, bulk_from: int) -> DuplicateSettings:
    """Say from which likeness pairs are shown, and from which they may be merged many at once (both in %).

    Raises `PermissionDenied` unless `user` holds clients.set_duplicates, `Refused`.
    """
    if not user.has_perm("clients.set_duplicates"):
        raise PermissionDenied
    errors = []
    if not LEAST <= review_from <= 100:
        errors.append(FieldError("review_from", "range", _("Choose a likeness from 50 to 100 %.")))
    if not review_from <= bulk_from <= 100:
        errors.append(FieldError("bulk_from", "range", _("Clear pairs are at least as alike as those that are shown, and at most 100 %.")))
    refuse(errors)
    before = DuplicateSettings.current()
    after = DuplicateSettings(pk=1, review_from=review_from, bulk_from=bulk_from)
    changes = [
        [name, getattr(before, name), getattr(after, name)]
        for name in ("review_from", "bulk_from")
        if getattr(before, name) != getattr(after, name)
    ]
    if changes:
        after.save()
        note_change(user, RuleAction.CHANGED, "duplicates", 1, "duplicates", changes=changes)
    return after
