"""One reader for all files: a heading, then rows of text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from clients.imports.reading.delimited import DelimitedText
from clients.imports.reading.encodings import without_mark
from clients.imports.reading.limits import CELL, Limits
from clients.imports.reading.refusal import Unreadable
from clients.imports.reading.sheets import too_long_cell, too_many_columns
from clients.imports.reading.workbook import Workbook
from ui.formulas import unguarded

_LOOKS_LIKE_DATA = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|\+[\d\s().-]{7,}")
_HEADINGS_WITHIN = 20

REASON_HEADINGS = ("Why refused", "Motif du refus", "Почему отклонено")
"""The heading of the reasons in our error files, in every language: such a column is never imported."""


@dataclass(frozen=True)
class Choice:
    """How the user says a file is to be read; empty means: find out."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the headings: its number in the file, a cell for each heading, and any cells beyond."""

    number: int
    cells: list[str]
    beyond: list[str]


class Table:
    """A file opened for reading: its format, headings and rows. Rows may be read again and again, each time from the start."""

    def __init__(self, raw: DelimitedText | Workbook, limits: Limits, header_row: int = 0) -> None:
        self.raw = raw
        self.limits = limits
        self.format = raw.format
        self.encoding = raw.encoding
        self.delimiter = raw.delimiter
        self.sheets: list[str] = getattr(raw, "sheets", [])
        self.sheet: str = getattr(raw, "sheet", "")
        self.header_row, self.header = self._find_header(header_row)

    @property
    def share(self) -> float:
        """How much of the file the latest reading has read, 0 to 1."""
        return self.raw.share

    def rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything. Raises `Unreadable` where the file can't be read on."""
        width, count = len(self.header), 0
        for number, raw in self.raw.raw_rows():
            if number <= self.header_row or not any(raw):
                continue
            if len(raw) > self.limits.width and len(_without_tail(raw)) > self.limits.width:
                raise too_many_columns(self.limits.columns)
            cells = [_clean(cell, number) if cell else "" for cell in raw]
            if not any(cells):
                continue
            count += 1
            if count > self.limits.rows:
                raise Unreadable(
                    "rows",
                    ngettext_lazy(
                        "This file has more than %(limit)s row. Split it into several files.",
                        "This file has more than %(limit)s rows. Split it into several files.",
                        self.limits.rows,
                    )
                    % {"limit": f"{self.limits.rows:,}"},
                )
            beyond = _without_tail(cells[width:]) if len(cells) > width else []
            yield Row(number, [*cells[:width], *[""] * (width - len(cells))], beyond)

    def first_rows(self, count: int) -> list[Row]:
        return list(islice(self.rows(), count))

    def _find_header(self, chosen: int) -> tuple[int, list[str]]:
        first = list(islice(((number, _without_tail(cells)) for number, cells in self.raw.raw_rows()), _HEADINGS_WITHIN))
        first = [(number, cells) for number, cells in first if cells]
        if not first:
            raise Unreadable("empty", _("This file is empty: it has no rows."))
        if any(len(cells) > self.limits.width for _number, cells in first):
            raise too_many_columns(self.limits.columns)
        if chosen:
            found = [(number, cells) for number, cells in first if number == chosen]
            if not found:
                raise Unreadable("header", _("Row %(row)s has no headings.") % {"row": chosen})
            number, cells = found[0]
        else:
            # A title may stand above: the headings are the first row that is not much narrower than the rest.
            widths = [sum(bool(cell.strip()) for cell in cells) for _number, cells in first]
            usual = max(widths, key=lambda width: (widths.count(width), width))
            number, cells = next(row for row, width in zip(first, widths, strict=True) if width >= min(usual, max(2, usual / 2)))
        header = [_clean(cell, number) for cell in cells]
        if len(header) > self.limits.columns and not any(map(is_reason, header)):
            raise too_many_columns(self.limits.columns)
        _check_headings(header)
        return number, [heading or str(_("Column %(number)s") % {"number": place}) for place, heading in enumerate(header, 1)]


def is_reason(heading: str) -> bool:
    return heading in REASON_HEADINGS


def open_table(path: Path, choice: Choice | None = None, limits: Limits | None = None) -> Table:
    """Open a CSV or XLSX file by what it holds, whatever its name says.

    Raises `Unreadable` for anything else and for files beyond the limits.
    """
    choice, limits = choice or Choice(), limits or Limits.current()
    size = path.stat().st_size
    if size == 0:
        raise Unreadable("empty", _("This file is empty: it has no rows."))
    if size > limits.file_bytes:
        raise too_large(limits)
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise _old_workbook(start + file.read(64_000))
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Table(Workbook(path, limits, sheet=choice.sheet), limits, choice.header_row)
    _refuse_binary(start)
    return Table(DelimitedText(path, encoding=choice.encoding, delimiter=choice.delimiter), limits, choice.header_row)


def too_large(limits: Limits) -> Unreadable:
    return Unreadable(
        "too_large",
        _("This file is larger than %(limit)s MB. Split it into several files.") % {"limit": f"{limits.file_bytes // 1_000_000:,}"},
    )


def _old_workbook(start: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in start:
        return Unreadable("protected", _("This workbook is protected by a password. Take the password off and upload it again."))
    return Unreadable("old_format", _("This is a workbook of the old format (XLS). Save it as XLSX or CSV and upload that."))


_MAGIC = (
    b"MZ", b"\x7fELF", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ",
    b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"SQLite format", b"{\\rtf", b"\x28\xb5\x2f\xfd",
)  # fmt: skip


def _refuse_binary(start: bytes) -> None:
    nothing = Unreadable("not_a_table", _("This is not a table. Upload a CSV or XLSX file."))
    if start.startswith(_MAGIC) and not (start.startswith((b"MZ", b"BZh")) and start[:512].isascii() and b"\x00" not in start[:512]):
        raise nothing
    if start.lstrip()[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        raise nothing
    if b"\x00" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")) and without_mark(start) is None:
        raise nothing


def _without_tail(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _clean(cell: str, row: int) -> str:
    cell = cell.strip().replace("\x00", "")
    if "'" in cell:
        # Our own error file, and other careful programs, put ' before what a spreadsheet would take for a formula.
        cell = unguarded(cell).strip()
    if len(cell) > CELL:
        raise too_long_cell(row)
    return cell


def _check_headings(header: list[str]) -> None:
    filled = [heading for heading in header if heading]
    folded = [heading.casefold() for heading in filled]
    if twice := next((heading for heading in filled if folded.count(heading.casefold()) > 1), None):
        raise Unreadable(
            "headings", _("Two columns are called “%(heading)s”. Give each column a name of its own.") % {"heading": twice[:80]}
        )
    if any(_LOOKS_LIKE_DATA.fullmatch(heading) for heading in filled) or all(re.fullmatch(r"[\d\s.,+-]+", heading) for heading in filled):
        raise Unreadable("header", _("The first row holds data, not headings. Add a row above it that names each column."))
