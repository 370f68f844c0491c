"""Values of the history in words: names of references, own fields by their labels, lists by what came and what went."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from clients.countries import country_name
from clients.criteria import all_facts
from clients.models import Client, Contact, CustomField, Industry, LineOfBusiness, Source, Touch
from clients.services.preparing import CONTACT_CLEAN, EDITABLE, REFERENCES
from ui import formats

type Diff = dict[str, Any]
"""What changed of a row, by column, as JSON: the value before, after and, where it is known, as it stands now."""


@dataclass(frozen=True)
class Change:
    """One value that changed, in words. For lists (phones) only what came and what went."""

    field: str
    label: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    gone: bool = False
    """The value before is not the one of today, and may be put back."""


_REFERENCES: dict[str, tuple[type[models.Model], str]] = {
    "source": (Source, "name"),
    "industry": (Industry, "name"),
    "line_of_business": (LineOfBusiness, "name"),
    "manager": (User, "full_name"),
    "user": (User, "full_name"),
    "facts_confirmed_by": (User, "full_name"),
    "referrer": (Client, "full_name"),
    "contact": (Contact, "full_name"),
    "alike": (Client, "full_name"),
    "merged_into": (Client, "full_name"),
}


_PUT_BACK: dict[type[models.Model], frozenset[str]] = {Client: EDITABLE, Contact: frozenset(CONTACT_CLEAN), Touch: frozenset()}
"""What a person may set, so also put back."""


@cache
def _fields(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """Return the concrete fields of `model` by column, in the order of the model."""
    return {column.attname: column for column in model._meta.concrete_fields}


@dataclass
class Words:
    """Turns kept values into words: names of references by (field, id), custom fields by key."""

    names: dict[tuple[str, int], str]
    custom_fields: dict[str, CustomField]

    @classmethod
    def of(
        cls, diffs: Iterable[Diff], custom_fields: Iterable[CustomField] | None, *, custom: bool = False, alike: Iterable[int] = ()
    ) -> Words:
        """Read the names that `diffs` need and those of the clients `alike`, and own fields where there are any (or `custom` says so)."""
        wanted: dict[str, set[int]] = {"alike": set(alike)}
        for diff in diffs:
            custom = custom or "custom" in diff
            for column, values in diff.items():
                if column.removesuffix("_id") in _REFERENCES:
                    wanted.setdefault(column.removesuffix("_id"), set()).update(value for value in values if value is not None)
        if custom and custom_fields is None:
            custom_fields = CustomField.objects.all()
        return cls(_names(wanted), {one.key: one for one in custom_fields or ()} if custom else {})

    def changes(self, model: type[models.Model], facts: Diff, *, whole: bool = False) -> tuple[Change, ...]:
        """Return the changes of one row in the order of the model's fields; lists `whole`, or by what came and went."""
        found: list[Change] = []
        for column, model_field in _fields(model).items():
            if column not in facts:
                continue
            before, after, *now = facts[column]
            if column == "custom":
                found += self._custom(*(value or {} for value in facts[column]))
                continue
            name = column.removesuffix("_id")
            label = str(model_field.verbose_name)
            shown_before, shown_after = self._shown(model_field, before), self._shown(model_field, after)
            if not whole and isinstance(before, list) and isinstance(after, list) and set(before) != set(after):
                shown_before, shown_after = (
                    tuple(one for one in shown_before if one not in shown_after),
                    tuple(one for one in shown_after if one not in shown_before),
                )
            found.append(Change(name, label, shown_before, shown_after, bool(now) and now[0] != before and name in _PUT_BACK[model]))
        return tuple(found)

    def fact(self, key: str) -> str:
        """Return how the fact `key` that criteria ask for is called; the key itself once it is not known any more."""
        known = all_facts(self.custom_fields.values())
        return str(known[key].label) if key in known else key

    def fact_within(self, key: str) -> str:
        """Return the same as it stands within a sentence: "address"; own fields and abbreviations stay as they are."""
        label = self.fact(key)
        return label if key.startswith("custom.") or label[1:2].isupper() else label[:1].lower() + label[1:]

    def waiver(self, facts: dict[str, Any]) -> tuple[Change, ...]:
        until = parse_date(facts["until"])
        words = _("until %(day)s: %(reason)s") % {"day": formats.full(until) if until else "", "reason": facts["reason"]}
        return (Change(facts["fact"], _("waived"), (), (words,)),)

    def entered_anyway(self, facts: dict[str, Any]) -> tuple[Change, ...]:
        """Return why a client was registered although it looked like others, and like whom; nothing for most."""
        if not facts:
            return ()
        alike = ", ".join(self.names.get(("alike", pk)) or _("number %(id)s") % {"id": pk} for pk in facts["alike"])
        words = _("%(clients)s: %(reason)s") % {"clients": alike, "reason": facts["reason"]}
        return (Change("duplicate", _("another client than"), (), (words,)),)

    def _custom(self, before: dict[str, Any], after: dict[str, Any], now: dict[str, Any] | None = None) -> list[Change]:
        found = []
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) == after.get(key):
                continue
            custom_field = self.custom_fields.get(key)
            label = custom_field.label if custom_field else key
            gone = now is not None and custom_field is not None and not custom_field.retired and now.get(key) != before.get(key)
            shown_before, shown_after = _custom_shown(custom_field, before.get(key)), _custom_shown(custom_field, after.get(key))
            found.append(Change(f"custom.{key}", label, shown_before, shown_after, gone))
        return found

    def _shown(self, model_field: models.Field[Any, Any], value: Any) -> tuple[str, ...]:
        if value is None or value in ("", []):
            return ()
        name = model_field.name
        if name in _REFERENCES:
            return (self.names.get((name, value)) or _("number %(id)s") % {"id": value},)
        if isinstance(value, list):
            return tuple(formats.phone(one) if name == "phones" else str(one) for one in value)
        if isinstance(value, bool):
            return (_("yes") if value else _("no"),)
        if model_field.choices:
            return (str(dict(model_field.flatchoices).get(value, value)),)
        if name == "country":
            return (country_name(value),)
        if isinstance(model_field, models.DateField):  # a DateTimeField is one too
            return (_day(value),)
        return (formats.number(value),) if isinstance(value, int) else (str(value),)


