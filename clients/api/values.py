"""The shapes that values have in a request: which JSON type each is, with the codes that forms and imports use.

Only the shape is checked here; what a phone or a tax number must look like is the services' to say.
pydantic would call a wrong type "string_type" and the like; these say "text", "number", "choice" as `clients.validation` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from accounts.api import FieldProblem, ProblemError

LARGEST_ID = 2**63 - 1
OWN = "seraph."  # tells our codes from pydantic's own, which has a "too_long" for lists
_ID = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}


@dataclass(frozen=True)
class Shape:
    """How one value is checked, and what the schema says of it. Stands in `Annotated` beside the Python type."""

    check: Callable[[Any], Any]
    schema: dict[str, Any]
    or_null: bool = False

    def read(self, value: Any) -> Any:
        """Return the value, or raise the one error that it makes."""
        return None if self.or_null and value is None else self.check(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        if not self.or_null:
            return dict(self.schema)
        if "type" not in self.schema:
            return {"anyOf": [*self.schema["anyOf"], {"type": "null"}]}
        return {**self.schema, "type": [self.schema["type"], "null"]}


def _wrong(code: str, message: str | Promise) -> PydanticCustomError:
    # braces would be read as places to fill
    return PydanticCustomError(OWN + code, str(message).replace("{", "(").replace("}", ")"))


def text(longest: int, *, or_null: bool = True) -> Shape:
    """Text of at most `longest` characters; null empties a field."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise _wrong("text", _("Give this as text."))
        if len(value) > longest:
            raise _wrong("too_long", _("Shorten this to %(limit)s characters.") % {"limit": longest})
        return value

    return Shape(check, {"type": "string", "maxLength": longest}, or_null)


def texts(longest: int, most: int = 20) -> Shape:
    """A list of at most `most` texts."""

    def check(value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise _wrong("list", _("Give this as a list of texts."))
        if len(value) > most:
            raise _wrong("too_many", _("Keep at most %(most)s entries.") % {"most": most})
        if any(len(part) > longest for part in value):
            raise _wrong("too_long", _("Shorten this to %(limit)s characters.") % {"limit": longest})
        return value

    return Shape(check, {"type": "array", "items": {"type": "string", "maxLength": longest}, "maxItems": most})


def choice(values: Iterable[str]) -> Shape:
    """One of `values`."""
    known = list(values)

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in known:
            raise _wrong("choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(known)})
        return value

    return Shape(check, {"type": "string", "enum": known})


def yes_or_no(*, or_null: bool = False) -> Shape:
    """True or false; where null is allowed, it says that nobody has asked yet."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise _wrong("yes_or_no", _("Answer yes or no."))
        return value

    return Shape(check, {"type": "boolean"}, or_null)


def whole(most: int, *, least: int = 0, or_null: bool = True) -> Shape:
    """A whole number from `least` to `most`."""

    def check(value: Any) -> int:
        value = _as_whole(value)
        if not isinstance(value, int) or not least <= value <= most:
            raise _wrong("number", _("Give a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
        return value

    return Shape(check, {"type": "integer", "minimum": least, "maximum": most}, or_null)


def _as_whole(value: Any) -> Any:
    """Return 3 for 3.0, which JSON Schema calls an integer too, and None for a boolean, which Python does."""
    if isinstance(value, bool):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _day(value: Any) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) or not 1900 <= date.fromisoformat(value).year <= 2200:
            raise ValueError
    except (ValueError, TypeError):
        raise _wrong("date", _("Write the date like 2026-11-24.")) from None
    return str(value)


def _moment(value: Any) -> datetime:
    try:
        # RFC 3339 asks for the offset; without it nobody knows whose 10 o'clock it is
        if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value, re.ASCII):
            raise ValueError
        moment = datetime.fromisoformat(value.upper())
        if not 1900 <= moment.year <= 2200:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise _wrong("date_time", _("Write the time with its offset, like 2026-11-24T10:30:00+01:00.")) from None


def read_moment(field: str, value: str) -> datetime:
    """Return the moment that a query names; raises `ProblemError` (422) for what is none."""
    try:
        return _moment(value)
    except PydanticCustomError as wrong:
        raise ProblemError(422, errors=[FieldProblem(field=field, code="date_time", message=wrong.message())]) from None


def _reference(value: Any) -> int | str:
    value = _as_whole(value)
    if (isinstance(value, str) and len(value) <= 300) or (isinstance(value, int) and 0 < value <= LARGEST_ID):
        return value
    raise _wrong("choice", _("Choose an entry of the list by its id or its name."))


def _custom(value: Any) -> dict[str, Any]:
    plain = str | int | float | bool | None
    if not isinstance(value, dict) or len(value) > 200 or not all(isinstance(part, plain) for part in value.values()):
        raise _wrong("object", _("Give the custom fields as an object of at most 200 keys."))
    return value


def ids(most: int) -> Shape:
    """A list of 1 to `most` ids."""

    def check(value: Any) -> list[int]:
        if not isinstance(value, list) or not 0 < len(value) <= most:
            raise _wrong("list", _("Give a list of 1 to %(most)s ids.") % {"most": most})
        whole_ids = [_as_whole(part) for part in value]
        if not all(isinstance(part, int) and 0 < part <= LARGEST_ID for part in whole_ids):
            raise _wrong("choice", _("Give ids of the registry."))
        return whole_ids

    return Shape(check, {"type": "array", "items": _ID, "minItems": 1, "maxItems": most})


YesNo = Annotated[bool, yes_or_no()]
YesNoUnknown = Annotated[bool | None, yes_or_no(or_null=True)]
_DAY = {"type": "string", "format": "date", "description": "From 1900 to 2200."}
Day = Annotated[str | None, Shape(_day, _DAY, or_null=True)]
DayGiven = Annotated[str, Shape(_day, _DAY)]
Moment = Annotated[
    datetime | None,
    Shape(_moment, {"type": "string", "format": "date-time", "description": "With its offset; from 1900 to 2200."}, or_null=True),
]
Reference = Annotated[int | str | None, Shape(_reference, {"anyOf": [_ID, {"type": "string", "maxLength": 300}]}, or_null=True)]
Id = Annotated[int, whole(LARGEST_ID, least=1, or_null=False)]
IdOrNull = Annotated[int | None, whole(LARGEST_ID, least=1)]
Version = Annotated[int, whole(2_147_483_647, least=1, or_null=False)]
Custom = Annotated[
    dict[str, Any],
    Shape(
        _custom,
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}, "maxProperties": 200},
    ),
]
