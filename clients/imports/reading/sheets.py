"""The XML of a worksheet and of the shared strings, read as a stream.

openpyxl's read-only mode builds a tree for each row and, with defusedxml, parses in pure Python: 25 s for 100,000 rows
of 12 cells, and the whole sheet before the first row when it has no dimension. Here expat calls us for the few tags
that matter. Nothing is evaluated: of a formula the saved value is read, or its text if there is none.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from os import pread
from typing import IO
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from clients.imports.reading.archive import broken, own_entities
from clients.imports.reading.limits import CELL, STRINGS, Limits
from clients.imports.reading.refusal import Unreadable

_CHUNK = 1 << 16
_DAMAGED = (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError)


class _Doctype(Exception):
    """The document brings a DTD: raised from inside expat."""


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def refuse(*_args: object) -> None:
        raise _Doctype

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _fed(part: IO[bytes], parser: expat.XMLParserType) -> Iterator[None]:
    """Feed the part to the parser; yields after each chunk."""
    try:
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
    except _Doctype:
        raise own_entities() from None
    except _DAMAGED:
        raise broken() from None
    yield


class _Text:
    """Gathers the characters between two tags, up to the length of a cell."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0
        self.wanted = False

    def start(self) -> None:
        self.pieces.clear()
        self.length = 0
        self.wanted = True

    def add(self, data: str) -> None:
        if self.wanted:
            self.length += len(data)
            if self.length > CELL * 2:  # far over: don't gather a gigabyte before saying so
                raise too_long_cell()
            self.pieces.append(data)

    def end(self) -> str:
        self.wanted = False
        return "".join(self.pieces)


def too_long_cell(row: int | None = None) -> Unreadable:
    if row is None:
        return Unreadable("cell", _("A cell holds more than %(limit)s characters.") % {"limit": CELL})
    return Unreadable("cell", _("A cell of row %(row)s holds more than %(limit)s characters.") % {"row": row, "limit": CELL})


class SharedStrings:
    """The strings that cells refer to by number, kept in a temporary file: a million of them cost 8 MB of memory."""

    def __init__(self, part: IO[bytes] | None) -> None:
        self._ends = array("Q", [0])
        self._file = tempfile.TemporaryFile(prefix="seraph-import-")  # noqa: SIM115  (closed by close)
        if part is not None:
            with part:
                self._read(part)
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise broken()
        start, end = self._ends[index], self._ends[index + 1]
        return pread(self._file.fileno(), end - start, start).decode("utf-8", "replace")

    def _read(self, part: IO[bytes]) -> None:
        parser, text = _parser(), _Text()
        entry: list[str] = []
        phonetic = False

        def start(name: str, _attributes: dict[str, str]) -> None:
            nonlocal phonetic
            match name.rpartition(":")[2]:
                case "si":
                    entry.clear()
                case "rPh":
                    phonetic = True
                case "t" if not phonetic:
                    text.start()

        def end(name: str) -> None:
            nonlocal phonetic
            match name.rpartition(":")[2]:
                case "t" if text.wanted:
                    entry.append(text.end())
                case "rPh":
                    phonetic = False
                case "si":
                    written = "".join(entry).encode("utf-8", "replace")
                    self._file.write(written)
                    self._ends.append(self._ends[-1] + len(written))
                    if len(self._ends) > STRINGS:
                        raise Unreadable("too_large", _("This workbook holds too many texts. Split it into several files."))

        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text.add
        for _chunk in _fed(part, parser):
            pass


Number = Callable[[str, int], str]
"""Turns the stored number of a cell and the number of its style into text."""


class _Sheet:
    """What expat calls for one worksheet; rows gather in `ready`."""

    def __init__(self, strings: SharedStrings, number_text: Number, limits: Limits) -> None:
        self.strings, self.number_text, self.limits = strings, number_text, limits
        self.ready: list[tuple[int, list[str]]] = []
        self.text = _Text()
        self.cells: list[str] = []
        self.row = 0
        self.column = -1
        self.style = 0
        self.kind = self.value = self.formula = ""
        self.phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            reference = attributes.get("r")
            self.column = _column(reference) if reference else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", "0"))
            self.value = self.formula = ""
        elif tag in ("v", "f") or (tag == "t" and not self.phonetic):
            self.text.start()
        elif tag == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), -1
            self.cells = []
        elif tag == "rPh":
            self.phonetic = True

    def end(self, name: str) -> None:
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            # A formula is never evaluated: its saved value, or else what was typed.
            if shown := self._shown() or (f"={self.formula}" if self.formula else ""):
                self._place(shown)
        elif tag == "v":
            self.value = self.text.end()
        elif tag == "t" and not self.phonetic:
            self.value += self.text.end()
        elif tag == "row":
            if self.cells:
                self.ready.append((self.row, self.cells))
        elif tag == "f":
            self.formula = self.text.end()
        elif tag == "rPh":
            self.phonetic = False

    def _shown(self) -> str:
        value = self.value
        if not value:
            return ""
        match self.kind:
            case "n":
                return self.number_text(value, self.style)
            case "s":
                return self.strings[int(value)]
            case "b":
                return "TRUE" if value.strip() == "1" else "FALSE"
            case "d":
                return value.removesuffix("T00:00:00")
        return value

    def _place(self, shown: str) -> None:
        cells, column = self.cells, self.column
        if column >= self.limits.width:
            raise too_many_columns(self.limits.columns)
        if len(shown) > CELL:
            raise too_long_cell(self.row)
        if len(cells) < column:
            cells.extend([""] * (column - len(cells)))
        if len(cells) == column:
            cells.append(shown)
        else:
            cells[column] = shown


def rows_of_sheet(part: IO[bytes], strings: SharedStrings, number_text: Number, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Yield (row number, cells as text); rows without cells are left out, cells left out are empty."""
    parser, sheet = _parser(), _Sheet(strings, number_text, limits)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = sheet.start, sheet.end, sheet.text.add
    with part:
        try:
            for _chunk in _fed(part, parser):
                yield from sheet.ready
                sheet.ready = []
        except (ValueError, OverflowError):  # a number that is none, where the format asks for one
            raise broken() from None


def _column(reference: str) -> int:
    """Return the index of a cell's column: 0 for A1, 27 for AB7."""
    index = 0
    for character in reference:
        if not "A" <= character <= "Z":
            break
        index = index * 26 + ord(character) - 64
    if not 0 < index <= 18_278:
        raise broken()
    return index - 1


def too_many_columns(limit: int) -> Unreadable:
    return Unreadable("columns", _("This table has more than %(limit)s columns. Keep the columns that you need.") % {"limit": limit})
