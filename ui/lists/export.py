"""Rows of a list as a file: CSV while it is read, XLSX through a temporary file; flat memory whatever the number of rows.

A cell that a spreadsheet would take for a formula is written as text: in CSV behind an apostrophe (the importer takes it
off again), in XLSX as a cell of type text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from django.db import models
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils.exceptions import IllegalCharacterError

from ui.formulas import begins_formula, guarded, unguarded
from ui.lists.state import ListState
from ui.lists.tables import Column

CHUNK = 2_000
MOST_ROWS_OF_A_SHEET = 1_000_000  # a sheet ends at 1,048,576
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


def headings(columns: dict[str, Column]) -> list[str]:
    """Return the first line of a file with `columns`."""
    return [str(heading) for column in columns.values() for heading, _value in column.exports]


def rows_of(state: ListState, rows: models.QuerySet[Any], columns: dict[str, Column]) -> Iterator[list[Any]]:
    """Yield the values of `rows` in the order of the view, read through a server-side cursor."""
    for column in columns.values():
        if column.load:
            rows = column.load(rows)
    values: list[Callable[[Any], Any]] = [value for column in columns.values() for _heading, value in column.exports]
    ordered = state.page.load(rows).order_by(*state.order.sort.ordering(descending=state.order.descending))
    for record in ordered.iterator(chunk_size=CHUNK):
        yield [value(record) for value in values]


class _Line:
    """A file for `csv.writer` that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_lines(head: list[str], rows: Iterator[list[Any]]) -> Iterator[bytes]:
    """Yield a CSV in UTF-8 with a byte order mark (so that Excel reads Cyrillic), a few hundred lines at a time."""
    writer = csv.writer(_Line())
    waiting = ["\ufeff", writer.writerow(map(guarded, head))]
    for number, row in enumerate(rows, 1):
        waiting.append(writer.writerow([_as_text(value) for value in row]))
        if number % 500 == 0:
            yield "".join(waiting).encode("utf-8", "replace")
            waiting.clear()
    yield "".join(waiting).encode("utf-8", "replace")


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case int() | float() | Decimal():
            return str(value)  # a number is no formula, not even a negative one
        case _:
            return guarded(str(value))


def write_xlsx(file: IO[bytes], head: list[str], rows: Iterator[list[Any]], progress: Callable[[int], None] = lambda done: None) -> None:
    """Write a workbook row by row; numbers and dates keep their types, and no text is ever a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([safe_cell(sheet, heading) for heading in head])
    for number, row in enumerate(rows, 1):
        if number % MOST_ROWS_OF_A_SHEET == 0:
            sheet = book.create_sheet()
            sheet.append([safe_cell(sheet, heading) for heading in head])
        sheet.append([safe_cell(sheet, value) for value in row])
        if number % CHUNK == 0:
            progress(number)
    book.save(file)


def safe_cell(sheet: Any, value: Any) -> Any:
    """Return what a sheet of openpyxl takes for `value`: numbers and dates as such, text never as a formula."""
    if isinstance(value, float) and float(f"{value:.15g}") != value:
        return str(value)  # a spreadsheet keeps 15 digits of a number
    if value is None or isinstance(value, bool | int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, second=0, microsecond=0)
    if isinstance(value, date):
        return value
    text = _ILLEGAL.sub("", str(value))[:32_767]
    if unguarded(text) != text:  # its own apostrophe would be taken for ours
        text = guarded(text)
    if not begins_formula(text) and text not in ERROR_CODES:
        return text
    try:
        cell = WriteOnlyCell(sheet, text)
    except IllegalCharacterError:
        return ""
    cell.data_type = "s"  # "=…" would become a formula, "#N/A" a mistake
    return cell
