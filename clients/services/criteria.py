"""Entry criteria on their way: drafted, put in force, replaced by a newer version, retired. Each step leaves its line of history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.criteria.facts import Fact, all_facts
from clients.criteria.passes import work_soon
from clients.criteria.patterns import BadPattern, compiled
from clients.criteria.rules import company_today
from clients.errors import FieldError, Refused
from clients.models import Criterion, CustomField, Industry, RuleChange, Source, Waiver
from clients.models.clients import Kind, Lifecycle
from clients.models.criteria import CriterionState, Level, RuleAction
from clients.services.acting import acting
from clients.services.history import note_change

KIND = "criterion"
MAX_MONTHS = 600
MAX_GRACE = 730
UNDO_FOR = timedelta(hours=24)
_MOST = Decimal(10) ** 13
_LISTS = {
    "kinds": Kind.values,
    "roles": ["customer", "supplier"],
    "lifecycles": Lifecycle.values,
}


class StaleDraft(Exception):
    """Somebody else changed the draft since it was read. `current` is the draft as it stands now."""

    def __init__(self, current: Criterion) -> None:
        self.current = current
        super().__init__(f"draft {current.pk} is at version {current.version}")


def may_set_rules(user: User) -> None:
    """Raise `PermissionDenied` unless `user` may set the rules of the registry."""
    if not (user.is_active and user.has_perm("clients.set_rules")):
        raise PermissionDenied


def facts_offered() -> dict[str, Fact]:
    """Return every fact that a criterion may ask for now, by key."""
    return all_facts(CustomField.objects.active())


@acting
def draft_criterion(*, user: User, values: Mapping[str, Any]) -> Criterion:
    """Begin a criterion. It asks nothing of anybody until it is put in force. Raises `Refused`."""
    may_set_rules(user)
    fact = facts_offered().get(str(values.get("fact", "")))
    if fact is None:
        raise Refused([FieldError("fact", "choice", _("Choose a field from the list."))])
    clean, errors = clean_rule(values, fact)
    if errors:
        raise Refused(errors)
    draft = Criterion.objects.create(fact=fact.key, created_by=user, **clean)
    note_change(user, RuleAction.DRAFTED, KIND, draft.pk, draft.fact, changes=_differences(None, draft))
    return draft


@acting
def draft_change(*, user: User, criterion_id: int) -> Criterion:
    """Return the draft of the next version of a criterion in force, beginning one if nobody has yet."""
    may_set_rules(user)
    old = Criterion.objects.select_for_update().get(pk=criterion_id, state=CriterionState.PUBLISHED)
    newer = Criterion.objects.filter(replaces=old).first()
    if newer is not None:
        return newer
    values = {name: getattr(old, name) for name in Criterion.RULE if name not in ("valid_from", "grace_days")}
    draft = Criterion.objects.create(**values, grace_days=max(old.grace_days, 30), replaces=old, created_by=user)
    note_change(user, RuleAction.DRAFTED, KIND, draft.pk, draft.fact)
    return draft


@acting
def change_draft(*, user: User, criterion_id: int, version: int, values: Mapping[str, Any]) -> Criterion:
    """Change a draft that was read at `version`; fields not named stay.

    Raises `Refused`, `StaleDraft` (somebody else changed it), `Criterion.DoesNotExist` (no draft any more).
    """
    draft = _locked_draft(user, criterion_id, version)
    fact = facts_offered().get(draft.fact)
    if fact is None:
        raise Refused([FieldError("fact", "retired", _("This field has been retired; discard the draft."))])
    clean, errors = clean_rule(values, fact)
    if errors:
        raise Refused(errors)
    changed = {name: value for name, value in clean.items() if getattr(draft, name) != value}
    if changed:
        for name, value in changed.items():
            setattr(draft, name, value)
        draft.version += 1
        draft.save(update_fields=[*changed, "version"])
    return draft


@acting
def discard_draft(*, user: User, criterion_id: int, version: int) -> RuleChange:
    """Throw a draft away. The line of history that is returned holds what it said, for `restore_draft`."""
    draft = _locked_draft(user, criterion_id, version)
    said: list[list[Any]] = [[name, plain(getattr(draft, name)), None] for name in (*Criterion.RULE, "replaces_id")]
    number = draft.pk
    draft.delete()
    return note_change(user, RuleAction.DISCARDED, KIND, number, draft.fact, changes=said)


@acting
def restore_draft(*, user: User, change_id: int) -> Criterion:
    """Bring back a draft that was discarded, as a new one. Raises `RuleChange.DoesNotExist`, `Refused`."""
    may_set_rules(user)
    change = RuleChange.objects.get(pk=change_id, kind=KIND, action=RuleAction.DISCARDED)
    said = {name: value for name, value, _none in change.changes}
    replaces = Criterion.objects.filter(pk=said.pop("replaces_id"), replaced_by=None).first()
    fact = facts_offered().get(said.pop("fact"))
    clean, errors = clean_rule(said, fact) if fact else ({}, [FieldError("fact", "retired", _("This field has been retired."))])
    if errors or fact is None:
        raise Refused(errors)
    draft = Criterion.objects.create(fact=fact.key, replaces=replaces, created_by=user, **clean)
    note_change(user, RuleAction.RESTORED, KIND, draft.pk, draft.fact)
    return draft


@acting
def publish_criterion(*, user: User, criterion_id: int, version: int, now: datetime | None = None) -> Criterion:
    """Put a draft in force from its day on (today, if it names none); it never changes from then on.

    Raises `Refused` when the day is past or the draft says the same as the version that it would replace.
    """
    now = now or timezone.now()
    draft = _locked_draft(user, criterion_id, version)
    today = company_today(now)
    if draft.fact not in facts_offered():
        raise Refused([FieldError("fact", "retired", _("This field has been retired; discard the draft."))])
    if draft.valid_from is not None and draft.valid_from < today:
        raise Refused([FieldError("valid_from", "past", _("Choose today or a later day."))])
    draft.valid_from = draft.valid_from or today
    before = draft.replaces
    changes = _differences(before, draft)
    if before is not None:
        if not any(name not in ("valid_from", "grace_days") for name, _old, _new in changes):
            raise Refused([FieldError("fact", "same", _("This says the same as the version in force; change something or discard it."))])
        if before.state != CriterionState.PUBLISHED:
            draft.replaces = None  # retired meanwhile: nothing is left to replace
    draft.state, draft.published_at, draft.published_by = CriterionState.PUBLISHED, now, user
    draft.version += 1
    draft.save(update_fields=["state", "valid_from", "replaces", "published_at", "published_by", "version"])
    note_change(user, RuleAction.PUBLISHED, KIND, draft.pk, draft.fact, changes=changes)
    work_soon()
    return draft


def may_be_taken_back(criterion: Criterion, *, now: datetime | None = None) -> bool:
    """Return whether a publication may still be undone: it is fresh or not in force yet, and nothing was built on it."""
    now = now or timezone.now()
    if criterion.state != CriterionState.PUBLISHED or criterion.published_at is None or criterion.valid_from is None:
        return False
    if criterion.published_by_id is None:  # it came with Seraph
        return False
    if criterion.published_at < now - UNDO_FOR and criterion.valid_from <= company_today(now):
        return False
    if Criterion.objects.filter(replaces=criterion).exists():
        return False
    return not Waiver.objects.filter(fact=criterion.fact, created_at__gte=criterion.published_at).exists()


@acting
def take_back_criterion(*, user: User, criterion_id: int, now: datetime | None = None) -> Criterion:
    """Undo a publication: the criterion is a draft again, and the version that it replaced is in force again.

    Raises `Refused` once something depends on it: a newer version, a waiver, a day of being in force.
    """
    may_set_rules(user)
    criterion = Criterion.objects.select_for_update().get(pk=criterion_id)
    if not may_be_taken_back(criterion, now=now):
        raise Refused([FieldError("state", "depends", _("Too much depends on it by now; retire it instead."))])
    criterion.state, criterion.published_at, criterion.published_by = CriterionState.DRAFT, None, None
    criterion.version += 1
    criterion.save(update_fields=["state", "published_at", "published_by", "version"])
    note_change(user, RuleAction.TAKEN_BACK, KIND, criterion.pk, criterion.fact)
    work_soon()
    return criterion


@acting
def retire_criterion(*, user: User, criterion_id: int, now: datetime | None = None) -> Criterion:
    """End a criterion at once: it asks nothing any more. What it said stays in the history."""
    may_set_rules(user)
    criterion = Criterion.objects.select_for_update().get(pk=criterion_id)
    if criterion.state != CriterionState.PUBLISHED:
        raise Refused([FieldError("state", "not_in_force", _("It is not in force any more."))])
    criterion.state, criterion.retired_at, criterion.retired_by = CriterionState.RETIRED, now or timezone.now(), user
    criterion.version += 1
    criterion.save(update_fields=["state", "retired_at", "retired_by", "version"])
    note_change(user, RuleAction.RETIRED, KIND, criterion.pk, criterion.fact)
    work_soon()
    return criterion


@acting
def bring_back_criterion(*, user: User, criterion_id: int) -> Criterion:
    """Undo a retirement: the criterion is in force again as it was."""
    may_set_rules(user)
    criterion = Criterion.objects.select_for_update().get(pk=criterion_id)
    if criterion.state != CriterionState.RETIRED:
        raise Refused([FieldError("state", "in_force", _("It is in force."))])
    criterion.state, criterion.retired_at, criterion.retired_by = CriterionState.PUBLISHED, None, None
    criterion.version += 1
    criterion.save(update_fields=["state", "retired_at", "retired_by", "version"])
    note_change(user, RuleAction.RESTORED, KIND, criterion.pk, criterion.fact)
    work_soon()
    return criterion


def _locked_draft(user: User, criterion_id: int, version: int) -> Criterion:
    may_set_rules(user)
    draft = Criterion.objects.drafts().select_for_update(of=("self",)).select_related("replaces").get(pk=criterion_id)
    if draft.version != version:
        raise StaleDraft(draft)
    return draft


# --- what may be said --------------------------------------------------------------------------


def clean_rule(values: Mapping[str, Any], fact: Fact) -> tuple[dict[str, Any], list[FieldError]]:
    """Read what is said of `fact` into what `Criterion` keeps; all that is wrong comes back at once."""
    clean: dict[str, Any] = {}
    errors: list[FieldError] = []
    if "level" in values:
        clean["level"] = values["level"]
        if values["level"] not in Level.values:
            errors.append(FieldError("level", "choice", _("Choose required or recommended.")))
    for name, allowed in _LISTS.items():
        if name in values:
            wanted = [value for value in allowed if value in (values[name] or [])]
            clean[name] = [] if len(wanted) == len(allowed) else wanted  # all of them asks nothing
    if clean.get("kinds") and fact.kinds and not set(clean["kinds"]) & set(fact.kinds):
        errors.append(FieldError("kinds", "never", _("Clients of this kind never have this field.")))
    for name, model in (("sources", Source), ("industries", Industry)):
        if name in values:
            ids = {int(value) for value in values[name] or []}
            clean[name] = sorted(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))
            if len(clean[name]) != len(ids):
                errors.append(FieldError(name, "choice", _("Choose entries of the list.")))
    errors += _clean_look(values, fact, clean)
    errors += _clean_numbers(values, fact, clean)
    if "valid_from" in values:
        day = values["valid_from"] or None
        clean["valid_from"] = date.fromisoformat(day) if isinstance(day, str) else day
    return clean, errors


def _clean_look(values: Mapping[str, Any], fact: Fact, clean: dict[str, Any]) -> Iterable[FieldError]:
    if "pattern" not in values:
        return
    pattern, example = str(values["pattern"] or ""), str(values.get("example") or "").strip()
    if not fact.takes_pattern or not pattern:
        clean |= {"pattern": "", "example": ""}
        return
    clean |= {"pattern": pattern, "example": example}
    try:
        fits = compiled(pattern).matches(example)
    except BadPattern as bad:
        yield FieldError("pattern", "pattern", bad.message)
        return
    if not example:
        yield FieldError("example", "required", _("Give an example; it is shown to whoever has to mend the field."))
    elif not fits:
        yield FieldError("example", "pattern", _("The example itself does not look like this; mend one of the two."))


def _clean_numbers(values: Mapping[str, Any], fact: Fact, clean: dict[str, Any]) -> Iterable[FieldError]:
    for name in ("at_least", "at_most"):
        if name in values:
            given = values[name] if fact.takes_span and values[name] not in ("", None) else None
            clean[name] = None if given is None else Decimal(str(given))
            if clean[name] is not None and abs(clean[name]) >= _MOST:
                yield FieldError(name, "number", _("This number is too large."))
    least, most = clean.get("at_least"), clean.get("at_most")
    if least is not None and most is not None and least > most:
        yield FieldError("at_most", "order", _("The most is less than the least; mend one of the two."))
    if "max_age_months" in values:
        clean["max_age_months"] = (values["max_age_months"] or None) if fact.takes_age else None
        if clean["max_age_months"] is not None and not 1 <= clean["max_age_months"] <= MAX_MONTHS:
            yield FieldError("max_age_months", "number", _("Give 1 to %(most)s months.") % {"most": MAX_MONTHS})
    if "grace_days" in values:
        clean["grace_days"] = values["grace_days"] or 0
        if not 0 <= clean["grace_days"] <= MAX_GRACE:
            yield FieldError("grace_days", "number", _("Give 0 to %(most)s days.") % {"most": MAX_GRACE})


def _differences(old: Criterion | None, new: Criterion) -> list[list[Any]]:
    """Return [field, old, new] of what differs; without an old version all that the new one says."""
    names = [name for name in Criterion.RULE if name != "fact"]
    if old is None:
        return [[name, None, plain(value)] for name in names if (value := getattr(new, name)) not in (None, "", [])]
    return [[name, plain(getattr(old, name)), plain(getattr(new, name))] for name in names if getattr(old, name) != getattr(new, name)]


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value
