"""An import in one call, without a worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from clients.imports import running, starting
from clients.imports.reading import Row, open_table
from clients.models import ImportRun, Source
from tests.clients.imports.files import csv_bytes
from tests.clients.registry import fair

Importing = Callable[..., ImportRun]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def source(company: Any) -> Source:
    return fair()


@pytest.fixture
def importing(dmitri: User, source: Source) -> Importing:
    """Import rows (the first is the heading) as Dmitri; what the rows lack is set to what the criteria ask."""

    def run_import(rows: list[list[str]] | bytes, *, user: User | None = None, name: str = "clients.csv", **options: Any) -> ImportRun:
        options.setdefault("defaults", {"kind": "organisation", "roles": "customer", "source": source.pk})
        content = rows if isinstance(rows, bytes) else csv_bytes(rows)
        run = starting.start_import(user=user or dmitri, file=ContentFile(content, name), file_name=name, queue=False, **options)
        running.work_on(run.pk)
        run.refresh_from_db()
        return run

    return run_import


def figures(run: ImportRun) -> dict[str, int]:
    """What a run counted, without zeros."""
    found = {"added": run.added, "changed": run.changed, "unchanged": run.unchanged, "refused": run.refused}
    return {name: count for name, count in found.items() if count}


def refused_rows(run: ImportRun) -> list[Row]:
    return list(open_table(Path(run.error_file.path)).rows()) if run.error_file else []


def reasons(run: ImportRun) -> list[tuple[str, str, int]]:
    """(field, code, rows) of what was refused."""
    return [(field, code, rows) for field, code, _message, rows in run.reasons]
