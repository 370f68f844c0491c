"""Files for tests of the importer, made on the spot."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl


def csv_bytes(rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def csv_file(
    folder: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8", name: str = "clients.csv"
) -> Path:
    path = folder / name
    path.write_bytes(csv_bytes(rows, delimiter=delimiter, encoding=encoding))
    return path


def xlsx_file(folder: Path, rows: Sequence[Sequence[Any]], *, name: str = "clients.xlsx", sheet: str = "Clients") -> Path:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(list(row))
    path = folder / name
    book.save(path)
    return path


def with_part(path: Path, part: str, content: bytes) -> Path:
    """Return a copy of a workbook in which one part is replaced."""
    changed = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == part else old.read(info))
        if part not in old.namelist():
            new.writestr(part, content)
    return changed
