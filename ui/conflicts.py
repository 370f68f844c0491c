"""Two people changed one record: both values side by side, and nothing is lost.

The page that shows them is itself the form to save: each differing field is a choice whose value is what will be
posted, everything else goes along hidden, and the version is the newest one.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BaseForm, BoundField, CheckboxInput, ChoiceField, DateField, DateTimeField, Field, ModelChoiceField
from django.utils.translation import gettext as _

from ui import formats


@dataclass(frozen=True, slots=True)
class Side:
    """A field's value in one version: as it is posted, and as people read it."""

    posted: str
    shown: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which the two versions differ."""

    name: str
    label: str
    mine: Side
    theirs: Side


@dataclass(frozen=True, slots=True)
class Conflict:
    """What `ui/conflict.html` draws. `kept` are the fields in which both agree, as (name, value)."""

    differences: list[Difference]
    kept: list[tuple[str, str]]
    version: int
    changed_by: str = ""


def compare(mine: BaseForm, theirs: BaseForm, *, version: int, changed_by: str = "") -> Conflict:
    """Compare what the user sent (`mine`, bound) with the record as it stands (`theirs`, unbound, with its initial values).

    Several values in one field are understood by `ListField` (one a line); files are not compared.
    """
    differences: list[Difference] = []
    kept: list[tuple[str, str]] = []
    for name in mine.fields:
        if name == "version" or mine.fields[name].widget.needs_multipart_form:
            continue
        sent, stands = mine[name], theirs[name]
        left, right = _texts(sent, sent.data), _texts(stands, stands.value())
        if left == right:
            kept += [(sent.html_name, text) for text in left]
        else:
            differences.append(Difference(sent.html_name, str(sent.label), _side(sent, left), _side(stands, right)))
    return Conflict(differences, kept, version, changed_by)


def _texts(field: BoundField, value: Any) -> list[str]:
    """Return the values of `field` as they would be posted."""
    if isinstance(field.field.widget, CheckboxInput):
        return ["on"] if field.field.widget.check_test(value) else []
    formatted = field.field.widget.format_value(value) if hasattr(field.field.widget, "format_value") else value
    values: Iterable[Any] = formatted if isinstance(formatted, list | tuple | set) else [formatted]
    return [str(item) for item in values if item not in (None, "")]


def _side(field: BoundField, texts: list[str]) -> Side:
    if isinstance(field.field.widget, CheckboxInput):
        shown = _("yes") if texts else _("no")
    else:
        labels = _labels(field.field, texts)
        shown = ", ".join(labels.get(text, text) for text in texts) or "–"
    return Side("\n".join(texts), shown)


def _labels(field: Field, texts: list[str]) -> dict[str, str]:
    """Return how `texts` read: the labels of choices, dates in full, phones in groups."""
    if isinstance(field, ModelChoiceField):  # asks for the few chosen, never for a list of a million
        chosen = field.queryset.filter(pk__in=[text for text in texts if text.isdecimal()]) if field.queryset is not None else []
        return {str(one.pk): str(field.label_from_instance(one)) for one in chosen}
    if isinstance(field, ChoiceField) or getattr(field, "choices", None):
        return {str(value): str(label) for value, label in field.widget.choices if not isinstance(label, list | tuple)}
    if isinstance(field, DateField | DateTimeField):
        return {text: formats.full(value) for text in texts if (value := _date(field, text))}
    if getattr(field.widget, "input_type", "") == "date":
        return {text: formats.full(value) for text in texts if (value := _date(DateField(), text))}
    if getattr(field.widget, "input_type", "") == "tel":
        return {text: formats.phone(text) for text in texts}
    return {}


def _date(field: Field, text: str) -> datetime.date | None:
    try:
        value: datetime.date | None = field.to_python(text)
    except ValidationError:
        return None
    return value
