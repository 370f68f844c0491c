"""What a person (or the API, or the command) does with an import: bring a file, map it, have it tried, written, undone."""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from accounts.models import User
from clients.errors import FieldError, Refused
from clients.imports import mapping as mapping_of
from clients.imports import storing
from clients.imports.kinds import ImportKind, kind_named
from clients.imports.reading import Choice, Table, Unreadable, open_table
from clients.models import ImportProfile, ImportRun
from clients.models.imports import ImportState
from clients.services.entering import LONGEST_REASON
from clients.services.preparing import read_text

logger = logging.getLogger(__name__)
_SAMPLE = 50
States = ImportState
OPEN = (States.UPLOADED, States.TRIED, States.STOPPED, States.FAILED)
"""States in which nothing is written yet and everything may still be changed."""


class NotNow(Exception):
    """The import is in a state that does not allow this; `run` says which."""

    def __init__(self, run: ImportRun) -> None:
        super().__init__(run.state)
        self.run = run


def kind_for(user: User, name: str) -> ImportKind:
    """Return the kind `name`; raises `Refused` if there is none, `PermissionDenied` if `user` may not import it."""
    kind = kind_named(name)
    if kind is None:
        raise Refused([FieldError("kind", "choice", _("Rows of this kind can't be imported."))])
    if not (user.is_active and user.has_perm(kind.permission)):
        raise PermissionDenied
    return kind


def open_run(run: ImportRun) -> Table:
    """Open the file of a run as it was last read. Raises `Unreadable`, also when the file is gone."""
    if not run.file or not Path(run.file.path).exists():
        raise Unreadable("gone", _("The file is not kept any more; upload it again."))
    return open_table(Path(run.file.path), Choice(run.encoding, run.delimiter, run.sheet, run.header_row))


def upload(*, user: User, file: File[bytes], file_name: str, kind: str = "clients", choice: Choice | None = None) -> ImportRun:
    """Keep a file, look into it and guess how its columns map. Raises `Unreadable`; then nothing is kept."""
    kind_for(user, kind)
    run = ImportRun(kind=kind, file_name=_shown_name(file_name), file_size=file.size or 0, created_by=user)
    run.file.save("", file, save=False)
    try:
        _look(run, choice or Choice())
        run.save()
    except BaseException:
        storing.remove(run.file.name or "")
        raise
    return run


def read_again(*, user: User, run_id: int, choice: Choice) -> ImportRun:
    """Read the file in another encoding, with another delimiter or from another sheet, and guess anew."""
    with transaction.atomic():
        run = _locked(user, run_id, OPEN)
        _look(run, choice)
        run.state, run.failure = States.UPLOADED, ""
        run.save()
    return run


def _shown_name(given: str) -> str:
    """The name as people know it, for showing only: the last part of any path, no control characters."""
    name = "".join(character for character in given.replace("\\", "/").rpartition("/")[2] if character.isprintable())
    return name[-255:] or str(_("file"))


def _look(run: ImportRun, choice: Choice) -> None:
    kind = kind_named(run.kind)
    assert kind is not None
    table = open_table(Path(run.file.path), choice)
    sample = [row.cells for row in table.first_rows(_SAMPLE)]
    if not sample:
        raise Unreadable("no_rows", _("This file has headings but no rows."))
    run.format, run.encoding, run.delimiter, run.sheet = table.format, table.encoding, table.delimiter, table.sheet[:100]
    run.header, run.header_row = table.header, table.header_row
    run.mapping, run.defaults, run.match, run.profile, run.allow_duplicates = {}, {}, "", "", ""
    profile = fitting_profile(run.kind, table.header)
    if profile is not None:
        apply_profile(run, profile)
        return
    run.mapping = mapping_of.guess(kind, table.header, sample)
    run.match = mapping_of.guess_match(kind, run.mapping)


def fitting_profile(kind: str, header: Sequence[str]) -> ImportProfile | None:
    """Return the profile of which every column is in `header`, the one with the most columns, the latest of these."""
    fitting = [
        one for one in ImportProfile.objects.filter(kind=kind) if one.mapping and mapping_of.fits_header(one.mapping, header) is not None
    ]
    return max(fitting, key=lambda one: (sum(map(len, one.mapping.values())), one.updated_at), default=None)


def apply_profile(run: ImportRun, profile: ImportProfile) -> None:
    """Map the columns of `run` as the profile remembers."""
    run.mapping = mapping_of.fits_header(profile.mapping, run.header) or {}
    run.defaults, run.match, run.profile = profile.defaults, profile.match, profile.name


def map_columns(
    *,
    user: User,
    run_id: int,
    mapping: Mapping[str, Sequence[str]],
    defaults: Mapping[str, Any],
    match: str,
    add_missing: Iterable[str] = (),
    allow_duplicates: str = "",
    save_as: str = "",
) -> ImportRun:
    """Say which column goes into which field, what is set for all rows and what rows are matched by.

    `allow_duplicates` says why rows that look like a client of the registry are added; without it they are refused.
    `save_as` keeps all but that as a profile: each file has its own reason. Raises `Refused` with what is wrong,
    `NotNow` once the rows are written.
    """
    with transaction.atomic():
        run = _locked(user, run_id, OPEN)
        kind = kind_for(user, run.kind)
        mapping = {name: list(headings) for name, headings in mapping.items() if headings}
        defaults = {name: value for name, value in defaults.items() if value not in (None, "", [])}
        errors = [*mapping_of.check(kind, run.header, mapping, match), *kind.check_settings(defaults)]
        allowed = kind.may_add(user)
        errors += [
            FieldError("add_missing", "forbidden", _("You may not add to this list.")) for name in add_missing if name not in allowed
        ]
        if errors:
            raise Refused(errors)
        run.allow_duplicates = read_text("allow_duplicates", allow_duplicates, LONGEST_REASON)
        run.mapping, run.defaults, run.match, run.add_missing = mapping, defaults, match, sorted(set(add_missing))
        run.state, run.failure = States.UPLOADED, ""
        if save_as := save_as.strip()[:100]:
            run.profile = save_as
            ImportProfile.objects.update_or_create(
                kind=run.kind, name=save_as, defaults={"mapping": mapping, "defaults": defaults, "match": match, "created_by": user}
            )
        run.save()
    return run


