"""The ZIP archive that a workbook is: looked over before anything in it is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext_lazy as _

from clients.imports.reading.limits import PARTS, RATIO, RATIO_FROM, Limits
from clients.imports.reading.refusal import Unreadable

_SMALL_PART = 20_000_000
"""Bytes of a part that is read whole (the lists of sheets, styles and relations)."""


def broken() -> Unreadable:
    return Unreadable("broken", _("This workbook is damaged. Open it in your spreadsheet program and save it again as XLSX or CSV."))


class Archive:
    """The parts of one workbook, by name."""

    def __init__(self, path: Path, limits: Limits) -> None:
        try:
            self.zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError):
            raise broken() from None
        try:
            self._look_over(limits)
        except BaseException:
            self.zip.close()
            raise

    def close(self) -> None:
        self.zip.close()

    def _look_over(self, limits: Limits) -> None:
        parts = self.zip.infolist()
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("protected", _("This workbook is protected by a password. Take the password off and upload it again."))
        unpacked = sum(part.file_size for part in parts)
        bomb = any(part.file_size > RATIO_FROM and part.file_size > RATIO * max(1, part.compress_size) for part in parts)
        if len(parts) > PARTS or unpacked > limits.unpacked_bytes or bomb:
            raise Unreadable(
                "too_large",
                _("This workbook unpacks to far more than a table holds (%(size)s MB), so it was not opened. Save the sheet as CSV.")
                % {"size": f"{unpacked // 1_000_000:,}"},
            )
        names = set(self.zip.namelist())
        if "xl/workbook.xml" in names:
            return
        if "xl/workbook.bin" in names:
            raise Unreadable("old_format", _("This is a binary workbook (XLSB). Save it as XLSX or CSV and upload that."))
        if "content.xml" in names:
            raise Unreadable("old_format", _("This is an OpenDocument file. Save it as XLSX or CSV and upload that."))
        raise Unreadable("not_a_table", _("This is an archive, not a table. Upload a CSV or XLSX file."))

    def size(self, name: str) -> int:
        return self.zip.getinfo(name).file_size

    def has(self, name: str) -> bool:
        try:
            self.zip.getinfo(name)
        except KeyError:
            return False
        return True

    def open(self, name: str) -> IO[bytes]:
        try:
            return self.zip.open(name)
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            raise broken() from None

    def tree(self, name: str) -> Element:
        """Return a small part parsed whole; documents that bring their own DTD or entities are refused."""
        if not self.has(name) or self.size(name) > _SMALL_PART:
            raise broken()
        try:
            with self.open(name) as part:
                tree: Element = fromstring(part.read(), forbid_dtd=True)
        except DefusedXmlException:
            raise own_entities() from None
        except (ParseError, zipfile.BadZipFile, EOFError, ValueError, LookupError):
            raise broken() from None
        return tree


def own_entities() -> Unreadable:
    return Unreadable("entities", _("This workbook carries XML definitions that no spreadsheet program writes; it was not opened."))
