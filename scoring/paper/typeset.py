"""Sets one paper: JSON comes in, a PDF goes out. Run as a program of its own (scoring.paper.press), which can be stopped."""

from __future__ import annotations

import sys
from pathlib import Path

import typst

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TEMPLATE = HERE / "template"


def to_pdf(paper: str) -> bytes:
    """Return the paper that the JSON `paper` (scoring.paper.contents) tells of, as accessible PDF (PDF/UA-1).

    UA-1 refuses a letter that no font has. Where a name has one, the paper comes without that promise, and a box for it.
    Raises typst.TypstError.
    """
    # Typst reads files of this folder alone and fetches no packages: the template names none, and what comes from outside
    # is data, never markup. Fonts of the host serve names in scripts that ours don't have.
    compiler = typst.Compiler(TEMPLATE / "paper.typ", root=TEMPLATE, font_paths=[FONTS], sys_inputs={"paper": paper})
    try:
        made = compiler.compile(format="pdf", pdf_standards="ua-1")
    except typst.TypstError:
        made = compiler.compile(format="pdf")
    assert isinstance(made, bytes)
    return made


if __name__ == "__main__":
    try:
        sys.stdout.buffer.write(to_pdf(sys.stdin.buffer.read().decode("utf-8")))
    except typst.TypstError as refused:
        sys.exit(refused.diagnostic)
