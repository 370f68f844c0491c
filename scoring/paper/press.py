"""Prints a paper as PDF, in a process of its own: a page that never ends is stopped, and nothing of it stays in memory."""

from __future__ import annotations

import json
import subprocess  # only our own program, without a shell
import sys
from pathlib import Path
from typing import Any

import structlog

logger = structlog.get_logger(__name__)
_PROGRAM = Path(__file__).with_name("typeset.py")
LONGEST = 30.0
"""Seconds; a usual paper takes less than one."""


class NotPrintedError(Exception):
    """The paper could not be set, or not in time."""


def print_pdf(paper: dict[str, Any], *, longest: float = LONGEST) -> bytes:
    """Return `paper` (scoring.paper.contents) as PDF, an accessible one (PDF/UA-1).

    Raises NotPrintedError where it takes more than `longest` seconds or typst refuses it; why is in the log.
    """
    try:
        done = subprocess.run(  # noqa: S603  (no shell, no word of a reader's in the command)
            [sys.executable, "-I", str(_PROGRAM)],
            input=json.dumps(paper, ensure_ascii=False).encode("utf-8", "replace"),
            capture_output=True,
            timeout=longest,
            check=True,
            env={},
        )
    except subprocess.TimeoutExpired:
        logger.error("paper_not_printed", why="took too long", seconds=longest)
        raise NotPrintedError from None
    except subprocess.CalledProcessError as failed:
        logger.error("paper_not_printed", why=failed.stderr.decode("utf-8", "replace")[-2_000:])
        raise NotPrintedError from None
    return done.stdout
