"""XLSX workbooks: which sheets there are, and the rows of one as text."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from clients.imports.reading.archive import Archive, broken
from clients.imports.reading.limits import Limits
from clients.imports.reading.refusal import Unreadable
from clients.imports.reading.sheets import SharedStrings, rows_of_sheet

_RELATION = re.compile(r"\{[^}]*relationships\}id\Z")


class Workbook:
    """The raw rows of one sheet of a workbook, with how far it has been read."""

    format = "xlsx"
    encoding = ""
    delimiter = ""

    def __init__(self, path: Path, limits: Limits, *, sheet: str = "") -> None:
        self.limits = limits
        self.path = path
        archive = Archive(path, limits)
        try:
            self._parts = _sheets(archive)
            self._formats, self._epoch = _number_formats(archive), _epoch(archive)
        finally:
            archive.close()
        self.sheets = list(self._parts)
        if sheet and sheet not in self._parts:
            raise Unreadable("sheet", _("There is no sheet of this name; there are: %(sheets)s.") % {"sheets": ", ".join(self.sheets)})
        self.sheet = sheet or self.sheets[0]
        self.read_bytes, self.size = 0, 1

    @property
    def share(self) -> float:
        """How much of the sheet has been read, 0 to 1."""
        return min(1.0, self.read_bytes / self.size)

    def raw_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number, cells as text)."""
        archive = Archive(self.path, self.limits)
        strings = None
        try:
            strings = SharedStrings(archive.open("xl/sharedStrings.xml") if archive.has("xl/sharedStrings.xml") else None)
            self.size = max(1, archive.size(self._parts[self.sheet]))
            part = archive.open(self._parts[self.sheet])
            for number, cells in rows_of_sheet(part, strings, self._number_text, self.limits):
                if number % 100 == 0:
                    self.read_bytes = part.tell()
                yield number, cells
            self.read_bytes = self.size
        finally:
            if strings is not None:
                strings.close()
            archive.close()

    def _number_text(self, stored: str, style: int) -> str:
        number = float(stored)
        code = self._formats.get(style)
        if code is not None:
            if code.isdigit():  # 00000: leading zeros of postal codes are in the format only
                return f"{number:.0f}".zfill(len(code)) if number >= 0 else _plain(number)
            return self._date_text(number, code) or _plain(number)
        return _plain(number)

    def _date_text(self, number: float, code: str) -> str:
        try:
            value = from_excel(number, self._epoch, timedelta=is_timedelta_format(code))
        except (OverflowError, ValueError):
            return ""
        match value:
            case datetime():
                return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
            case time():
                return value.isoformat("minutes" if value.second == 0 else "seconds")
            case timedelta():
                return str(value)
        return ""


def _plain(number: float) -> str:
    """Return a number as people write it: no ".0", no exponent, the 15 digits that a spreadsheet keeps."""
    if number.is_integer() and abs(number) < 1e21:
        return f"{number:.0f}"
    return f"{number:.15g}"


def _sheets(archive: Archive) -> dict[str, str]:
    """Return the worksheets by name, visible ones first, with the archive's part of each."""
    relations = {
        relation.get("Id"): (relation.get("Type", ""), relation.get("Target", ""))
        for relation in archive.tree("xl/_rels/workbook.xml.rels")
        if relation.get("TargetMode") != "External"
    }
    shown: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for element in archive.tree("xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        reference = next((value for name, value in element.items() if _RELATION.match(name)), None)
        kind, target = relations.get(reference, ("", ""))
        part = posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
        if kind.endswith("/worksheet") and archive.has(part):
            (hidden if element.get("state", "visible") != "visible" else shown)[element.get("name", "")] = part
    if not (found := shown | hidden):
        raise broken()
    return found


def _number_formats(archive: Archive) -> dict[int, str]:
    """Return, by number of a cell's style, the formats that change what a number says: dates, times and fixed digits."""
    if not archive.has("xl/styles.xml"):
        return {}
    tree = archive.tree("xl/styles.xml")
    codes = dict(BUILTIN_FORMATS)
    styles: list[int] = []
    for element in tree.iter():
        match element.tag.rpartition("}")[2]:
            case "numFmt":
                codes[_whole(element.get("numFmtId"))] = element.get("formatCode", "")
            case "cellXfs":
                styles = [_whole(style.get("numFmtId")) for style in element]
    said = {index: codes.get(number, "") for index, number in enumerate(styles)}
    return {index: code for index, code in said.items() if is_date_format(code) or (len(code) > 1 and not code.strip("0"))}


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _epoch(archive: Archive) -> datetime:
    for element in archive.tree("xl/workbook.xml").iter():
        if element.tag.rpartition("}")[2] == "workbookPr" and element.get("date1904") in ("1", "true"):
            return CALENDAR_MAC_1904
    return CALENDAR_WINDOWS_1900
