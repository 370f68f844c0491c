"""Reference lists: sources, industries, lines of business. Entries in use are retired or merged, never deleted."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import validation
from clients.errors import FieldError, Refused
from clients.models import Criterion, Industry, LineOfBusiness, Source, TargetProfile, ValueMove
from clients.models.criteria import RuleAction
from clients.models.references import Reference
from clients.services.acting import acting
from clients.services.criteria import may_set_rules
from clients.services.history import note_change
from clients.services.moves import move_values

LISTS: dict[str, type[Reference]] = {"source": Source, "industry": Industry, "line_of_business": LineOfBusiness}


def kind_of(model: type[Reference]) -> str:
    """Return the key of a list in `LISTS`."""
    return next(kind for kind, listed in LISTS.items() if listed is model)


@acting
def add_reference[Entry: Reference](model: type[Entry], *, user: User, name: str, **facts: Any) -> Entry:
    """Add an entry to a reference list; `facts` are what the list keeps besides the name (`targeted` of a source).

    Raises `Refused` for an empty name or one that is in the list already, `PermissionDenied` without clients.set_rules.
    """
    may_set_rules(user)
    entry = _kept(model(name=_name(name), **facts))
    note_change(user, RuleAction.ADDED, kind_of(model), entry.pk, entry.name)
    return entry


@acting
def change_reference(*, user: User, kind: str, entry_id: int, name: str, targeted: bool | None = None) -> Reference:
    """Rename an entry; for sources, mark it as targeted or not. Clients keep it."""
    may_set_rules(user)
    entry = _locked(kind, entry_id)
    changes: list[list[Any]] = []
    if (wanted := _name(name)) != entry.name:
        changes.append(["name", entry.name, wanted])
        entry.name = wanted
    if isinstance(entry, Source) and targeted is not None and targeted != entry.targeted:
        changes.append(["targeted", entry.targeted, targeted])
        entry.targeted = targeted
    if changes:
        _kept(entry)
        note_change(user, RuleAction.CHANGED, kind, entry.pk, entry.name, changes=changes)
    return entry


@acting
def retire_reference(*, user: User, kind: str, entry_id: int, retired: bool = True) -> Reference:
    """Offer an entry no longer (or again, with `retired=False`). Clients that have it keep it."""
    may_set_rules(user)
    entry = _locked(kind, entry_id)
    if entry.merged_into is not None:
        raise Refused([FieldError("retired", "merged", _("This entry was merged into another one."))])
    if entry.retired != retired:
        entry.retired = retired
        entry.save(update_fields=["retired"])
        note_change(user, RuleAction.RETIRED if retired else RuleAction.RESTORED, kind, entry.pk, entry.name)
    return entry


@acting
def merge_reference(*, user: User, kind: str, entry_id: int, into_id: int) -> ValueMove:
    """Merge an entry into another: its clients move there, and imports that name it mean the other from now on.

    Raises `Refused` while a criterion in force asks something of the clients of this entry alone.
    """
    may_set_rules(user)
    model: Any = LISTS[kind]
    rows = {row.pk: row for row in model._default_manager.select_for_update().filter(pk__in=[entry_id, into_id]).order_by("pk")}
    if entry_id not in rows or into_id not in rows:
        raise model.DoesNotExist
    entry, into = rows[entry_id], rows[into_id]
    if entry_id == into_id or into.merged_into_id is not None or into.retired:
        raise Refused([FieldError("into", "choice", _("Choose another entry that is still offered."))])
    _refuse_if_asked(kind, entry)
    entry.retired, entry.merged_into = True, into
    entry.save(update_fields=["retired", "merged_into"])
    model._default_manager.filter(merged_into=entry).update(merged_into=into)
    _move_in_rules(kind, entry_id, into_id)
    note_change(user, RuleAction.MERGED, kind, entry.pk, entry.name, changes=[["into", entry.name, into.name]])
    return move_values(user=user, field=kind, old=str(entry_id), new=str(into_id), name=entry.name)


def _refuse_if_asked(kind: str, entry: Reference) -> None:
    if kind not in ("source", "industry"):
        return
    asking = Criterion.objects.published().filter(**{f"{_RULE_LISTS[kind]}__contains": [entry.pk]})
    if asking.exists():
        message = _("A criterion in force is for the clients of this entry; change the criterion first.")
        raise Refused([FieldError("into", "asked", message)])


_RULE_LISTS = {"source": "sources", "industry": "industries"}


def _move_in_rules(kind: str, old: int, new: int) -> None:
    """Drafts and the target profile follow at once."""
    if kind in _RULE_LISTS:
        name = _RULE_LISTS[kind]
        for draft in Criterion.objects.drafts().filter(**{f"{name}__contains": [old]}):
            setattr(draft, name, sorted({new if value == old else value for value in getattr(draft, name)}))
            draft.version += 1
            draft.save(update_fields=[name, "version"])
    if kind == "industry":
        profile = TargetProfile.objects.filter(pk=1, industries=old).first()
        if profile is not None:
            profile.industries.remove(old)
            profile.industries.add(new)
            TargetProfile.objects.filter(pk=1).update(revision=profile.revision + 1, marked_upto=0)


def _name(given: str) -> str:
    try:
        name = validation.text(given, limit=200)
    except validation.BadValue as bad:
        raise Refused([FieldError("name", bad.code, bad.message)]) from None
    if not name:
        raise Refused([FieldError("name", "required", _("Give it a name."))])
    return name


def _locked(kind: str, entry_id: int) -> Reference:
    model: Any = LISTS[kind]
    entry: Reference = model._default_manager.select_for_update(of=("self",)).get(pk=entry_id)
    return entry


def _kept[Entry: Reference](entry: Entry) -> Entry:
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        raise Refused([FieldError("name", "taken", _("The list has an entry of this name already."))]) from None
    return entry


SOURCES: tuple[tuple[Any, bool], ...] = (
    (_("Trade fair"), True),
    (_("Recommendation"), True),
    (_("Our own search"), True),
    (_("Mailing"), True),
    (_("Web site"), False),
    (_("Called us"), False),
    (_("Walked in"), False),
)
"""What a new installation may start with, and whether it is targeted."""


@transaction.atomic
def add_usual_sources(*, user: User | None = None) -> int:
    """Give a registry without any source the usual ones, in the language in force; return how many were added."""
    if user is not None:
        may_set_rules(user)
    if Source.objects.exists():
        return 0
    made = Source.objects.bulk_create([Source(name=str(name), targeted=targeted) for name, targeted in SOURCES])
    for source in made:
        note_change(user, RuleAction.ADDED, "source", source.pk, source.name)
    return len(made)
