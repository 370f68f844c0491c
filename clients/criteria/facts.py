"""The facts that a criterion may ask for. Other apps register their own with `register_fact` in `apps.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.criteria.readers import Custom, Reader

if TYPE_CHECKING:
    from clients.models import CustomField

type Words = str | Promise


class Group(TextChoices):
    """Under which heading a fact stands."""

    WHO = "who", _("Who it is")
    REACH = "reach", _("How to reach")
    WORK = "work", _("How we work")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a record may be asked to hold.

    `readers` are the places where it may stand; one of them is enough. `field` is the form field that mends it, `ask`
    the sentence that asks for it.
    """

    key: str
    label: Words
    group: Group
    readers: tuple[Reader, ...]
    field: str
    ask: Words
    check: Words = ""
    """What is looked at beyond being there, in a few words."""
    kinds: tuple[str, ...] = ()
    """Kinds of clients that it makes sense for; empty: all."""
    takes_pattern: bool = False
    takes_span: bool = False
    takes_age: bool = True
    custom: bool = False


_registered: dict[str, Fact] = {}


def register_fact(fact: Fact) -> None:
    """Let criteria ask for `fact`. Called once for each key, by apps in `ready`."""
    if _registered.setdefault(fact.key, fact) is not fact:
        raise ValueError(f"the fact {fact.key} is registered twice")


def built_in() -> Mapping[str, Fact]:
    """Return the registered facts by key, in order."""
    return dict(_registered)


def custom_fact(field: CustomField) -> Fact:
    """Return the fact of a field that the administrator added."""
    key = f"custom.{field.key}"
    return Fact(
        key=key,
        label=field.label,
        group=Group.WORK,
        readers=(Custom(field.key, field.kind, (key,)),),
        field=key,
        ask=format_lazy(_("Fill in “{label}”."), label=field.label),
        check=_CUSTOM_CHECKS.get(field.kind, ""),
        takes_pattern=field.kind == "text",
        takes_span=field.kind == "number",
        custom=True,
    )


_CUSTOM_CHECKS: dict[str, Words] = {
    "number": _("a number"),
    "date": _("a date"),
    "boolean": _("yes or no"),
    "choice": _("from the list"),
}


def all_facts(fields: Iterable[CustomField]) -> dict[str, Fact]:
    """Return every fact by key: the registered ones and those of custom fields that are not retired."""
    return {**_registered, **{fact.key: fact for fact in (custom_fact(field) for field in fields if not field.retired)}}
