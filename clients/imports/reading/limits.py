"""How large a file may be. Set by the environment (docs/operators say which variables)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

CELL = 32_767
"""Characters in one cell: as many as a spreadsheet holds."""
STRINGS = 10_000_000
"""Distinct texts in a workbook."""
PARTS = 10_000
"""Entries in an XLSX archive; a workbook has some dozens."""
RATIO = 200
"""How far an archive may unpack. Sheets of repeated values reach 60; a bomb starts at 1,000."""
RATIO_FROM = 10_000_000
"""Bytes below which the ratio says nothing: a short file of blanks packs well and harms nobody."""


@dataclass(frozen=True)
class Limits:
    """Bounds for one file."""

    file_bytes: int
    unpacked_bytes: int
    rows: int
    columns: int

    @property
    def width(self) -> int:
        """How many cells a row may have: a file of as many columns as may be comes back from us with the reasons beside them."""
        return self.columns + 1

    @classmethod
    def current(cls) -> Limits:
        return cls(
            file_bytes=settings.IMPORT_MAX_BYTES,
            unpacked_bytes=settings.IMPORT_MAX_UNPACKED_BYTES,
            rows=settings.IMPORT_MAX_ROWS,
            columns=settings.IMPORT_MAX_COLUMNS,
        )
