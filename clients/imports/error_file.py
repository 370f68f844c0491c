"""The file of refused rows: the same columns and the reason, to be mended and uploaded again."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from clients.imports.kinds import RowError, RowInHand
from clients.imports.reading import REASON_HEADINGS, is_reason
from ui.formulas import guarded


class ErrorFile:
    """Takes refused rows one by one; makes no file when there are none."""

    def __init__(self, path: Path, labels: Mapping[str, str], *, file_format: str, delimiter: str, header: Sequence[str]) -> None:
        self.path = path
        self.labels = labels
        self.format = file_format
        self.delimiter = delimiter or ","
        self.columns = [place for place, heading in enumerate(header) if not is_reason(heading)]
        self.header = [header[place] for place in self.columns]
        self.rows = 0
        self._file: Any = None

    def add(self, row: RowInHand) -> None:
        if self.rows == 0:
            self._begin()
        self.rows += 1
        reasons = [self.reason(error) for error in row.errors]
        said = f"{gettext('Row')} {row.number}. {' '.join(dict.fromkeys(reasons))}"
        self._write([*(row.cells[place] for place in self.columns), said, *row.beyond])

    def reason(self, error: RowError) -> str:
        """Return one reason in words, with the field and what is special about this row."""
        label = self.labels.get(error.field, error.field)
        message = str(error.message)
        if label and not message.startswith(f"{label}:"):
            message = f"{label}: {message}"
        return f"{message} ({error.detail})" if error.detail else message

    def close(self) -> bool:
        """Finish the file; returns whether there is one."""
        if self.rows and self.format == "xlsx":
            self._file.save(self.path)
        elif self.rows:
            self._file.close()
        return self.rows > 0

    def drop(self) -> None:
        """Leave nothing behind."""
        if self.format != "xlsx" and self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        heading = gettext("Why refused")
        heading = heading if heading in REASON_HEADINGS else REASON_HEADINGS[0]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.format == "xlsx":
            self._file = Workbook(write_only=True)
            self._sheet: Any = self._file.create_sheet(gettext("Refused rows")[:31])
        else:
            # with a mark: spreadsheet programs take a file without one for the local code page
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._csv = csv.writer(self._file, delimiter=self.delimiter)
        self._write([*self.header, heading])

    def _write(self, cells: Sequence[str]) -> None:
        if self.format != "xlsx":
            self._csv.writerow(map(guarded, cells))
            return
        written = []
        for text in cells:
            cell = WriteOnlyCell(self._sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
            if cell.value is not None:
                cell.data_type = "s"  # text, also where it begins like a formula
            written.append(cell)
        self._sheet.append(written)
