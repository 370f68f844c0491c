"""How an import stands, in words and steps, for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from clients.imports.kinds import ImportKind
from clients.models import ImportRun

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from accounts.models import User

_STATES = ImportRun.State
_SILENT = timedelta(seconds=20)
_STEPS: tuple[tuple[str | Promise, str], ...] = (
    (gettext_lazy("File"), "upload"),
    (gettext_lazy("Columns"), "columns-3"),
    (pgettext_lazy("import", "Trial"), "list-check"),
    (gettext_lazy("Writing"), "rotate-clockwise"),
    (pgettext_lazy("import", "Done"), "flag"),
)
_AT = {
    _STATES.UPLOADED: 1,
    _STATES.TRYING: 2,
    _STATES.TRIED: 2,
    _STATES.FAILED: 2,
    _STATES.STOPPED: 2,
    _STATES.WRITING: 3,
    _STATES.DONE: 4,
    _STATES.UNDOING: 4,
    _STATES.UNDONE: 4,
}


@dataclass(frozen=True, slots=True)
class Step:
    label: str | Promise
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """Names that a reference list lacks."""

    field: str
    label: str | Promise
    names: list[tuple[str, int]]
    allowed: bool
    """Whether the user may have them added."""
    added: bool
    """Whether this run adds them."""


def steps(run: ImportRun) -> list[Step]:
    """Return the way of an import with the place where it stands."""
    at = _AT[_STATES(run.state)]
    return [Step(label, "check" if place < at else icon, place == at) for place, (label, icon) in enumerate(_STEPS)]


def time_left(run: ImportRun) -> str:
    """Return about how long it will take, once there is something to reckon with."""
    if not run.working or run.started_at is None or run.share < 3:
        return ""
    spent = (timezone.now() - run.started_at).total_seconds()
    left = spent / run.share * (100 - run.share)
    if left < 50:
        return _("less than a minute left")
    minutes = round(left / 60) or 1
    return ngettext("about %(count)s minute left", "about %(count)s minutes left", minutes) % {"count": minutes}


def is_silent(run: ImportRun) -> bool:
    """Whether a run that should be in work has given no sign for long."""
    seen = run.worked_at or run.started_at
    return run.working and seen is not None and timezone.now() - seen > _SILENT


def missing(run: ImportRun, kind: ImportKind, user: User) -> list[Missing]:
    """Return what the reference lists lack, most frequent names first."""
    allowed = kind.may_add(user)
    found = []
    for name, names in run.missing.items():
        field = kind.field(name)
        if names and field is not None:
            listed = sorted(names.items(), key=lambda item: (-item[1], item[0]))
            found.append(Missing(name, field.label, listed, name in allowed, name in run.add_missing))
    return found


def ended(run: ImportRun) -> str:
    """Return in one sentence how it ended."""
    if run.state == _STATES.TRIED:
        return _("The trial of %(file)s is finished.") % {"file": run.file_name}
    if run.state == _STATES.DONE:
        return _("%(file)s is imported.") % {"file": run.file_name}
    if run.state == _STATES.UNDONE:
        return _("%(file)s is undone.") % {"file": run.file_name}
    return _("%(file)s was not imported.") % {"file": run.file_name}


def ended_unseen(user: AbstractBaseUser) -> int | None:
    """Return how many imports of `user` ended while they looked elsewhere: the mark at Import in the navigation."""
    return ImportRun.objects.filter(created_by=user.pk, seen_at=None, finished_at__isnull=False).count() or None
