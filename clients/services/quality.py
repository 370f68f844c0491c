"""What management says about data quality, and asking for a count before the night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from clients.models import QualityRun, QualitySettings
from clients.models.criteria import RuleAction
from clients.services.acting import acting
from clients.services.history import note_change
from clients.waking import wake_soon

KIND = "quality"


@acting
def ask_for_snapshot(*, user: User, now: datetime | None = None) -> None:
    """Have the snapshot of today taken (anew) in the background."""
    from clients.quality.tasks import work

    if not user.has_perm("clients.see_quality"):
        raise PermissionDenied
    QualityRun.objects.bulk_create([QualityRun(pk=1)], ignore_conflicts=True)
    QualityRun.objects.filter(pk=1).update(asked_at=now or timezone.now())
    wake_soon(work)


@acting
def change_quality_settings(*, user: User, values: Mapping[str, Any], wants_digest: bool) -> QualitySettings:
    """Keep what counts as late and as quiet, the standard, and whether there is a weekly mail; and whether `user` wants it."""
    if not user.has_perm("clients.set_quality"):
        raise PermissionDenied
    kept, _made = QualitySettings.objects.select_for_update().get_or_create(pk=1)
    changes = [[name, getattr(kept, name), value] for name, value in values.items() if getattr(kept, name) != value]
    for name, _old, value in changes:
        setattr(kept, name, value)
    if changes:
        kept.save(update_fields=[name for name, _old, _value in changes])
        note_change(user, RuleAction.CHANGED, KIND, None, KIND, changes=changes)
    if wants_digest:
        kept.declined.remove(user)
    else:
        kept.declined.add(user)
    return kept
