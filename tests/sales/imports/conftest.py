"""An import into the ledger in one call, without a worker."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile, File

from accounts.models import User
from clients.imports import running, starting
from clients.models import Client, ImportRun
from tests.clients.imports.files import csv_bytes
from tests.clients.registry import register

Importing = Callable[..., ImportRun]
SHARED = Path(os.environ.get("SERAPH_SHARED_DATA") or Path(django_settings.BASE_DIR).parent / "shared" / "data")


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def acme(company: Any, dmitri: User) -> Client:
    return register(dmitri, full_name="Acme Limited", short_name="Acme", external_id="C-1", tax_number="")


@pytest.fixture
def importing(company: Any, dmitri: User) -> Importing:
    """Import rows (the first is the heading) as Dmitri."""

    def run_import(rows: list[list[str]] | Path, *, kind: str = "sales", user: User | None = None, **options: Any) -> ImportRun:
        source: Any = ContentFile(csv_bytes(rows)) if isinstance(rows, list) else File(rows.open("rb"))
        with source:
            run = starting.start_import(user=user or dmitri, file=source, file_name="ledger.csv", kind=kind, queue=False, **options)
        running.work_on(run.pk)
        run.refresh_from_db()
        return run

    return run_import


def needs(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no shared data: {'/'.join(parts)} is not under SERAPH_SHARED_DATA or ../shared/data")
    return path
