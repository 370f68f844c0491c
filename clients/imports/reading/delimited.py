"""Text tables: CSV with any delimiter."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from clients.imports.reading import encodings
from clients.imports.reading.limits import CELL
from clients.imports.reading.refusal import Unreadable

DELIMITERS = (",", ";", "\t", "|")
"""What is tried when nobody says."""
_SAMPLE_CHARACTERS = 64_000
_CONTROL = frozenset(map(chr, range(32))) - {"\t", "\n", "\r", "\x0b", "\x0c"}


class DelimitedText:
    """The raw rows of one CSV file, with how far it has been read."""

    format = "csv"

    def __init__(self, path: Path, *, encoding: str = "", delimiter: str = "") -> None:
        self.path = path
        self.size = path.stat().st_size
        self.encoding = encodings.known(encoding) if encoding else encodings.guess(path)
        sample = self._sample()
        self.says_delimiter = sample[:4].lower() == "sep=" and sample[5:6] in ("\r", "\n")
        said = sample[4] if self.says_delimiter else ""
        self.delimiter = _known_delimiter(delimiter) if delimiter else said or guess_delimiter(sample)
        self.read_bytes = 0

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self.read_bytes / self.size) if self.size else 1.0

    @property
    def codec(self) -> str:
        # utf-8-sig reads files with and without a mark
        return "utf-8-sig" if self.encoding == "utf-8" else self.encoding

    def _sample(self) -> str:
        try:
            with self.path.open(encoding=self.codec, errors="replace", newline="") as file:
                sample = file.read(_SAMPLE_CHARACTERS)
        except UnicodeError:  # "replace" mends letters, but not a UTF-16 that begins without its mark
            raise self._binary() from None
        odd = sum(character in _CONTROL or character == "\ufffd" for character in sample)
        if odd > max(3, len(sample) // 50):
            raise self._binary()
        return sample

    def _binary(self) -> Unreadable:
        return Unreadable(
            "binary",
            _("This file can't be read as text in %(encoding)s. Choose another encoding, or save the table as CSV or XLSX.")
            % {"encoding": encodings.OFFERED[self.encoding]},
        )

    def raw_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row number as a spreadsheet counts, cells)."""
        with self.path.open("rb") as raw, io.TextIOWrapper(raw, encoding=self.codec, newline="") as text:
            quotes = lines = 0

            def counted() -> Iterator[str]:
                nonlocal quotes, lines
                for line in text:
                    quotes += line.count('"')
                    lines += 1
                    yield line

            number = 0
            try:
                for number, cells in enumerate(csv.reader(counted(), delimiter=self.delimiter), 1):
                    # The csv module takes the rest of the file for one cell when a quotation mark is never closed.
                    if lines > 1 and quotes % 2:
                        raise csv.Error
                    quotes = lines = 0
                    if number == 1 and self.says_delimiter:
                        continue
                    if number % 100 == 0:
                        self.read_bytes = raw.tell()
                    yield number, cells
            except UnicodeDecodeError:
                raise Unreadable(
                    "encoding",
                    _("Row %(row)s can't be read as %(encoding)s. Choose another encoding.")
                    % {"row": number + 1, "encoding": encodings.OFFERED[self.encoding]},
                ) from None
            except csv.Error:
                raise Unreadable(
                    "cell",
                    _("Row %(row)s holds a quotation mark that is never closed, or a cell of more than %(limit)s characters.")
                    % {"row": number + 1, "limit": CELL},
                ) from None
            self.read_bytes = self.size


def _known_delimiter(given: str) -> str:
    named = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}.get(given.lower(), given)
    if len(named) != 1 or named in '"\r\n\x00' or named.isalnum():
        raise Unreadable("delimiter", _("Give one character that parts the cells, for example a semicolon."))
    return named


def guess_delimiter(sample: str) -> str:
    """Return the delimiter by which the sample falls into the most even table of the most columns."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = _widths(sample, delimiter)
        if not widths:
            continue
        header = widths[0]
        usual, times = Counter(widths).most_common(1)[0]
        if max(header, usual) < 2:
            continue
        evenness = times / len(widths)
        score = evenness * (1 if header == usual else 0.6) + min(usual, 50) / 500
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    complete = sample if len(sample) < _SAMPLE_CHARACTERS else sample[: sample.rfind("\n") + 1] or sample
    widths = []
    try:
        for cells in csv.reader(io.StringIO(complete, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                widths.append(len(cells))
            if len(widths) > 200:
                break
    except csv.Error:
        return widths
    return widths
