"""Setting the rules that make reminders: added, changed, switched on and off, retired. Each step is noted in the audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.audit import note
from clients import validation
from clients.errors import FieldError, Refused, StaleVersion
from clients.services.acting import acting
from reminders.models import ReminderKind, ReminderRule
from reminders.rules.audience import read_filters
from reminders.rules.running import run_soon, take_back_unmade
from reminders.shipped import AWAITED
from reminders.sources import source_of

MOST_OFFSET = 730
NOTICES = 60 * 24 * 60
_MAKES = frozenset({"offset", "unit", "kind", "subject", "note", "assignee", "user", "notice_minutes"})
"""What of a rule shows in the reminders that it has made already."""


def may_set_reminder_rules(user: User) -> None:
    """Raise `PermissionDenied` unless `user` may set the rules that make reminders."""
    if not (user.is_active and user.has_perm("reminders.set_reminder_rules")):
        raise PermissionDenied


@acting
def add_rule(*, user: User, values: Mapping[str, Any]) -> ReminderRule:
    """Add a rule; it makes nothing before it is switched on.

    `values`: name, source, offset (days, before the date where negative), unit, filters (as in the address of the list
    of clients: name → values), kind (key), subject, note, assignee, user (id), notice_minutes. Raises `Refused`.
    """
    may_set_reminder_rules(user)
    rule = ReminderRule(created_by=user)
    _take(rule, read_rule(rule, values))
    rule.save()
    note("reminder_rule_added", by=user, about=rule)
    return rule


@acting
def change_rule(*, user: User, rule_id: int, version: int, values: Mapping[str, Any], now: datetime | None = None) -> ReminderRule:
    """Change a rule that was read at `version`. What it made for later and nobody touched is made anew as it says now.

    Raises `Refused`, `StaleVersion`, `ReminderRule.DoesNotExist`.
    """
    rule = _locked(user, rule_id)
    if rule.version != version:
        raise StaleVersion(rule)
    changed = _take(rule, read_rule(rule, values))
    if not changed:
        return rule
    rule.version += 1
    rule.problem = ""
    rule.save(update_fields=[*changed, "version", "problem"])
    if rule.active and changed & _MAKES:
        take_back_unmade(rule, now or timezone.now())
    note("reminder_rule_changed", by=user, about=rule, fields=sorted(changed))
    if rule.active:
        run_soon()
    return rule


@acting
def switch_rule(*, user: User, rule_id: int, on: bool, now: datetime | None = None) -> ReminderRule:
    """Switch a rule on or off. Switched off it makes nothing more; what it made stays.

    Raises `Refused` where the date that it counts from is not there yet, `ReminderRule.DoesNotExist`.
    """
    rule = _locked(user, rule_id)
    if on == rule.active:
        return rule
    if on and source_of(rule.source) is None:
        waits = AWAITED.get(rule.source)
        raise Refused([FieldError("source", "awaited", waits[1] if waits else _("The date that it counts from is not there any more."))])
    rule.active, rule.problem = on, ""
    rule.active_since = (now or timezone.now()) if on else rule.active_since
    rule.version += 1
    rule.save(update_fields=["active", "active_since", "problem", "version"])
    note("reminder_rule_on" if on else "reminder_rule_off", by=user, about=rule)
    if on:
        run_soon()
    return rule


@acting
def retire_rule(*, user: User, rule_id: int, now: datetime | None = None) -> ReminderRule:
    """Take a rule off the list; it makes nothing more, what it made stays. `bring_back_rule` undoes it."""
    rule = _locked(user, rule_id)
    rule.retired_at = now or timezone.now()
    rule.version += 1
    rule.save(update_fields=["retired_at", "version"])
    note("reminder_rule_retired", by=user, about=rule)
    return rule


@acting
def bring_back_rule(*, user: User, rule_id: int) -> ReminderRule:
    """Put a retired rule back as it was, on or off."""
    may_set_reminder_rules(user)
    rule = ReminderRule.objects.select_for_update().get(pk=rule_id)
    if rule.retired_at is None:
        return rule
    rule.retired_at = None
    rule.version += 1
    rule.save(update_fields=["retired_at", "version"])
    note("reminder_rule_back", by=user, about=rule)
    if rule.active:
        run_soon()
    return rule


def _locked(user: User, rule_id: int) -> ReminderRule:
    may_set_reminder_rules(user)
    return ReminderRule.objects.select_for_update().get(pk=rule_id, retired_at=None)


def has_made(rule: ReminderRule) -> bool:
    """Return whether there are reminders of `rule`: what it counts from stays, since their keys are its dates."""
    return rule.pk is not None and rule.reminders.exists()


def read_rule(rule: ReminderRule, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `values` say as `rule` keeps it; those that are not named stay. Raises `Refused` with all that is wrong."""
    clean: dict[str, Any] = {}
    errors: list[FieldError] = [FieldError(str(name)[:60], "unknown", _("There is no such field.")) for name in values if name not in _READ]
    for name, read in _READ.items():
        if name in values:
            try:
                clean[name] = read(values[name])
            except validation.BadValue as bad:
                errors.append(FieldError(name, bad.code, bad.message))
    errors += _contradictions(rule, clean, {error.field for error in errors})
    if errors:
        raise Refused(errors)
    return clean


