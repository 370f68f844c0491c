"""Two people at once, and a connection that dies half-way: real threads, connections of their own."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from django.db import DatabaseError, connection

from accounts.models import User
from clients import belongings
from clients.errors import Merged, Refused
from clients.models import ClientMerge
from clients.services import log_touch
from clients.services.duplicates import merge_clients, undo_merge
from tests.clients.duplicates.rows import differences, snapshot
from tests.clients.registry import fresh, register
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_who_merge_the_same_one_wins_and_the_other_is_told(anna: User, dmitri: User) -> None:
    one, other, third = (register(anna, full_name=f"Lefèvre {number}") for number in range(3))
    came = at_once(
        lambda: merge_clients(user=anna, survivor_id=one.pk, other_id=other.pk),
        lambda: merge_clients(user=dmitri, survivor_id=other.pk, other_id=one.pk),
        lambda: merge_clients(user=dmitri, survivor_id=third.pk, other_id=other.pk),
    )
    made = [answer for answer in came if isinstance(answer, ClientMerge)]
    told = [answer for answer in came if isinstance(answer, Merged)]
    assert (len(made) + len(told), ClientMerge.objects.count()) == (3, len(made))
    assert len(made) in {1, 2}  # one ← other and third ← other can't both be, other ← one and third ← other can
    assert len({merge.other_id for merge in made}) == len(made)
    for answer in told:
        assert fresh(answer.client).merged_into is not None


def test_merges_that_cross_do_not_lock_each_other_out(anna: User) -> None:
    one, two = register(anna, full_name="One"), register(anna, full_name="Two")
    three, four = register(anna, full_name="Three", referrer=two.pk), register(anna, full_name="Four", referrer=one.pk)
    came = at_once(
        lambda: merge_clients(user=anna, survivor_id=one.pk, other_id=two.pk),
        lambda: merge_clients(user=anna, survivor_id=four.pk, other_id=three.pk),
    )
    assert [type(answer) for answer in came] == [ClientMerge, ClientMerge]
    assert (fresh(four).referrer, fresh(three).merged_into) == (one, four)


def test_one_that_came_while_others_waited_for_it_locks_nobody_out(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is merged into the other, two more ask for the other: its followers are not those that they saw."""
    one, other, third = (register(anna, full_name=f"Lefèvre {number}") for number in range(3))
    half_way = threading.Event()
    step = belongings._known["contacts"]

    def move_once_both_wait(survivor: Any, gone: Any) -> Any:
        if not half_way.is_set():
            half_way.set()
            while waiting_for_locks() < 2:
                time.sleep(0.01)
        return step.move(survivor, gone)

    monkeypatch.setitem(belongings._known, "contacts", belongings.Belongings("contacts", move_once_both_wait, step.put_back))
    came = at_once(
        lambda: merge_clients(user=anna, survivor_id=other.pk, other_id=one.pk),
        lambda: half_way.wait() and merge_clients(user=anna, survivor_id=one.pk, other_id=other.pk),
        lambda: half_way.wait() and merge_clients(user=anna, survivor_id=third.pk, other_id=other.pk),
    )
    assert [type(answer) for answer in came] == [ClientMerge, Merged, ClientMerge]
    assert fresh(one).merged_into == fresh(other).merged_into == third


def waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it would be asked once
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return int(cursor.fetchone()[0])


def test_of_two_who_undo_the_same_one_wins_and_the_other_is_told(anna: User, dmitri: User) -> None:
    one, other = register(anna), register(anna, full_name="Lefevre")
    before = snapshot()
    made = merge_clients(user=anna, survivor_id=one.pk, other_id=other.pk)
    came = at_once(lambda: undo_merge(user=anna, merge_id=made.pk), lambda: undo_merge(user=dmitri, merge_id=made.pk))
    assert sorted(type(answer).__name__ for answer in came) == ["ClientMerge", "Refused"]
    assert differences(before, snapshot()) == []


def test_a_touch_that_is_logged_during_a_merge_is_with_the_survivor_or_its_writer_is_told(anna: User, dmitri: User) -> None:
    one, other = register(anna), register(anna, full_name="Lefevre")
    _made, touch = at_once(
        lambda: merge_clients(user=dmitri, survivor_id=one.pk, other_id=other.pk), lambda: log_touch(user=anna, client_id=other.pk)
    )
    assert fresh(other).touches.count() == 0
    assert fresh(one).touches.count() == (0 if isinstance(touch, Merged) else 1)


@pytest.mark.parametrize("step", ["contacts", "touches", "aliases"])
def test_a_merge_whose_connection_is_killed_leaves_nothing(step: str, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = register(anna), register(anna, {"full_name": "Mme Ngomo"}, full_name="Lefevre")
    log_touch(user=anna, client_id=other.pk)
    before = snapshot()
    known = dict(belongings._known)
    move = known[step].move

    def move_and_die(survivor: Any, gone: Any) -> Any:
        moved = move(survivor, gone)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return moved

    known[step] = belongings.Belongings(step, move_and_die, known[step].put_back)
    monkeypatch.setattr(belongings, "_known", known)
    (killed,) = at_once(lambda: merge_clients(user=anna, survivor_id=one.pk, other_id=other.pk))
    assert isinstance(killed, DatabaseError)
    assert differences(before, snapshot()) == []
    assert not ClientMerge.objects.exists()
    monkeypatch.undo()
    assert not isinstance(merge_clients(user=anna, survivor_id=one.pk, other_id=other.pk), Refused)
