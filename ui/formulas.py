"""Text that a spreadsheet would take for a formula: kept from it by an apostrophe, which the importer takes off again.

A formula begins with = + - @ (in Japanese programs also in full width), blanks before it or not. It may also begin
after a semicolon: where that parts the cells (a French or Russian Excel), a file parted by commas is cut there.
"""

from __future__ import annotations

import re

_BEGINNING = r"(?:\A|(?<=;))"
# The apostrophes that stand there already count too, so that taking one off gives back exactly what was.
_FORMULA = r"'*\s*[=+\-@\t\r＝＋－＠]"
_TO_GUARD = re.compile(rf"{_BEGINNING}(?={_FORMULA})")
_GUARDED = re.compile(rf"{_BEGINNING}'(?={_FORMULA})")


def begins_formula(text: str) -> bool:
    """Return whether `text` as a whole would be taken for a formula."""
    return _TO_GUARD.match(text) is not None


def guarded(text: str) -> str:
    """Return `text` for a cell of a CSV, so that no spreadsheet takes it, or a part of it, for a formula."""
    return _TO_GUARD.sub("'", text)


def unguarded(text: str) -> str:
    """Return what `guarded` was given."""
    return _GUARDED.sub("", text)