def _day(value: str) -> str:
    found: date | None = parse_datetime(value) if "T" in value else parse_date(value[:10])
    return formats.full(found) if found else value


def _custom_shown(custom_field: CustomField | None, value: Any) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, bool):
        return (_("yes") if value else _("no"),)
    if custom_field is not None and custom_field.kind == CustomField.Kind.DATE:
        return (_day(str(value)),)
    return (str(value),)


def _names(wanted: dict[str, set[int]]) -> dict[tuple[str, int], str]:
    """Return the names of all references in one query."""
    parts = [
        _REFERENCES[kind][0]
        ._default_manager.filter(pk__in=ids)
        .order_by()
        .values_list(Value(kind), "pk", Cast(F(_REFERENCES[kind][1]), CharField()))
        for kind, ids in sorted(wanted.items())
        if ids
    ]
    if not parts:
        return {}
    return {(kind, pk): name for kind, pk, name in (parts[0].union(*parts[1:], all=True).order_by() if len(parts) > 1 else parts[0])}


def differences(now: Client, then: Any, fields: Iterable[str]) -> tuple[Change, ...]:
    """Return what stands in `fields` of a client and of an earlier row of it, in words, as a change from today's to that."""
    columns = {field if field in EDITABLE - REFERENCES else "custom" if "." in field else f"{field}_id" for field in fields}
    diff = {column: [_as_json(getattr(now, column)), _as_json(getattr(then, column))] for column in columns}
    return Words.of([diff], None).changes(Client, diff, whole=True)


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
