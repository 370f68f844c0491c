"""Kinds of reminders: added, renamed, retired, put in another order. Each step is noted in the audit."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.audit import note
from clients import validation
from clients.errors import FieldError, Refused
from clients.services.acting import acting
from reminders.models import ReminderKind
from reminders.models.kinds import CALL_BACK, OTHER, SHIPPED

KEPT = frozenset({CALL_BACK, OTHER})
"""Kinds that the system itself makes reminders of."""


def may_set_kinds(user: User) -> None:
    """Raise `PermissionDenied` unless `user` may set the kinds of reminders."""
    if not (user.is_active and user.has_perm("reminders.set_reminder_kinds")):
        raise PermissionDenied


@acting
def add_kind(*, user: User, name: str, is_contact: bool, has_length: bool) -> ReminderKind:
    """Add a kind at the end of the list. Raises `Refused`."""
    may_set_kinds(user)
    clean = _name(name, None)
    last = ReminderKind.objects.aggregate(last=Max("position"))["last"] or 0
    kind = ReminderKind(key=_key(clean), name=clean, is_contact=is_contact, has_length=has_length, position=min(last + 10, 32_767))
    kind.save()
    note("reminder_kind_added", by=user, about=kind)
    return kind


@acting
def change_kind(*, user: User, kind_id: int, name: str, is_contact: bool, has_length: bool) -> ReminderKind:
    """Rename a kind, or change what closes it. A shipped kind without a name of its own has the one of the reader's language.

    Raises `Refused`, `ReminderKind.DoesNotExist`.
    """
    may_set_kinds(user)
    kind = ReminderKind.objects.select_for_update().get(pk=kind_id)
    values = {"name": _name(name, kind), "is_contact": is_contact, "has_length": has_length}
    changed = [field for field, value in values.items() if getattr(kind, field) != value]
    for field in changed:
        setattr(kind, field, values[field])
    if changed:
        kind.save(update_fields=changed)
        note("reminder_kind_changed", by=user, about=kind, fields=changed)
    return kind


@acting
def retire_kind(*, user: User, kind_id: int, retired: bool = True) -> ReminderKind:
    """Offer a kind no longer, or again. Reminders and rules that have it keep it. Raises `Refused`, `ReminderKind.DoesNotExist`."""
    may_set_kinds(user)
    kind = ReminderKind.objects.select_for_update().get(pk=kind_id)
    if retired and kind.key in KEPT:
        raise Refused([FieldError("kind", "kept", _("Seraph itself makes reminders of this kind; rename it instead."))])
    if kind.retired != retired:
        kind.retired = retired
        kind.save(update_fields=["retired"])
        note("reminder_kind_retired" if retired else "reminder_kind_back", by=user, about=kind)
    return kind


@acting
def move_kind(*, user: User, kind_id: int, up: bool) -> None:
    """Put a kind one place up or down among those that are offered. Raises `ReminderKind.DoesNotExist`."""
    may_set_kinds(user)
    kinds = list(ReminderKind.objects.filter(retired=False).select_for_update())
    place = next((number for number, kind in enumerate(kinds) if kind.pk == kind_id), None)
    if place is None:
        raise ReminderKind.DoesNotExist
    other = place + (-1 if up else 1)
    if not 0 <= other < len(kinds):
        return
    kinds[place], kinds[other] = kinds[other], kinds[place]
    for number, kind in enumerate(kinds, start=1):
        kind.position = 10 * number
    ReminderKind.objects.bulk_update(kinds, ["position"])
    note("reminder_kind_moved", by=user, about=kinds[other])


def _name(given: object, kind: ReminderKind | None) -> str:
    try:
        name: str = validation.text(given, limit=60)
    except validation.BadValue as bad:
        raise Refused([FieldError("name", bad.code, bad.message)]) from None
    if kind is not None and kind.key in SHIPPED and name.casefold() in ("", str(SHIPPED[kind.key][0]).casefold()):
        return ""
    if not name:
        raise Refused([FieldError("name", "required", _("Give the kind a name."))])
    others: Any = ReminderKind.objects.exclude(pk=kind.pk) if kind else ReminderKind.objects.all()
    if any(one.label.casefold() == name.casefold() for one in others):
        raise Refused(
            [FieldError("name", "taken", _("There is a kind of this name already; offer that one again or choose another name."))]
        )
    return name


def _key(name: str) -> str:
    base = slugify(name)[:30] or "kind"
    taken = set(ReminderKind.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if key not in taken)
