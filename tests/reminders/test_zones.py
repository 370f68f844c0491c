"""Rules of time zones change, and what was promised for 10:30 is still at 10:30."""

import zoneinfo
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from accounts.models import User
from clients import services as registry
from clients.models import Client
from reminders.engine import zones
from reminders.models import Reminder
from tests.faults.zones import zone_data
from tests.reminders.conftest import Plan

SUMMER = date(2027, 7, 6)


@pytest.fixture(autouse=True)
def _as_it_stands(db: Any) -> None:
    zones.follow_zone_rules()


def test_zones_come_from_the_locked_package() -> None:
    assert zoneinfo.TZPATH == ()


def test_the_wall_time_stays_and_the_moment_moves(plan: Plan) -> None:
    reminder = plan(on_day=SUMMER, at_time=time(10, 30))
    with zone_data(Europe__Paris="Africa/Algiers"):
        assert zones.follow_zone_rules(installed="2027z") == 1
        assert zones.follow_zone_rules(installed="2027z") == 0

    reminder.refresh_from_db()
    assert reminder.due_at == reminder.fires_at == datetime(2027, 7, 6, 9, 30, tzinfo=UTC)
    assert (reminder.on_day, reminder.at_time, reminder.occurrence) == (SUMMER, time(10, 30), 1)


def test_that_day_begins_with_the_owners_working_day(anna: User, plan: Plan) -> None:
    reminder = plan(on_day=SUMMER, at_time=None)
    with zone_data(Europe__Paris="Africa/Algiers"):
        zones.follow_zone_rules(installed="2027z")

    reminder.refresh_from_db()
    assert reminder.due_at == datetime(2027, 7, 6, anna.work_from.hour - 1, anna.work_from.minute, tzinfo=UTC)


def test_the_next_step_on_the_client_says_the_same(anna: User, lefevre: Client) -> None:
    registry.plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=datetime(2027, 7, 6, 8, 30, tzinfo=UTC))
    with zone_data(Europe__Paris="Africa/Algiers"):
        zones.follow_zone_rules(installed="2027z")

    lefevre.refresh_from_db()
    promise = Reminder.objects.get(is_promise=True)
    assert lefevre.next_step_at == promise.due_at == promise.fires_at == datetime(2027, 7, 6, 9, 30, tzinfo=UTC)
    assert promise.occurrence == 1


def test_interrupted_it_begins_again_and_finishes(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    for _row in range(3):
        plan(on_day=SUMMER, at_time=time(10, 30))
    monkeypatch.setattr(zones, "BATCH", 1)
    put_right, calls = zones._put_right, []

    def dying(zone: str, batch: list[zones.Open]) -> int:
        calls.append(zone)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return put_right(zone, batch)

    monkeypatch.setattr(zones, "_put_right", dying)
    with zone_data(Europe__Paris="Africa/Algiers"):
        with pytest.raises(KeyboardInterrupt):
            zones.follow_zone_rules(installed="2027z")
        assert zones.follow_zone_rules(installed="2027z") == 2

    assert set(Reminder.objects.values_list("due_at", flat=True)) == {datetime(2027, 7, 6, 9, 30, tzinfo=UTC)}


def test_where_everything_stands_by_the_version_it_is_one_read(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        zones.follow_zone_rules()
