"""A client of Anna's to be reminded of, and short ways to plan."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from clients.models import Client
from reminders import services
from reminders.models import Reminder
from tests.clients.registry import register

PARIS = ZoneInfo("Europe/Paris")
Plan = Callable[..., Reminder]


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna, full_name="Ateliers Lefèvre", manager=anna.pk, phones=["+33199001742"])


@pytest.fixture
def plan(anna: User, lefevre: Client) -> Plan:
    """Plan a call of Anna's; `at` is the moment, everything else is as `plan_reminder` takes it."""

    def do(at: datetime | None = None, *, user: User = anna, client: Client = lefevre, **given: Any) -> Reminder:
        moment = (at or datetime.now(PARIS) + timedelta(hours=1)).astimezone(PARIS)
        when: dict[str, Any] = {"on_day": moment.date(), "at_time": moment.time(), "time_zone": "Europe/Paris"}
        return services.plan_reminder(user=user, client_id=client.pk, **({"kind": "other"} | when | given))

    return do


def due_now(reminder: Reminder, ago: timedelta = timedelta(seconds=1)) -> Reminder:
    """Let a reminder be due `ago`, as if it had been planned for then."""
    moment = datetime.now(PARIS) - ago
    Reminder.objects.filter(pk=reminder.pk).update(due_at=moment, fires_at=moment, stage="due", on_day=moment.date(), at_time=moment.time())
    reminder.refresh_from_db()
    return reminder


__all__ = ["PARIS", "Plan", "date", "due_now", "time"]
