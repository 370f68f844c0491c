"""Fields that the administrator adds. The key never changes; the type not once a client holds a value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from accounts.locks import hold
from accounts.models import User
from clients import validation
from clients.criteria.passes import work_soon
from clients.errors import FieldError, Refused
from clients.models import Client, Criterion, CustomField
from clients.models.criteria import CustomFieldKind, RuleAction
from clients.services.acting import acting
from clients.services.criteria import may_set_rules
from clients.services.history import note_change
from clients.services.moves import having, move_values
from clients.services.preparing import read_text

KIND = "custom_field"
MOST_FIELDS = 100
MOST_CHOICES = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TEXTS = {"label": 100, "help_text": 200}


@acting
def add_custom_field(*, user: User, label: str, kind: str, key: str = "", choices: Sequence[str] = (), help_text: str = "") -> CustomField:
    """Add a field; it stands last. Without a key one is made from the label. Raises `Refused`."""
    may_set_rules(user)
    hold("custom fields")  # of two at once, the second finds the first one's key
    values, errors = _clean({"label": label, "kind": kind, "choices": choices, "help_text": help_text}, CustomField())
    if CustomField.objects.count() >= MOST_FIELDS:
        errors.append(FieldError("label", "too_many", _("There are %(most)s fields already; retire some first.") % {"most": MOST_FIELDS}))
    key = key or _free_key(str(values.get("label", "")))
    if not _KEY.match(key):
        errors.append(FieldError("key", "key", _("Use lower-case Latin letters, digits and _, with a letter first.")))
    elif CustomField.objects.filter(key=key).exists():
        errors.append(FieldError("key", "taken", _("Another field has this key already.")))
    if errors:
        raise Refused(errors)
    last = CustomField.objects.order_by("-position").values_list("position", flat=True).first() or 0
    field = CustomField.objects.create(key=key, position=last + 1, **values)
    note_change(user, RuleAction.ADDED, KIND, field.pk, field.label, changes=[["kind", None, field.kind], ["choices", None, field.choices]])
    return field


@acting
def change_custom_field(*, user: User, field_id: int, values: Mapping[str, Any]) -> CustomField:
    """Change label, hint, choices (added, put in order; taken away only when no client has them) or, while unused, the type."""
    may_set_rules(user)
    field = CustomField.objects.select_for_update().get(pk=field_id)
    clean, errors = _clean(values, field)
    if "kind" in clean and clean["kind"] != field.kind and in_use(field):
        errors.append(FieldError("kind", "in_use", _("Clients hold values of this field already; its type stays.")))
    errors += [
        FieldError("choices", "in_use", _("Clients have “%(choice)s”; rename it or merge it into another choice.") % {"choice": choice})
        for choice in field.choices
        if "choices" in clean and choice not in clean["choices"] and having(f"custom.{field.key}", choice).exists()
    ]
    if errors:
        raise Refused(errors)
    changes = [[name, getattr(field, name), value] for name, value in clean.items() if getattr(field, name) != value]
    if changes:
        for name, _old, new in changes:
            setattr(field, name, new)
        field.save(update_fields=[name for name, _old, _new in changes])
        note_change(user, RuleAction.CHANGED, KIND, field.pk, field.label, changes=changes)
    return field


@acting
def rename_choice(*, user: User, field_id: int, old: str, new: str) -> CustomField:
    """Rename a choice and carry the clients that have it over; a name that is a choice already merges the two."""
    may_set_rules(user)
    field = CustomField.objects.select_for_update().get(pk=field_id, kind=CustomFieldKind.CHOICE)
    given = read_text("new", new, 100)
    if old not in field.choices:
        raise Refused([FieldError("old", "choice", _("This is no choice of the field (any more)."))])
    if not given:
        raise Refused([FieldError("new", "required", _("Give it a name."))])
    same = next((choice for choice in field.choices if choice != old and choice.casefold() == given.casefold()), None)
    kept = same or given
    if kept == old:
        return field
    field.choices = [choice for choice in (kept if choice == old and same is None else choice for choice in field.choices) if choice != old]
    field.save(update_fields=["choices"])
    action = RuleAction.CHANGED if same is None else RuleAction.MERGED
    note_change(user, action, KIND, field.pk, field.label, changes=[["choice", old, kept]])
    move_values(user=user, field=f"custom.{field.key}", old=old, new=kept, name=old)
    return field


@acting
def remove_choice(*, user: User, field_id: int, choice: str) -> CustomField:
    """Take a choice away, from the clients that have it too. Raises `Refused` for the last one."""
    may_set_rules(user)
    field = CustomField.objects.select_for_update().get(pk=field_id, kind=CustomFieldKind.CHOICE)
    if choice not in field.choices:
        raise Refused([FieldError("old", "choice", _("This is no choice of the field (any more)."))])
    if len(field.choices) == 1:
        raise Refused([FieldError("choices", "last", _("A field to choose from needs a choice; retire the field instead."))])
    field.choices = [one for one in field.choices if one != choice]
    field.save(update_fields=["choices"])
    note_change(user, RuleAction.CHANGED, KIND, field.pk, field.label, changes=[["choice", choice, None]])
    move_values(user=user, field=f"custom.{field.key}", old=choice, new="", name=choice)
    return field


@acting
def move_custom_field(*, user: User, field_id: int, up: bool) -> None:
    """Put a field one place up or down."""
    may_set_rules(user)
    fields = list(CustomField.objects.select_for_update().order_by("position", "id"))
    at = next((number for number, field in enumerate(fields) if field.pk == field_id), None)
    if at is None:
        raise CustomField.DoesNotExist
    to = at - 1 if up else at + 1
    if 0 <= to < len(fields):
        fields[at], fields[to] = fields[to], fields[at]
    for position, field in enumerate(fields, start=1):
        if field.position != position:
            field.position = position
            field.save(update_fields=["position"])


@acting
def retire_custom_field(*, user: User, field_id: int, retired: bool = True) -> CustomField:
    """Offer a field no longer (or again): clients keep their values, criteria that ask for it ask nothing."""
    may_set_rules(user)
    field = CustomField.objects.select_for_update().get(pk=field_id)
    if field.retired != retired:
        field.retired = retired
        field.save(update_fields=["retired"])
        note_change(user, RuleAction.RETIRED if retired else RuleAction.RESTORED, KIND, field.pk, field.label)
        if Criterion.objects.published().filter(fact=f"custom.{field.key}").exists():
            work_soon()
    return field


def in_use(field: CustomField) -> bool:
    """Return whether some client holds a value of the field."""
    return Client.objects.filter(custom__has_key=field.key).exists()


def _clean(values: Mapping[str, Any], field: CustomField) -> tuple[dict[str, Any], list[FieldError]]:
    clean: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, limit in _TEXTS.items():
        if name in values:
            try:
                clean[name] = validation.text(values[name], limit=limit)
            except validation.BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
    if "label" in values and not clean.get("label"):
        errors.append(FieldError("label", "required", _("Give it a name.")))
    if "kind" in values:
        clean["kind"] = values["kind"]
        if values["kind"] not in CustomFieldKind.values:
            errors.append(FieldError("kind", "choice", _("Choose a type.")))
    if "choices" in values:
        errors += _clean_choices(values["choices"], clean)
    if clean.get("kind", field.kind) != CustomFieldKind.CHOICE:
        clean["choices"] = []
    elif not clean.get("choices", field.choices):
        errors.append(FieldError("choices", "required", _("Name at least one choice.")))
    return clean, errors


def _clean_choices(given: Sequence[str], clean: dict[str, Any]) -> list[FieldError]:
    found: dict[str, str] = {}
    for choice in given:
        try:
            text = validation.text(choice, limit=100)
        except validation.BadValue as bad:
            return [FieldError("choices", bad.code, bad.message)]
        if text:
            found.setdefault(text.casefold(), text)
    clean["choices"] = list(found.values())
    if len(found) > MOST_CHOICES:
        return [FieldError("choices", "too_many", _("Keep at most %(most)s choices.") % {"most": MOST_CHOICES})]
    return []


def _free_key(label: str) -> str:
    """Return a key made from a label in any script ("Год выпуска" → "god_vypuska") that no field has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seraph_fold(%s)", [label])
        folded = str(cursor.fetchone()[0])
    key = re.sub(r"[^a-z0-9]+", "_", folded).strip("_")[:34].rstrip("_")
    if not key or not key[0].isalpha():
        key = f"field_{key}".rstrip("_")
    taken = set(CustomField.objects.filter(key__startswith=key).values_list("key", flat=True))
    return next(name for name in (key, *(f"{key}_{number}" for number in range(2, 1000))) if name not in taken)
