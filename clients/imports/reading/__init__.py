"""Reading files as tables: CSV and XLSX as a stream of rows of text, with flat memory. Everything else is refused in words."""

from clients.imports.reading.encodings import OFFERED as ENCODINGS
from clients.imports.reading.limits import Limits
from clients.imports.reading.refusal import Unreadable
from clients.imports.reading.table import REASON_HEADINGS, Choice, Row, Table, is_reason, open_table, too_large

__all__ = ["ENCODINGS", "REASON_HEADINGS", "Choice", "Limits", "Row", "Table", "Unreadable", "is_reason", "open_table", "too_large"]
