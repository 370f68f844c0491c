"""Two clients that were merged are two again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients import belongings
from clients.errors import FieldError
from clients.freshness import Freshness
from clients.history import last_change_id
from clients.models import Client, ClientMerge
from clients.services.acting import acting
from clients.services.duplicates import pairs
from clients.services.duplicates.locking import lock_two, wait_for_turn
from clients.services.duplicates.values import as_kept, loaded, stands_as_merged, taken_back
from clients.services.preparing import Values, refuse
from clients.services.registration import evaluate_again, own_id_once
from clients.services.rules import Rules

UNDO_DAYS = 30
"""So long a page offers the undo. The service takes back older ones too: all that it needs is kept."""


@acting
def undo_merge(*, user: User, merge_id: int, now: datetime | None = None) -> ClientMerge:
    """Have both clients back as they were; what was added or changed since stays with the survivor.

    Merges may be undone in any order, but for one: a survivor that was itself merged into a third client comes back first.
    Raises `Refused` when that is so, when it was undone already or one of the two was erased; `PermissionDenied` unless
    `user` may change both; `ClientMerge.DoesNotExist`.
    """
    wait_for_turn()
    seen = ClientMerge.objects.filter(survivor__in=Client.objects.visible_to(user)).get(pk=merge_id)
    came = [*seen.moved.get("referred", ()), *seen.moved.get("aliases", ())]
    survivor, other = lock_two(user=user, survivor_id=seen.survivor_id, other_id=seen.other_id, also=came)
    merge: ClientMerge = ClientMerge.objects.select_for_update(of=("self",)).get(pk=merge_id)
    merge.survivor, merge.other = survivor, other
    if merge.undone_at is not None:
        refuse([FieldError("merge", "undone", _("This merge was undone already."))])
    if survivor.merged_into is not None:
        message = _("%(name)s was itself merged into %(survivor)s since; undo that merge first.")
        refuse([FieldError("merge", "merged", message % {"name": survivor, "survivor": survivor.merged_into})])
    rules = Rules.load(now)
    belongings.put_back_followers(survivor, other, merge.moved)
    with own_id_once():
        _restore_survivor(merge, rules)
        _restore_other(merge)
    belongings.put_back_all(survivor, other, merge.moved)
    _tell_later_merges_of_referrer(merge)
    for client in (survivor, other):
        belongings.settle_followers(client, merge.moved)
    pairs.reopen_pairs(merge)
    _bring_up_to_date(survivor, rules)
    _bring_up_to_date(other, rules)
    merge.moved["history"] = [*merge.moved["history"], last_change_id(survivor)]
    merge.undone_at, merge.undone_by = rules.now, user
    merge.save(update_fields=["moved", "undone_at", "undone_by"])
    return merge


def _restore_survivor(merge: ClientMerge, rules: Rules) -> None:
    """Take the merge out of the survivor, and out of what later merges into it know of how it was before and after them."""
    survivor = merge.survivor
    later = list(survivor.merges.filter(undone_at=None, pk__gt=merge.pk).order_by("pk").select_for_update(of=("self",)))
    same = dict(Client.objects.exclude(merged_into=None).filter(pk__in=_referrers(merge, later)).values_list("pk", "merged_into"))
    needed = [one.before["other"] for one in later]
    now = as_kept(survivor)
    back = taken_back(merge, now, needed=needed, same=same)
    for one in later:
        one.before["survivor"] |= taken_back(merge, one.before["survivor"], same=same)
        one.after |= taken_back(merge, one.after, needed=needed, same=same)
    if stands_as_merged(merge, now, "referrer_id", same):
        _brought_by_nobody(merge, now["referrer_id"])
        back["referrer_id"] = _referrer_today(merge, merge.before["survivor"]["referrer_id"], later)
    for one in later:
        one.save(update_fields=["before", "after"])
    _forget_of_confirmations(merge)
    for name, value in back.items():
        setattr(survivor, name, loaded(name, value))
    survivor.version += 1
    survivor.save(update_fields=[*back, "version", "updated_at"])


def _forget_of_confirmations(merge: ClientMerge) -> None:
    """Take what the merge brought out of what confirmations since have found: they may be taken back later."""
    if "fact_dates" not in merge.after:
        return
    before = Freshness.of_row(merge.before["survivor"])
    after = replace(before, own=merge.after["fact_dates"])
    for done in merge.survivor.confirmations.filter(created_at__gt=merge.at):
        done.before = Freshness.read(done.before).without(before, after).kept
        done.after = Freshness.read(done.after).without(before, after).kept
        done.save(update_fields=["before", "after"])


def _tell_later_merges_of_referrer(merge: ClientMerge) -> None:
    """Those that the other had brought were merged with clients since, perhaps: their referrer before that is the other again."""
    came = merge.moved.get("referred", ())
    for later in ClientMerge.objects.filter(survivor__in=came, undone_at=None, pk__gt=merge.pk).select_for_update(of=("self",)):
        if later.before["survivor"]["referrer_id"] == merge.survivor_id:
            later.before["survivor"]["referrer_id"] = merge.other_id
            later.save(update_fields=["before"])


def _referrers(merge: ClientMerge, later: list[ClientMerge]) -> set[int]:
    rows: list[Values] = [kept for one in (merge, *later) for kept in (one.before["survivor"], one.after)]
    return {row["referrer_id"] for row in rows if row.get("referrer_id")}


def _brought_by_nobody(merge: ClientMerge, referrer: int | None) -> None:
    """Let the merges on the way to the present referrer no longer give the survivor back to whom they took it from: that it was
    brought by them came of `merge`."""
    whose, brought = merge.survivor_id, ClientMerge.objects.filter(undone_at=None).exclude(pk=merge.pk)
    while referrer is not None:
        onward = brought.filter(survivor=referrer, moved__referred__contains=[whose]).first()
        referrer = onward.other_id if onward else None
        if onward is not None:
            onward.moved["referred"] = [pk for pk in onward.moved["referred"] if pk != whose]
            onward.save(update_fields=["moved"])


def _referrer_today(merge: ClientMerge, referrer: int | None, later: list[ClientMerge]) -> int | None:
    """Return who the referrer is by now; the merges on the way to it shall give the survivor back to whom they took it from."""
    standing = ClientMerge.objects.filter(undone_at=None, survivor__erased_at=None).exclude(pk=merge.pk)
    while referrer is not None and (onward := standing.filter(other=referrer).first()) is not None:
        if onward.survivor_id == merge.survivor_id:  # nobody brings himself; once that one is undone, it is the referrer again
            for one in later:
                if one.pk == onward.pk:
                    one.after.setdefault("referrer_id", None)
            return None
        onward.moved["referred"] = [*onward.moved["referred"], merge.survivor_id]
        onward.save(update_fields=["moved"])
        referrer = onward.survivor_id
    return referrer


def _restore_other(merge: ClientMerge) -> None:
    other, before = merge.other, merge.before["other"]
    other.merged_into = None
    for name in ("archived_at", "archived_reason", "external_id"):
        setattr(other, name, loaded(name, before[name]))
    other.version += 1
    other.save(update_fields=["merged_into", "archived_at", "archived_reason", "external_id", "version", "updated_at"])


def _bring_up_to_date(client: Client, rules: Rules) -> None:
    """What follows from other facts follows from those that are there now."""
    found: dict[str, Any] = {"in_target": rules.target.matches(client.__dict__) if rules.target else client.in_target}
    if (last := client.touches.aggregate(last=Max("at"))["last"]) is not None or client.last_touch_at is not None:
        found["last_touch_at"] = last
    Client.objects.filter(pk=client.pk).update(**found)
    for name, value in found.items():
        setattr(client, name, value)
    evaluate_again(client, rules)
