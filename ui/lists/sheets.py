"""A workbook of several sheets, each small enough to be held: figures with formats, text that is never a formula.

The cells are those of the lists' exports (ui.lists.export); here they also have formats, weights and widths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from ui import formats
from ui.lists.export import safe_cell

SHARE = "0.0%"
"""The format of a share: 0.123 is shown as 12.3 %."""
COUNT = "#,##0"
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_TITLE = 31


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the format that a spreadsheet shows it in; None leaves the cell empty."""

    value: Decimal | float | int | None
    format: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` under the line `head` (none where empty); `widths` of columns in letters, 16 where none is said."""

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = field(default=(36,))


def money_format(currency: str) -> str:
    """Return the format of amounts in `currency`, its sign where the reader's language has it: `#,##0.00\\ "€"`."""
    pattern = formats.locale().currency_formats["standard"].pattern.split(";")[0]
    sign = formats.sign_of(currency)
    before = pattern.startswith("¤")
    blank = r"\ " if not before or sign[-1:].isalpha() else ""
    return f'"{sign}"{blank}#,##0.00' if before else f'#,##0.00{blank}"{sign}"'


def write_sheets(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Write a workbook; the first line of a sheet stays in view."""
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for one in sheets:
        sheet = book.create_sheet(_title(one.title, taken))
        for number, width in enumerate(one.widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        if one.head:
            sheet.freeze_panes = "A2"
            sheet.append([_heading(sheet, text) for text in one.head])
        for row in one.rows:
            sheet.append([_written(sheet, value) for value in row])
    book.save(file)


def _title(said: str, taken: set[str]) -> str:
    title = full = _NOT_IN_A_TITLE.sub(" ", said).strip("' ")[:_LONGEST_TITLE] or "–"
    for number in range(2, len(taken) + 2):  # no two sheets of a book may have one
        if title.casefold() not in taken:
            break
        title = f"{full[: _LONGEST_TITLE - 4]} {number}"
    taken.add(title.casefold())
    return title


def _heading(sheet: Any, text: str) -> Any:
    value = safe_cell(sheet, text)
    cell = value if isinstance(value, Cell) else WriteOnlyCell(sheet, value)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _written(sheet: Any, value: Any) -> Any:
    if not isinstance(value, Figure):
        return safe_cell(sheet, value)
    number: Any = value.value  # its stubs know no Decimal
    cell = WriteOnlyCell(sheet, number)
    cell.number_format = value.format
    return cell