def try_out(*, user: User, run_id: int) -> ImportRun:
    """Have every row read and judged, and nothing written."""
    return _queue(user, run_id, OPEN, States.TRYING)


def write(*, user: User, run_id: int) -> ImportRun:
    """Have the rows written."""
    return _queue(user, run_id, OPEN, States.WRITING)


def undo(*, user: User, run_id: int) -> ImportRun:
    """Have the untouched rows of a finished run taken back."""
    return _queue(user, run_id, (States.DONE,), States.UNDOING)


def _queue(user: User, run_id: int, states: tuple[States, ...], state: States, *, tell: bool = True) -> ImportRun:
    with transaction.atomic():
        run = _locked(user, run_id, states)
        kind = kind_for(user, run.kind)
        if state == States.UNDOING:
            if run.tidied_at is not None:
                raise NotNow(run)
            run.undone_by = user
        elif errors := [*mapping_of.check(kind, run.header, run.mapping, run.match), *kind.check_settings(run.defaults)]:
            raise Refused(errors)  # a custom field or a source may be gone since the columns were mapped
        run.state, run.share, run.failure, run.attempts, run.waits = state, 0, "", 0, False
        run.worked_at = run.stop_asked_at = run.started_at = run.finished_at = run.seen_at = None
        if state != States.UNDOING:
            run.read = run.added = run.changed = run.unchanged = run.refused = 0
            run.reasons = []
        run.save()
        if tell:
            transaction.on_commit(lambda: wake(run.pk))
    return run


def wake(run_id: int) -> None:
    """Tell a worker. If the broker is away, the sweep finds the run within a minute."""
    from clients.tasks import work_on_import

    try:
        work_on_import.delay(run_id)
    except OperationalError:
        logger.warning("import %s waits for the broker", run_id)


def stop(*, user: User, run_id: int) -> ImportRun:
    """Ask the worker to stop; what it wrote is rolled back."""
    with transaction.atomic():
        run = _locked(user, run_id, (States.TRYING, States.WRITING, States.UNDOING))
        run.stop_asked_at = timezone.now()
        run.save(update_fields=["stop_asked_at"])
    return run


def discard(*, user: User, run_id: int) -> None:
    """Forget a file that was never written."""
    with transaction.atomic():
        run = _locked(user, run_id, OPEN)
        names = [run.file.name, run.error_file.name]
        run.delete()
        transaction.on_commit(lambda: storing.remove(*names))


def _locked(user: User, run_id: int, states: Container[str]) -> ImportRun:
    run: ImportRun = ImportRun.objects.visible_to(user).select_for_update(of=("self",)).get(pk=run_id)
    if run.state not in states:
        raise NotNow(run)
    return run


def start_import(
    *,
    user: User,
    file: File[bytes],
    file_name: str,
    kind: str = "clients",
    mapping: Mapping[str, Sequence[str]] | None = None,
    defaults: Mapping[str, Any] | None = None,
    match: str | None = None,
    add_missing: Iterable[str] = (),
    allow_duplicates: str = "",
    choice: Choice | None = None,
    profile: str = "",
    dry_run: bool = False,
    queue: bool = True,
) -> ImportRun:
    """Upload, map and queue in one call, as API and command do; what is not given is guessed or comes from `profile`.

    Without `queue` no worker is told: the caller goes on with `running.work_on`.
    Raises `Unreadable`, `Refused` and `PermissionDenied`; nothing is kept then. The run comes back queued.
    """
    run = upload(user=user, file=file, file_name=file_name, kind=kind, choice=choice)
    try:
        if profile:
            apply_profile(run, _profile_named(kind, profile, run.header))
        map_columns(
            user=user,
            run_id=run.pk,
            mapping=run.mapping if mapping is None else mapping,
            defaults={**run.defaults, **(defaults or {})},
            match=_match(kind_for(user, kind), run, mapping, match),
            add_missing=add_missing,
            allow_duplicates=allow_duplicates,
        )
        return _queue(user, run.pk, OPEN, States.TRYING if dry_run else States.WRITING, tell=queue)
    except BaseException:
        discard(user=user, run_id=run.pk)
        raise


def _match(kind: ImportKind, run: ImportRun, mapping: Mapping[str, Sequence[str]] | None, match: str | None) -> str:
    if match is not None:
        return match
    return run.match if mapping is None else mapping_of.guess_match(kind, mapping)


def _profile_named(kind: str, name: str, header: Sequence[str]) -> ImportProfile:
    found = ImportProfile.objects.filter(kind=kind, name=name).first()
    if found is None:
        raise Refused([FieldError("profile", "choice", _("There is no profile of this name."))])
    if mapping_of.fits_header(found.mapping, header) is None:
        raise Refused([FieldError("profile", "columns", _("This profile asks for columns that the file does not have."))])
    return found
