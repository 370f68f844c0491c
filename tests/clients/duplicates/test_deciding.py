"""Two clients told apart, joined again, and what counts as alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from clients.errors import Merged, Refused
from clients.models import DuplicatePair, DuplicateSettings, PairState, RuleChange
from clients.services.duplicates import change_duplicate_settings, merge_clients, rejoin, set_apart
from tests.clients.registry import register

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(anna: User, boris: User) -> DuplicatePair:
    """A client of Anna's and one of Boris's."""
    return DuplicatePair.objects.create(first=register(anna), second=register(boris, full_name="Lefevre"), score=91)


def test_two_clients_are_told_apart_and_joined_again(anna: User, pair: DuplicatePair) -> None:
    now = timezone.now()
    apart = set_apart(user=anna, pair_id=pair.pk, now=now)
    assert (apart.state, apart.decided_by, apart.decided_at) == (PairState.TWO_CLIENTS, anna, now)
    assert not DuplicatePair.objects.to_look_at(0).exists()
    again = rejoin(user=anna, pair_id=pair.pk)
    assert (again.state, again.decided_by, again.decided_at) == (PairState.OPEN, None, None)


def test_the_first_who_says_so_is_kept(anna: User, boris: User, pair: DuplicatePair) -> None:
    set_apart(user=anna, pair_id=pair.pk)
    assert set_apart(user=boris, pair_id=pair.pk).decided_by == anna


@pytest.mark.parametrize(("name", "may"), [("anna", True), ("boris", True), ("clara", False), ("dmitri", True), ("admin", True)])
def test_whoever_may_change_one_of_the_two_may_say_so(name: str, may: bool, pair: DuplicatePair, request: Any) -> None:
    user: User = request.getfixturevalue(name)
    for act in (set_apart, rejoin):
        if may:
            act(user=user, pair_id=pair.pk)
        else:
            with pytest.raises(PermissionDenied):
                act(user=user, pair_id=pair.pk)


def test_an_account_without_a_role_knows_of_no_pair(eve: User, pair: DuplicatePair) -> None:
    with pytest.raises(DuplicatePair.DoesNotExist):
        set_apart(user=eve, pair_id=pair.pk)


def test_a_pair_that_was_merged_meanwhile_is_not_told_apart(dmitri: User, pair: DuplicatePair) -> None:
    merge_clients(user=dmitri, survivor_id=pair.first_id, other_id=pair.second_id)
    with pytest.raises(Merged):
        set_apart(user=dmitri, pair_id=pair.pk)


def test_management_says_what_counts_as_alike(dmitri: User) -> None:
    change_duplicate_settings(user=dmitri, review_from=60, bulk_from=97)
    current = DuplicateSettings.current()
    assert (current.review_from, current.bulk_from) == (60, 97)
    assert RuleChange.objects.get(kind="duplicates").changes == [["review_from", 70, 60], ["bulk_from", 95, 97]]
    change_duplicate_settings(user=dmitri, review_from=60, bulk_from=97)
    assert RuleChange.objects.filter(kind="duplicates").count() == 1


@pytest.mark.parametrize(
    ("review_from", "bulk_from", "wrong"),
    [(49, 95, {"review_from"}), (80, 79, {"bulk_from"}), (70, 101, {"bulk_from"}), (101, 100, {"review_from", "bulk_from"})],
)
def test_settings_that_make_no_sense_are_refused(dmitri: User, review_from: int, bulk_from: int, wrong: set[str]) -> None:
    with pytest.raises(Refused) as refused:
        change_duplicate_settings(user=dmitri, review_from=review_from, bulk_from=bulk_from)
    assert {error.field for error in refused.value.errors} == wrong


def test_a_manager_does_not_say_what_counts_as_alike(anna: User) -> None:
    with pytest.raises(PermissionDenied):
        change_duplicate_settings(user=anna, review_from=60, bulk_from=97)
