"""The snapshot of a day: once, whoever takes it, whatever happens meanwhile."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Company, User
from clients.criteria import passes
from clients.models import Client, QualityRun, QualitySnapshot, StandingPass
from clients.quality import snapshots
from clients.quality.history import figures_of, read_history, week_days
from clients.quality.snapshots import take_due_snapshot
from clients.services.quality import ask_for_snapshot
from tests.clients.quality.conftest import NOON, TODAY

pytestmark = pytest.mark.django_db


def test_a_day_is_counted_once(registry: list[Client]) -> None:
    assert take_due_snapshot()
    before = list(QualitySnapshot.objects.order_by("pk").values())
    assert not take_due_snapshot()
    assert list(QualitySnapshot.objects.order_by("pk").values()) == before


def test_who_asks_gets_the_day_counted_again(registry: list[Client], dmitri: User, clock: Any) -> None:
    take_due_snapshot()
    gone = registry[0].manager_id
    Client.objects.filter(manager=gone).update(manager=None)
    clock.move_to(NOON + timedelta(hours=1))

    ask_for_snapshot(user=dmitri)

    assert QualityRun.current().waits
    assert take_due_snapshot()
    assert not QualityRun.current().waits
    assert gone not in figures_of(TODAY), "who has no clients any more has no row"
    assert QualitySnapshot.objects.values("day").distinct().count() == 1


def test_a_manager_may_not_ask(registry: list[Client], anna: User) -> None:
    with pytest.raises(PermissionDenied):
        ask_for_snapshot(user=anna)
    assert not QualityRun.objects.exists()


def test_a_killed_run_leaves_nothing_and_the_next_does_it(registry: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(snapshots.logger, "info", killed)  # the last thing that happens in the transaction
        with pytest.raises(KeyboardInterrupt):
            take_due_snapshot()
    assert not QualitySnapshot.objects.exists()
    assert QualityRun.current().day is None
    assert take_due_snapshot()
    assert QualitySnapshot.objects.count() == 4


def test_it_waits_until_the_standing_of_the_day_is_worked_out(registry: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    StandingPass.objects.update(finished_at=None)
    monkeypatch.setattr(passes, "settle_standing", lambda: None)  # another worker is at it
    assert not take_due_snapshot()
    assert not QualitySnapshot.objects.exists()


def test_the_day_is_the_companys(registry: list[Client], company: Company, clock: Any) -> None:
    clock.move_to(datetime.fromisoformat("2026-11-26T23:30:00+00:00"))  # half past midnight in Paris
    take_due_snapshot()
    assert QualityRun.current().day == date(2026, 11, 27)


def test_a_registry_without_clients_is_counted_too(clock: Any) -> None:
    assert take_due_snapshot()
    assert QualityRun.current().day == TODAY
    assert not QualitySnapshot.objects.exists()


def test_one_statement_counts_however_many_managers(registry: list[Client], django_assert_max_num_queries: Any) -> None:
    before = memory()
    with django_assert_max_num_queries(30):
        take_due_snapshot()
    assert memory() == before, "what the statement is given ends with it"


def memory() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW work_mem")
        return str(cursor.fetchone()[0])


def test_of_each_week_the_last_snapshot_is_taken(registry: list[Client], snapshot_on: Callable[[date], None]) -> None:
    for day in (30, 20, 16, 14, 8, 7, 3):
        snapshot_on(TODAY - timedelta(days=day))
    assert [(TODAY - day).days for day in week_days(TODAY, 8)] == [30, 14, 7]
    assert [(TODAY - day).days for day in week_days(TODAY, 2)] == [14, 7]
    history = read_history(TODAY, 8)
    assert history.days[-1] == TODAY - timedelta(days=7)
    whole = sum(one.clients for one in figures_of(TODAY - timedelta(days=7)).values())
    assert history.totals[TODAY - timedelta(days=7)].clients == whole
