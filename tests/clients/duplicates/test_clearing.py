"""Clear pairs, merged many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from clients.errors import Refused
from clients.models import ClearMerging, Client, DuplicatePair, Source
from clients.services import archive_client
from clients.services.duplicates import clear_pairs, clearing, merge_clear_pairs, undo_merge
from tests.clients.duplicates.rows import differences, snapshot
from tests.clients.registry import fresh, register

pytestmark = pytest.mark.django_db


def pair(user: User, score: int, **more: Any) -> DuplicatePair:
    one, other = register(user, full_name=f"Lefèvre {score}"), register(user, full_name=f"Lefevre {score}", **more)
    return DuplicatePair.objects.create(first=one, second=other, score=score)


def test_all_that_are_clear_are_merged_each_with_an_undo_of_its_own(anna: User, dmitri: User) -> None:
    before_any = [pair(anna, 99), pair(anna, 95), pair(anna, 94)]
    before = snapshot()
    merging = merge_clear_pairs(user=dmitri)
    assert (merging.total, merging.done, merging.finished_at) == (2, 0, None)
    done = clearing.carry_on(merging.pk)
    assert done is not None
    assert (done.done, done.left, done.finished_at is not None) == (2, {}, True)
    assert [one.state for one in DuplicatePair.objects.order_by("-score")] == ["merged", "merged", "open"]
    assert list(clear_pairs()) == []
    assert done.merges.count() == 2
    for merge in done.merges.all():
        undo_merge(user=dmitri, merge_id=merge.pk)
    assert differences(before, snapshot()) == []
    assert list(clear_pairs()) == before_any[:2]


def test_only_the_pairs_that_are_meant_are_merged(anna: User, dmitri: User) -> None:
    meant, other, dim = pair(anna, 99), pair(anna, 98), pair(anna, 80)
    merging = merge_clear_pairs(user=dmitri, pair_ids=[meant.pk, dim.pk])
    clearing.carry_on(merging.pk)
    assert [one.state for one in DuplicatePair.objects.filter(pk__in=(meant.pk, other.pk, dim.pk)).order_by("-score")] == [
        "merged",
        "open",
        "open",
    ]


def test_a_pair_that_would_break_a_criterion_is_left_with_the_reason(anna: User, dmitri: User) -> None:
    good, bad = pair(anna, 98), pair(anna, 99, source=Source.objects.create(name="Web").pk)
    Client.objects.filter(pk=bad.first_id).update(external_id="", full_name="")  # it breaks nothing that it met before
    Client.objects.filter(pk=bad.second_id).update(is_customer=False)
    merging = merge_clear_pairs(user=dmitri)
    done = clearing.carry_on(merging.pk)
    assert done is not None
    assert done.done == 2
    assert set(done.left) <= {str(bad.pk)}
    good.refresh_from_db()
    assert good.state == "merged"


def test_three_that_are_one_become_one(anna: User, dmitri: User) -> None:
    one, two, three = (register(anna, full_name=f"Lefèvre {n}") for n in range(3))
    for first, second in ((one, two), (one, three), (two, three)):
        DuplicatePair.objects.create(first=first, second=second, score=99)
    clearing.carry_on(merge_clear_pairs(user=dmitri).pk)
    assert {fresh(client).merged_into for client in (two, three)} == {one}
    assert not DuplicatePair.objects.to_look_at(0).exists()


def test_a_pair_with_an_archived_client_is_not_looked_at(anna: User, dmitri: User) -> None:
    closed = pair(anna, 99)
    archive_client(user=anna, client_id=closed.second_id, version=1, reason="Closed")
    assert merge_clear_pairs(user=dmitri).total == 0


def test_one_merging_of_many_runs_at_a_time(anna: User, dmitri: User) -> None:
    pair(anna, 99)
    merging = merge_clear_pairs(user=dmitri)
    with pytest.raises(Refused) as refused:
        merge_clear_pairs(user=dmitri)
    assert [error.code for error in refused.value.errors] == ["running"]
    clearing.carry_on(merging.pk)
    assert merge_clear_pairs(user=dmitri).total == 0


def test_a_merging_whose_worker_died_is_taken_up_where_it_stopped(anna: User, dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = pair(anna, 99), pair(anna, 98)
    merging = merge_clear_pairs(user=dmitri)

    def die(*given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(clearing, "suggested_survivor", lambda one, other: die() if one.pk == second.first_id else one)
        with pytest.raises(KeyboardInterrupt):
            clearing.carry_on(merging.pk)
    first.refresh_from_db()
    assert first.state == "merged"
    woken: list[int] = []
    monkeypatch.setattr(clearing, "_wake", lambda one: woken.append(one.pk))
    assert clearing.carry_on(merging.pk) is None  # the other worker may still live
    assert clearing.take_up_forsaken() == 0
    later = timezone.now() + timedelta(minutes=5)
    assert clearing.take_up_forsaken(later) == 1
    assert woken == [merging.pk]
    done = clearing.carry_on(merging.pk, now=later)
    assert done is not None
    assert (done.done, done.merges.count()) == (2, 2)


@pytest.mark.parametrize(("name", "may"), [("anna", False), ("eve", False), ("dmitri", True), ("admin", True)])
def test_management_and_the_administrator_merge_many_at_once(name: str, may: bool, request: Any) -> None:
    user: User = request.getfixturevalue(name)
    if may:
        merge_clear_pairs(user=user)
        return
    with pytest.raises(PermissionDenied):
        merge_clear_pairs(user=user)
    assert not ClearMerging.objects.exists()
