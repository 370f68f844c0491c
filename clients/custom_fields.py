"""Values of the fields that the administrator added: how they are read, whoever brings them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients import validation
from clients.errors import FieldError
from clients.models.criteria import CustomField
from clients.querysets import CustomFieldQuerySet
from clients.validation import BadValue

MAX_TEXT = 1_000
_MOST = Decimal(10) ** 15


def active() -> CustomFieldQuerySet:
    """Return the fields that are offered, in their order."""
    return CustomField.objects.active()


def clean(values: Mapping[str, Any], fields: Iterable[CustomField] | None = None) -> tuple[dict[str, Any], list[FieldError]]:
    """Read values by key into what `Client.custom` keeps; an empty value is None (take it away).

    Numbers become JSON numbers, dates ISO text. Errors name "custom.<key>"; a key that is no active field is one.
    """
    known = {field.key: field for field in (active() if fields is None else fields)}
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    if not isinstance(values, Mapping):
        return {}, [FieldError("custom", "object", _("Give the custom fields as an object of keys and values."))]
    for key, value in values.items():
        field = known.get(key)
        if field is None:
            errors.append(FieldError(f"custom.{str(key)[:40]}", "unknown", _("There is no such field.")))
            continue
        try:
            found[key] = clean_value(field, value)
        except BadValue as bad:
            errors.append(FieldError(f"custom.{key}", bad.code, bad.message))
    return found, errors


def clean_value(field: CustomField, value: object) -> str | int | float | bool | None:
    """Return one value as it is kept; None for an empty one; raises `BadValue`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    match field.kind:
        case CustomField.Kind.NUMBER:
            return _number(value)
        case CustomField.Kind.DATE:
            day = validation.day(value)
            return day.isoformat() if day else None
        case CustomField.Kind.BOOLEAN:
            return validation.yes_or_no(value)
        case CustomField.Kind.CHOICE:
            return _choice(field, value)
        case _:
            return validation.text(value, limit=MAX_TEXT) or None


def _number(value: object) -> int | float:
    given = str(value).strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("−", "-")
    if "," in given and "." not in given:
        given = given.replace(",", ".")
    try:
        if isinstance(value, bool) or len(given) > 32 or not given.isascii() or "_" in given:
            raise InvalidOperation
        number = Decimal(given)
        if not number.is_finite() or abs(number) >= _MOST:
            raise InvalidOperation
    except InvalidOperation:
        raise BadValue("number", _("Give a number, for example 12.5.")) from None
    number = round(number, 6)
    return int(number) if number == number.to_integral_value() else float(number)


def _choice(field: CustomField, value: object) -> str:
    given = validation.text(value, limit=100)
    for choice in field.choices:
        if choice.casefold() == given.casefold():
            return choice
    raise BadValue("choice", _("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)})
