"""Cursors: where a page ended, as text that goes back to the server as it came."""

from __future__ import annotations

import base64
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.api import FieldProblem, ProblemError
from clients.api.values import LARGEST_ID


def moment_cursor(at: datetime, pk: int) -> str:
    """Return the cursor after the row `pk` of a list that is ordered by moment and id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{pk}".encode()).decode().rstrip("=")


def read_moment_cursor(cursor: str) -> tuple[datetime, int]:
    """Return what `moment_cursor` was given; a cursor of somebody's own making is refused."""
    try:
        at_text, pk_text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        at, pk = datetime.fromisoformat(at_text), int(pk_text)
        if at.tzinfo is None or not 0 < pk <= LARGEST_ID:
            raise ValueError
    except ValueError:
        message = str(_("Give back the cursor of the page before as it came."))
        raise ProblemError(422, errors=[FieldProblem(field="cursor", code="cursor", message=message)]) from None
    return at, pk
