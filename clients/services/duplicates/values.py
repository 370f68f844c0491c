"""What a merge writes on the survivor, and what its undo takes back of that, whatever has been written since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from clients.errors import FieldError
from clients.freshness import Confirmation, Freshness
from clients.models import Client, ClientMerge
from clients.services.duplicates.choices import (
    BOTH,
    BOTH_OF,
    LISTS,
    LONGEST_REMARK,
    MOST_ENTRIES,
    OTHER,
    REMARKS,
    SURVIVOR,
    column_of,
    fields_of,
    suggested_choices,
    value_of,
)
from clients.services.preparing import Values

NAMES_LIMIT = 300
_TOGETHER: tuple[tuple[str, ...], ...] = (
    ("next_step", "next_step_at"),
    ("works_since", "worked_until"),
)
"""Columns that make sense only with each other: an undo takes back all of them or none."""
_BY_KEY = ("custom", "fact_dates")
_JOINED = (*REMARKS, "former_names")
_UNKEPT = {"sort_name", "sort_city", "core_name", "search_text", "search_digits", "search_keys"}


def as_kept(client: Client) -> Values:
    """Return all columns of a client as JSON keeps them, moments to the microsecond."""
    return {field.attname: plain(getattr(client, field.attname)) for field in Client._meta.concrete_fields if field.attname not in _UNKEPT}


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it."""
    return value.isoformat() if isinstance(value, date) else value


def loaded(column: str, value: Any) -> Any:
    """Return what the model holds for a kept value."""
    field = next(field for field in Client._meta.concrete_fields if field.attname == column)
    return value if field.is_relation else field.to_python(value)


def read_choices(survivor: Client, other: Client, given: Mapping[str, Any]) -> tuple[dict[str, str], list[FieldError]]:
    """Return the choice for each field, the suggested one where none was made, and what is wrong with those that were."""
    fields = fields_of(survivor, other)
    errors = []
    for field, choice in given.items():
        if field not in fields:
            errors.append(FieldError(str(field)[:60], "unknown", _("There is no such field.")))
        elif choice not in (SURVIVOR, OTHER) and not (choice == BOTH and field in BOTH_OF):
            errors.append(FieldError(field, "choice", _("Choose whose value to keep.")))
    chosen = suggested_choices(survivor, other)
    return chosen | {field: str(choice) for field, choice in given.items() if field in chosen}, errors


def merged_values(survivor: Client, other: Client, chosen: Mapping[str, str]) -> tuple[Values, list[FieldError]]:
    """Return the columns of the survivor as they shall be, and what can't be kept."""
    values: Values = {}
    errors: list[FieldError] = []
    for field in fields_of(survivor, other):
        taken = other if chosen[field] == OTHER else survivor
        if field in LISTS:
            values[field] = list(dict.fromkeys([*survivor.__dict__[field], *other.__dict__[field]]))
            if chosen[field] != BOTH:
                values[field] = list(getattr(taken, field))
            elif len(values[field]) > MOST_ENTRIES:
                errors.append(FieldError(field, "too_many", _("Keep at most 20 entries.")))
        elif field in REMARKS and chosen[field] == BOTH:
            values[field] = "\n\n".join(dict.fromkeys(filter(None, (getattr(survivor, field), getattr(other, field)))))
            if len(values[field]) > LONGEST_REMARK:
                errors.append(FieldError(field, "too_long", _("Shorten this.")))
        elif field == "next_step":
            values |= {"next_step": taken.next_step, "next_step_at": taken.next_step_at}
        elif not field.startswith("custom.") and field != "former_names":
            values[column_of(field)] = getattr(taken, column_of(field))
    values["former_names"] = _former_names(survivor, other, values, chosen["former_names"])
    values["custom"] = _custom(survivor, other, chosen)
    if values["referrer_id"] in (survivor.pk, other.pk):  # they are one now, and nobody brings himself
        own = survivor.referrer_id
        values["referrer_id"] = None if own in (survivor.pk, other.pk) else own
    return values, errors


