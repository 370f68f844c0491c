"""Where the files of imports lie: under MEDIA_ROOT/imports, by random names, never served from there."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.utils import timezone

from clients.models import ImportRun
from clients.models.imports import WORKING

FOLDER = "imports"


def new_path(file_format: str = "") -> Path:
    """Return a path for a new file; with its format, other programs open it by its name (a command prints the path)."""
    return Path(default_storage.path(f"{FOLDER}/{secrets.token_hex(16)}{file_format and f'.{file_format}'}"))


def name_of(path: Path) -> str:
    """Return the name by which the storage knows a file of `new_path`."""
    return f"{FOLDER}/{path.name}"


def remove(*names: str | None) -> None:
    """Delete files, those that are there."""
    for name in filter(None, names):
        default_storage.delete(name)


def tidy(keep: timedelta) -> int:
    """Delete the files and trails of runs older than `keep`, runs that were never written with them, and stray files."""
    before = timezone.now() - keep
    states = ImportRun.State
    count = 0
    for run in ImportRun.objects.filter(created_at__lt=before, tidied_at=None).exclude(state__in=WORKING):
        remove(run.file.name, run.error_file.name)
        if run.state in (states.UPLOADED, states.TRIED, states.STOPPED, states.FAILED):
            run.delete()
        else:
            run.trail.all()._raw_delete("default")
            run.file, run.error_file, run.tidied_at = "", "", timezone.now()
            run.save(update_fields=["file", "error_file", "tidied_at"])
        count += 1
    _remove_strays()
    return count


def _remove_strays() -> None:
    """What a killed run left half written: files that no run knows, a day old."""
    folder = Path(default_storage.path(FOLDER))
    if not folder.is_dir():
        return
    known = {Path(name).name for names in ImportRun.objects.values_list("file", "error_file") for name in names if name}
    yesterday = timezone.now().timestamp() - 86_400
    for file in folder.iterdir():
        if file.name not in known and file.is_file() and file.stat().st_mtime < yesterday:
            file.unlink(missing_ok=True)
