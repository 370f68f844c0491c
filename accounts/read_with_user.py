"""What the frame of every page wants to know of its user, read in the query that brings the user.

    read_with_user.register("unseen_notices", lambda: ArraySubquery(…))

Apps register expressions over the user's row in their `apps.py`; they stand on the user of a request under their names.
A part of the frame that asked for itself would cost each page a query more.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F
from django.db.models.expressions import Combinable

type Expression = Callable[[], Combinable | F]

_expressions: dict[str, Expression] = {}


def register(name: str, expression: Expression) -> None:
    """Let the user of each request bring `name`; a name that is registered again is replaced."""
    _expressions[name] = expression


def expressions() -> dict[str, Combinable | F]:
    """Return all of them, by name, for `annotate`."""
    return {name: made() for name, made in _expressions.items()}
