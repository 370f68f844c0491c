"""The demo company lives: its managers have promised things, and a first start is no storm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Team, User
from crm.demo.making import make_demo
from crm.demo.reminding import promise
from reminders.engine.firing import fire_due_reminders
from reminders.models import Delivery, Notice, Reminder, ReminderAct
from reminders.shipped import ship_kinds
from scoring.models import CaseReminder
from tests.reminders.conftest import PARIS

pytestmark = pytest.mark.django_db


@pytest.fixture
def kestrel(db: None) -> None:
    ship_kinds("default")
    make_demo(clients=150)


def test_there_is_every_kind_late_today_and_later(kestrel: None) -> None:
    planned = Reminder.objects.exclude(created_by=None).exclude(pk__in=CaseReminder.objects.values("reminder"))
    assert {"call_back", "meeting", "contract_renewal", "birthday", "confirm_facts", "other"} <= set(
        planned.values_list("kind__key", flat=True)
    )
    anna = User.objects.get(username="anna")
    today = datetime.now(PARIS).date()
    of_anna = Reminder.objects.open().owned_by(anna)
    assert of_anna.filter(on_day__lt=today).count() >= 2
    assert of_anna.filter(on_day__range=(today, today + timedelta(days=7))).count() >= 8
    assert of_anna.filter(stands_in_for__username="freya").exists()
    assert planned.filter(state="done", closed_by=anna).count() == 2
    assert planned.exclude(repeats="").exists()
    assert ReminderAct.objects.filter(act="escalated", reminder__owner=anna).exists()
    assert dict(Team.objects.values_list("name", "head__username")) == {"North": "boris", "South": "clara"}


def test_a_first_start_tells_each_of_a_few_things_and_mails_nothing(kestrel: None) -> None:
    fire_due_reminders()
    assert Notice.objects.count() < 60
    assert not Delivery.objects.exists()
    assert not Notice.objects.filter(stage="escalation").exists()


def test_a_second_run_plans_nothing_more(kestrel: None) -> None:
    before = Reminder.objects.count()
    assert promise(seed=1, now=timezone.now()) == 0
    make_demo(clients=150)
    assert Reminder.objects.count() == before


@pytest.mark.parametrize("now", [datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC)])
def test_it_is_made_on_any_day_at_any_hour(now: datetime) -> None:
    ship_kinds("default")
    make_demo(clients=60, now=now)
    assert Reminder.objects.exclude(created_by=None).count() > 20
