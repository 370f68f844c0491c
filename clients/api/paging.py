"""Cursors: where a page ended, as text that goes back to the server as it came."""

from __future__ import annotations

import base64
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from accounts.api import FieldProblem, ProblemError
from clients.api.values import LARGEST_ID


def moment_cursor(at: datetime, pk: int) -> str:
    """Return the cursor after the row `pk` of a list that is ordered by moment and id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{pk}".encode()).decode().rstrip("=")


def read_moment_cursor(cursor: str) -> tuple[datetime, int]:
    """Return what `moment_cursor` was given; a cursor of somebody's own making is refused."""
    try:
        text, pk = _parts(cursor)
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise _not_ours() from None
    return at, pk


def day_cursor(day: date, pk: int) -> str:
    """Return the cursor after the row `pk` of a list that is ordered by day and id."""
    return base64.urlsafe_b64encode(f"{day.isoformat()}|{pk}".encode()).decode().rstrip("=")


def read_day_cursor(cursor: str) -> tuple[date, int]:
    """Return what `day_cursor` was given; a cursor of somebody's own making is refused."""
    try:
        text, pk = _parts(cursor)
        day = date.fromisoformat(text)
    except ValueError:
        raise _not_ours() from None
    return day, pk


def score_cursor(score: int, pk: int) -> str:
    """Return the cursor after the pair `pk` of a list that is ordered by likeness, the most alike first, and id."""
    return base64.urlsafe_b64encode(f"{score}|{pk}".encode()).decode().rstrip("=")


def read_score_cursor(cursor: str) -> tuple[int, int]:
    """Return what `score_cursor` was given; a cursor of somebody's own making is refused."""
    try:
        text, pk = _parts(cursor)
        score = int(text)
        if not 0 <= score <= 100:
            raise ValueError
    except ValueError:
        raise _not_ours() from None
    return score, pk


def _parts(cursor: str) -> tuple[str, int]:
    text, pk_text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
    pk = int(pk_text)
    if not 0 < pk <= LARGEST_ID:
        raise ValueError
    return text, pk


def _not_ours() -> ProblemError:
    message = str(_("Give back the cursor of the page before as it came."))
    return ProblemError(422, errors=[FieldProblem(field="cursor", code="cursor", message=message)])
