"""`manage.py import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from clients.models import Client, ImportRun, Source
from tests.clients.imports.files import csv_file

pytestmark = pytest.mark.django_db
ROWS = [["Key", "Title", "Mail"], ["1", "A", "a@x.example"], ["2", "B", "not a mail"]]
MAP = ["--map", "external_id=Key", "--map", "full_name=Title", "--map", "emails=Mail"]
SET = ["--set", "kind=organisation", "--set", "roles=customer", "--set", "source=Trade fair"]


def test_it_prints_the_counts_and_the_file_of_refused_rows(
    tmp_path: Path, dmitri: User, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv_file(tmp_path, ROWS)
    call_command("import", "clients", str(path), *MAP, *SET, "--match", "external_id", "--as", "dmitri")
    said = capsys.readouterr().out
    assert "rows 2  new 1  changed 0  unchanged 0  refused 1" in said
    error_file = Path(said.split("refused rows: ")[1].splitlines()[0])
    assert error_file.suffix == ".csv"
    assert "not a mail" in error_file.read_text("utf-8-sig")
    assert Client.objects.get().created_by == dmitri


def test_a_dry_run_writes_nothing(tmp_path: Path, dmitri: User, source: Source, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import", "clients", str(csv_file(tmp_path, ROWS)), *MAP, *SET, "--as", "Dmitri", "--dry-run")
    assert "nothing was written" in capsys.readouterr().out
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--as", "nobody"], "no active user nobody"),
        (["--as", "anna"], "anna may not import"),
        (["--as", "dmitri", "--map", "size=Key"], "size: There is no such field"),
        (["--as", "dmitri", "--map", "full_name=Nothing"], "no column “Nothing”"),
        (["--as", "dmitri", "--map", "full_name"], "FIELD=VALUE"),
        (["--as", "dmitri", *MAP, "--match", "city"], "can be matched by"),
        (["--as", "dmitri", *MAP, "--set", "source=Nowhere"], "source:"),
        (["--as", "dmitri", *MAP, "--set", "version=7"], "version:"),
        (["--as", "dmitri", "--encoding", "klingon"], "Choose an encoding"),
        (["--as", "dmitri", "--profile", "none"], "no profile"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    tmp_path: Path, dmitri: User, anna: User, source: Source, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import", "clients", str(csv_file(tmp_path, ROWS)), *arguments)
    assert not ImportRun.objects.exists()


def test_a_missing_file_is_said(dmitri: Any) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import", "clients", "/nowhere/x.csv", "--as", "dmitri")
