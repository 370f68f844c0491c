"""How old the facts are, when a touch that confirmed them came by a merge, or came between a merge and its undo."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from clients.freshness import Confirmation
from clients.models import Client, FactConfirmation, Touch
from clients.services import log_touch, undo_touch
from clients.services.duplicates import merge_clients, undo_merge
from tests.clients.duplicates.rows import differences, snapshot
from tests.clients.registry import LONG_AGO, aged, sure

pytestmark = pytest.mark.django_db


@pytest.fixture
def lefevre(anna: User) -> Client:
    return aged(anna, city="Lyon")


@pytest.fixture
def twin(anna: User) -> Client:
    return aged(anna, full_name="Lefevre", city="Annecy", address="3 quai Sud")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def ages(client: Client, *fields: str) -> list[datetime | None]:
    known = sure(client)
    return [one.at if (one := known.at(field)) else None for field in fields]


def test_a_touch_that_came_by_a_merge_is_taken_back_with_what_it_confirmed(
    anna: User, lefevre: Client, twin: Client, now: datetime
) -> None:
    before = snapshot()
    touch = log_touch(user=anna, client_id=twin.pk, facts_confirmed=True, now=now)
    made = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=twin.pk)
    assert ages(lefevre, "city", "address") == [now, now]

    undo_touch(user=anna, touch_id=touch.pk, event_id=0, now=now)

    assert ages(lefevre, "full_name", "city", "address") == [LONG_AGO, LONG_AGO, LONG_AGO]
    assert not FactConfirmation.objects.exists()
    undo_merge(user=anna, merge_id=made.pk)
    assert differences(before, snapshot()) == []


def test_a_confirmation_since_the_merge_stays_but_for_values_that_it_did_not_see(
    anna: User, lefevre: Client, twin: Client, now: datetime
) -> None:
    made = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=twin.pk, choices={"city": "other"})
    log_touch(user=anna, client_id=lefevre.pk, facts_confirmed=True, now=now)
    assert ages(lefevre, "full_name", "city") == [now, now]

    undo_merge(user=anna, merge_id=made.pk)

    assert ages(lefevre, "full_name", "city") == [now, LONG_AGO]  # "Annecy" was confirmed, not "Lyon"
    assert ages(twin, "full_name", "city") == [LONG_AGO, LONG_AGO]


@pytest.mark.parametrize("touch_first", [True, False])
def test_a_confirmation_since_the_merge_and_the_merge_go_in_any_order(
    touch_first: bool, anna: User, lefevre: Client, twin: Client, now: datetime
) -> None:
    log_touch(user=anna, client_id=twin.pk, facts_confirmed=True, now=now - timedelta(days=1))
    before = snapshot()
    made = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=twin.pk, choices={"city": "other"})
    touch = log_touch(user=anna, client_id=lefevre.pk, facts_confirmed=True, now=now)

    def take_touch_back() -> None:
        undo_touch(user=anna, touch_id=touch.pk, event_id=0, now=now)

    if touch_first:
        take_touch_back()
    undo_merge(user=anna, merge_id=made.pk)
    if not touch_first:
        take_touch_back()

    assert differences(before, snapshot()) == []
    assert Touch.objects.count() == 1


def test_a_confirmation_from_before_the_merge_is_taken_back_from_what_the_merge_keeps(
    anna: User, lefevre: Client, twin: Client, now: datetime
) -> None:
    before = snapshot()
    touch = log_touch(user=anna, client_id=lefevre.pk, facts_confirmed=True, now=now)
    made = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=twin.pk, choices={"city": "other"})
    undo_touch(user=anna, touch_id=touch.pk, event_id=0, now=now)
    assert ages(lefevre, "full_name", "city") == [LONG_AGO, LONG_AGO]
    undo_merge(user=anna, merge_id=made.pk)
    assert differences(before, snapshot()) == []


def test_an_age_that_the_merge_replaced_comes_back_after_the_touch_that_it_came_by_is_gone(
    anna: User, lefevre: Client, twin: Client, now: datetime
) -> None:
    known = {"city": Confirmation(now - timedelta(days=9), anna.pk).kept}
    Client.objects.filter(pk=lefevre.pk).update(fact_dates=known)  # both were confirmed as a whole at one moment
    before = snapshot()
    touch = log_touch(user=anna, client_id=twin.pk, facts_confirmed=True, now=now)
    made = merge_clients(user=anna, survivor_id=lefevre.pk, other_id=twin.pk, choices={"city": "other"})

    undo_touch(user=anna, touch_id=touch.pk, event_id=0, now=now)
    assert ages(lefevre, "city") == [LONG_AGO]  # as old as "Annecy" was at the twin
    undo_merge(user=anna, merge_id=made.pk)

    assert differences(before, snapshot()) == []