def _contradictions(rule: ReminderRule, clean: dict[str, Any], wrong: set[str]) -> list[FieldError]:
    """Return what does not go together, of the rule as it would be."""

    def of(name: str) -> Any:
        return clean.get(name, getattr(rule, name, None))

    errors = []
    if not of("name") and not rule.shipped and "name" not in wrong:
        errors.append(FieldError("name", "required", _("Give the rule a name.")))
    if not of("source") and "source" not in wrong:
        errors.append(FieldError("source", "required", _("Choose the date to count from.")))
    if rule.kind_id is None and "kind" not in clean and "kind" not in wrong:
        errors.append(FieldError("kind", "required", _("Choose a kind from the list.")))
    if "source" in clean and clean["source"] != rule.source and has_made(rule):
        errors.append(FieldError("source", "made", _("It has made reminders by its date; add another rule for another date.")))
    source = source_of(of("source") or "")
    if source is not None and source.least_offset is not None and (of("offset") or 0) < source.least_offset and "offset" not in wrong:
        errors.append(FieldError("offset", "too_early", _("Count from this date onwards: a touch would call for the next one at once.")))
    if of("assignee") == ReminderRule.Assignee.USER and of("user") is None and "user" not in wrong:
        errors.append(FieldError("user", "required", _("Choose who acts.")))
    if of("assignee") != ReminderRule.Assignee.USER and "assignee" in clean:
        clean["user"] = None
    return errors


def _take(rule: ReminderRule, clean: Mapping[str, Any]) -> set[str]:
    changed = {name for name, value in clean.items() if name not in ("kind", "user") and getattr(rule, name) != value}
    changed |= {name for name in ("kind", "user") if name in clean and getattr(rule, f"{name}_id") != getattr(clean[name], "pk", None)}
    for name in changed:
        setattr(rule, name, clean[name])
    return changed


def _source(value: object) -> str:
    key = str(value or "")
    if key and source_of(key) is None and key not in AWAITED:
        raise validation.BadValue("choice", _("Choose the date to count from."))
    return key


def _offset(value: object) -> int:
    number = int(str(value)) if str(value).lstrip("-").isdecimal() and len(str(value)) < 6 else MOST_OFFSET + 1
    if abs(number) > MOST_OFFSET:
        raise validation.BadValue("number", _("Give at most %(most)s days.") % {"most": MOST_OFFSET})
    return number


def _one_of(choices: list[str]) -> Any:
    def read(value: object) -> str:
        if value not in choices:
            raise validation.BadValue("choice", _("Choose one from the list."))
        return str(value)

    return read


def _kind(value: object) -> ReminderKind:
    found = ReminderKind.objects.filter(key=str(value)[:40], retired=False).first()
    if found is None:
        raise validation.BadValue("choice", _("Choose a kind from the list."))
    return found


def _user(value: object) -> User | None:
    if value in (None, ""):
        return None
    pk = int(str(value)) if str(value).isdecimal() and len(str(value)) < 19 else 0
    found = User.objects.able_to_hold_clients().filter(pk=pk).first()
    if found is None:
        raise validation.BadValue("choice", _("Choose somebody who works here."))
    return found


def _filters(value: object) -> dict[str, Any]:
    clean, problems = read_filters(value)
    if problems:
        raise validation.BadValue("filters", " ".join(problems))
    return clean


_READ: dict[str, Any] = {
    "name": lambda value: validation.text(value, limit=120),
    "source": _source,
    "offset": _offset,
    "unit": _one_of(ReminderRule.Unit.values),
    "filters": _filters,
    "kind": _kind,
    "subject": lambda value: validation.text(value, limit=300),
    "note": lambda value: validation.text(value, limit=20_000, lines=True),
    "assignee": _one_of(ReminderRule.Assignee.values),
    "user": _user,
    "notice_minutes": lambda value: validation.whole_number(value, most=NOTICES) or None,
}

_FIGURES = """
-- How many reminders each rule made, by what came of them. Index: reminder_of_rule.
SELECT rule_id, count(*) FILTER (WHERE state IN ('open', 'asleep')), count(*) FILTER (WHERE state = 'done'),
  count(*) FILTER (WHERE state = 'cancelled')
FROM reminders_reminder WHERE rule_id = ANY(%s) GROUP BY rule_id
"""


def figures_of(rules: list[int]) -> dict[int, tuple[int, int, int]]:
    """Return by rule how many of its reminders are open, done and cancelled."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [rules])
        return {pk: (waits, done, cancelled) for pk, waits, done, cancelled in cursor.fetchall()}
