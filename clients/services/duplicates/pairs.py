"""What a merge means for the pairs that were found: this one is settled, and decisions on the other hold for the survivor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from clients.models import Client, ClientMerge, DuplicatePair, PairState

_KEPT = ("first_id", "second_id", "score", "reasons")


def close_pairs(survivor: Client, other: Client, user: User, now: datetime) -> dict[str, Any]:
    """Settle the pair of the two, drop the open pairs of the other (a search finds what is left of them with the survivor),
    and remember of the survivor too whom the other was told apart from."""
    kept: dict[str, Any] = {"settled": None, "open": [], "added": [], "apart": []}
    both = _of(survivor, other).select_for_update(of=("self",)).first()
    if both is not None:
        kept["settled"] = [both.pk, both.state, both.decided_at.isoformat() if both.decided_at else None, both.decided_by_id]
        both.state, both.decided_at, both.decided_by = PairState.MERGED, now, user
        both.save(update_fields=["state", "decided_at", "decided_by"])
    theirs = DuplicatePair.objects.filter(Q(first=other) | Q(second=other))
    kept["open"] = [{name: getattr(pair, name) for name in _KEPT} for pair in theirs.filter(state=PairState.OPEN)]
    theirs.filter(state=PairState.OPEN).delete()
    for pair in theirs.filter(state=PairState.TWO_CLIENTS):
        third = pair.second_id if pair.first_id == other.pk else pair.first_id
        _tell_apart(survivor, third, pair, kept)
    return kept


def _tell_apart(survivor: Client, third: int, decided: DuplicatePair, kept: dict[str, Any]) -> None:
    first, second = sorted((survivor.pk, third))
    pair, added = DuplicatePair.objects.get_or_create(
        first_id=first,
        second_id=second,
        defaults={
            "score": decided.score,
            "reasons": decided.reasons,
            "state": PairState.TWO_CLIENTS,
            "decided_at": decided.decided_at,
            "decided_by_id": decided.decided_by_id,
        },
    )
    if added:
        kept["added"].append(pair.pk)
    elif pair.state == PairState.OPEN:
        pair.state, pair.decided_at, pair.decided_by_id = PairState.TWO_CLIENTS, decided.decided_at, decided.decided_by_id
        pair.save(update_fields=["state", "decided_at", "decided_by"])
        kept["apart"].append(pair.pk)


def reopen_pairs(undone: ClientMerge) -> None:
    """Undo `close_pairs`: the pairs stand as they did. One with a client that is merged itself waits for that one's return."""
    kept = undone.moved["pairs"]
    if kept["settled"]:
        pk, state, decided_at, decided_by = kept["settled"]
        DuplicatePair.objects.filter(pk=pk, state=PairState.MERGED).update(state=state, decided_at=decided_at, decided_by_id=decided_by)
    DuplicatePair.objects.filter(pk__in=kept["added"]).exclude(state=PairState.OPEN).delete()
    for pair in DuplicatePair.objects.filter(pk__in=kept["apart"]):
        _no_longer_apart(pair)
    ids = {pair[name] for pair in kept["open"] for name in ("first_id", "second_id")}
    standing = ClientMerge.objects.filter(other__in=ids, undone_at=None, survivor__erased_at=None).exclude(pk=undone.pk)
    gone = {merge.other_id: merge for merge in standing}
    there = set(Client.objects.in_registry().filter(pk__in=ids).values_list("pk", flat=True))
    for pair in kept["open"]:
        merge = gone.get(pair["first_id"]) or gone.get(pair["second_id"])
        if merge is not None:
            merge.moved["pairs"]["open"].append(pair)
            merge.save(update_fields=["moved"])
        elif {pair["first_id"], pair["second_id"]} <= there:
            DuplicatePair.objects.bulk_create([DuplicatePair(**pair)], ignore_conflicts=True)


def _no_longer_apart(pair: DuplicatePair) -> None:
    if pair.state == PairState.TWO_CLIENTS:
        pair.state, pair.decided_at, pair.decided_by = PairState.OPEN, None, None
        pair.save(update_fields=["state", "decided_at", "decided_by"])
        return
    both = (pair.first_id, pair.second_id)
    for merge in ClientMerge.objects.filter(survivor__in=both, other__in=both, undone_at=None):  # merged by hand since
        merge.moved["pairs"]["settled"] = [pair.pk, PairState.OPEN, None, None]
        merge.save(update_fields=["moved"])


def _of(one: Client, other: Client) -> Any:
    first, second = sorted((one.pk, other.pk))
    return DuplicatePair.objects.filter(first=first, second=second)