def _former_names(survivor: Client, other: Client, values: Values, choice: str) -> str:
    """With "both", the names of the two that are not the name any more are kept among the other names."""
    if choice != BOTH:
        return str((other if choice == OTHER else survivor).former_names)
    kept: str = survivor.former_names
    said = {_folded(name) for name in (values["full_name"], values["short_name"], *kept.split(","))}
    for name in (survivor.full_name, survivor.short_name, other.full_name, other.short_name, *other.former_names.split(",")):
        longer = ", ".join(filter(None, (kept, name.strip())))
        if _folded(name) and _folded(name) not in said and len(longer) <= NAMES_LIMIT:
            said.add(_folded(name))
            kept = longer
    return kept


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _custom(survivor: Client, other: Client, chosen: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for key in {**survivor.custom, **other.custom}:
        value = (other if chosen[f"custom.{key}"] == OTHER else survivor).custom.get(key)
        if value not in (None, ""):
            found[key] = value
    return found


def merged_freshness(survivor: Client, other: Client, chosen: Mapping[str, str]) -> Freshness:
    """Return how sure we are of the survivor's facts: as sure as of the value that was taken, of a value of both as of the surer."""
    ours, theirs = Freshness.of(survivor), Freshness.of(other)
    entries: dict[str, Confirmation] = {}
    for field in fields_of(survivor, other):
        known = theirs.at(field)
        if field == "next_step" or known is None or value_of(other, field) is None:
            continue
        same, held = value_of(survivor, field) == value_of(other, field), ours.at(field)
        if (same and (held is None or known.at > held.at)) or (not same and chosen[field] == OTHER):
            entries[field] = known
    return ours.noted(entries)


# --- taking back -------------------------------------------------------------------------------


def written(before: Values, after: Values) -> Values:
    """Return what differs, columns that go together always together, and the ages of facts with whatever was taken: they may
    be the same by chance (two clients of one import), and another merge's undo must not leave them behind."""
    names = {name for name in after if before[name] != after[name]}
    names |= {"fact_dates"} if names else set()
    for group in _TOGETHER:
        if names.intersection(group):
            names.update(group)
    return {name: after[name] for name in sorted(names)}


def taken_back(merge: ClientMerge, now: Values, *, needed: Iterable[Values] = (), same: Mapping[int, int | None] | None = None) -> Values:
    """Return what differs from `now` (columns as kept) once the merge is taken back from it.

    What was changed since stays. Of lists only what the merge brought goes, and what it dropped comes back; what came after
    a text that the merge joined stays. `needed` are the values of other clients that are still merged into this one: their
    entries stay. `same` says for merged clients which one they are now: a referrer is compared by that.
    """
    before, after = merge.before["survivor"], merge.after
    back: Values = {}
    for unit in _units(name for name in after if name in now):
        if unit[0] in _BY_KEY:
            continue
        if _equal(after, now, unit, same or {}):
            back |= {name: before[name] for name in unit}
        elif unit[0] in LISTS:
            back[unit[0]] = _without(before[unit[0]], after[unit[0]], now[unit[0]], [held[unit[0]] for held in needed])
        elif unit[0] in _JOINED:
            back[unit[0]] = _unjoined(before[unit[0]], after[unit[0]], now[unit[0]])
    if "custom" in after and "custom" in now:
        back["custom"] = _by_key(before["custom"], after["custom"], now["custom"])
    if "fact_dates" in after and "fact_dates" in now:
        stayed = {name.removesuffix("_id") for name in after if name in now and name not in back}
        dates = _by_key(before["fact_dates"], after["fact_dates"], now["fact_dates"])
        back["fact_dates"] = {
            name: day
            for name in {**dates, **now["fact_dates"]}
            if (day := (now["fact_dates"] if name in stayed else dates).get(name)) is not None
        }
    if "facts_confirmed_at" in now:
        back["fact_dates"] = _as_old_as_before(merge, now, back)
    return {name: value for name, value in back.items() if value != now[name]}


def stands_as_merged(merge: ClientMerge, now: Values, name: str, same: Mapping[int, int | None]) -> bool:
    """Return whether the merge wrote the column `name`, and it is still as the merge left it."""
    return name in merge.after and _equal(merge.after, now, (name,), same)


def _as_old_as_before(merge: ClientMerge, now: Values, back: Values) -> dict[str, Any]:
    """A value that comes back was not what a confirmation since the merge saw: it is as old as it was."""
    was, sure = Freshness.of_row(merge.before["survivor"]), Freshness.of_row(now)
    dates: dict[str, Any] = back["fact_dates"] if "fact_dates" in back else now["fact_dates"]
    if was.whole == sure.whole:
        return dates
    alone = {name.removesuffix("_id") for name in back if name not in (*LISTS, *_JOINED, *_BY_KEY) and back[name] != now[name]}
    custom: dict[str, Any] = back["custom"] if "custom" in back else now["custom"]
    alone |= {f"custom.{key}" for key in custom.keys() | now["custom"].keys() if custom.get(key) != now["custom"].get(key)}
    held = {name: known.kept for name in alone if (known := was.at(name))}
    return {**dates, **held}


def _units(names: Iterable[str]) -> list[tuple[str, ...]]:
    group_of = {name: group for group in _TOGETHER for name in group}
    return list(dict.fromkeys(group_of.get(name, (name,)) for name in names))


def _equal(one: Values, other: Values, names: tuple[str, ...], same: Mapping[int, int | None]) -> bool:
    return all(
        same.get(one[name], one[name]) == same.get(other[name], other[name]) if name == "referrer_id" else one[name] == other[name]
        for name in names
    )


def _without(before: list[Any], after: list[Any], now: list[Any], needed: list[list[Any]]) -> list[Any]:
    kept = {entry for entries in needed for entry in entries}
    brought = {entry for entry in after if entry not in before and entry not in kept}
    dropped = [entry for entry in before if entry not in after and entry not in now]
    return [*dropped, *(entry for entry in now if entry not in brought)]


def _unjoined(before: str, after: str, now: str) -> str:
    rest = now.removeprefix(after)
    if not after.startswith(before) or rest == now or rest[:1] not in ("\n", ","):
        return now
    return before + rest if before else rest.lstrip("\n, ")


def _by_key(before: dict[str, Any], after: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    found = dict(now)
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key) and now.get(key) == after.get(key):
            found[key] = before.get(key)
    return {key: value for key, value in found.items() if value is not None}
