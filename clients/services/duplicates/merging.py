"""Two clients become one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import belongings
from clients.criteria import Record, evaluate, save_standing
from clients.errors import FieldError, StaleVersion
from clients.history import last_change_id
from clients.models import Client, ClientMerge
from clients.services.acting import acting
from clients.services.duplicates import pairs
from clients.services.duplicates.locking import lock_two, tell_where_it_went
from clients.services.duplicates.values import as_kept, merged_freshness, merged_values, plain, read_choices, written
from clients.services.preparing import Values, contradictions, newly_broken, refuse
from clients.services.registration import may_hand_over
from clients.services.rules import Rules


@acting
def merge_clients(
    *,
    user: User,
    survivor_id: int,
    other_id: int,
    versions: tuple[int, int] | None = None,
    choices: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> ClientMerge:
    """Make one client of two: the survivor takes over what belongs to the other, whose number leads to it from now on.

    `choices` says by field ("custom.<key>" one by one, "next_step" with its time) whose value is kept: "survivor", "other",
    or for phones, e-mails, remarks and other names "both"; fields that are not named follow `suggested_choices`.
    `versions` are those of the survivor and of the other that were read.

    Raises `Merged` when one of them is another's by now, `StaleVersion` with the client that was changed meanwhile,
    `Refused` when the outcome would break a required criterion that the survivor met or can't be kept, `PermissionDenied`
    unless `user` may change both, `Client.DoesNotExist`.
    """
    survivor, other = lock_two(user=user, survivor_id=survivor_id, other_id=other_id)
    tell_where_it_went(other, survivor)
    for client, version in zip((survivor, other), versions or (), strict=False):
        if client.version != version:
            raise StaleVersion(client)
    if survivor.archived_at is not None:
        refuse([FieldError("archived", "archived", _("This client is archived; bring it back first."))])
    rules = Rules.load(now)
    chosen, errors = read_choices(survivor, other, choices or {})
    refuse(errors)
    before = {"survivor": as_kept(survivor), "other": as_kept(other)}
    record = Record.of(survivor)
    values, errors = merged_values(survivor, other, chosen)
    refuse([*errors, *contradictions(values)])
    values |= _derived(survivor, other, values, chosen, rules)
    after = written(before["survivor"], {name: plain(value) for name, value in values.items()})
    may_hand_over(user, after)
    moved = belongings.move_followers(survivor, other, after)
    _write_other(survivor, other, after, rules.now)
    _write_survivor(survivor, {name: values[name] for name in after})
    moved |= belongings.move_all(survivor, other)
    belongings.settle_followers(survivor, moved)
    _hold_against_criteria(survivor, record, rules)
    moved["history"] = [last_change_id(survivor)]
    moved["pairs"] = pairs.close_pairs(survivor, other, user, rules.now)
    return ClientMerge.objects.create(survivor=survivor, other=other, by=user, before=before, after=after, moved=moved)


def _derived(survivor: Client, other: Client, values: Values, chosen: Mapping[str, str], rules: Rules) -> Values:
    touched = [one.last_touch_at for one in (survivor, other) if one.last_touch_at is not None]
    return {
        "fact_dates": merged_freshness(survivor, other, chosen).columns["fact_dates"],
        "last_touch_at": max(touched, default=None),
        "in_target": rules.target.matches(values) if rules.target else survivor.in_target,
    }


def _write_other(survivor: Client, other: Client, after: Values, now: datetime) -> None:
    """The row stays as it was, but for where it leads. Its own id still finds it; one that the survivor gave up moves here."""
    if other.external_id and after.get("external_id") == other.external_id and survivor.external_id:
        other.external_id = survivor.external_id
    other.merged_into = survivor
    other.archived_at = other.archived_at or now
    other.version += 1
    other.save(update_fields=["external_id", "merged_into", "archived_at", "version", "updated_at"])


def _write_survivor(survivor: Client, values: Values) -> None:
    for name, value in values.items():
        setattr(survivor, name, value)
    survivor.version += 1
    survivor.save(update_fields=[*values, "version", "updated_at"])


def _hold_against_criteria(survivor: Client, before: Record, rules: Rules) -> None:
    after = evaluate(Record.of(survivor), rules.criteria, as_of=rules.today)
    refuse(newly_broken(evaluate(before, rules.criteria, as_of=rules.today), after))
    save_standing({survivor.pk: after})
