"""Text that can't be kept: found at the door, before it comes to the database."""

from __future__ import annotations

from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from accounts.api.problems import FieldProblem, ProblemError


def unkeepable(value: object) -> bool:
    """Whether some text in `value` holds what PostgreSQL can't keep: NUL, or half of a surrogate pair."""
    if isinstance(value, str):
        return "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return any(unkeepable(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(unkeepable(part) for part in value)


def check_query(data: MultiValueDict[str, Any]) -> None:
    """Refuse a query or a form with such text in a name or a value."""
    for name, values in data.lists():
        if unkeepable([name, *(value for value in values if isinstance(value, str))]):
            shown = "".join(letter for letter in name if letter.isprintable())[:60]
            message = str(_("Leave out the characters that can't be kept."))
            raise ProblemError(422, errors=[FieldProblem(field=shown, code="text", message=message)])
