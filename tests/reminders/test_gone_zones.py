"""A time zone that the zone data no longer has: whose it was is told by another clock, and nobody else is kept waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from reminders.digest import send_due_digests
from reminders.engine import zones
from reminders.engine.firing import fire_due_reminders
from reminders.models import Notice, Reminder, ReminderKind, ReminderPulse, ReminderRule
from reminders.rules.running import run_rules
from reminders.services.feeds import renew_feed
from sales.periods import company_today
from tests.faults.zones import zone_data
from tests.reminders.conftest import Plan, due_now

GONE = "Europe/Ruritania"


@pytest.fixture
def ruritanian(boris: User) -> User:
    User.objects.filter(pk=boris.pk).update(time_zone=GONE)
    boris.refresh_from_db()
    return boris


def test_its_owner_still_hears(ruritanian: User, anna: User, plan: Plan) -> None:
    theirs, other = due_now(plan(assignee=ruritanian.pk)), due_now(plan())
    Reminder.objects.filter(pk=theirs.pk).update(time_zone=GONE)

    assert (fire_due_reminders().told, Reminder.objects.exclude(problem="").count()) == (2, 0)
    assert set(Notice.objects.values_list("reminder", "recipient")) == {(theirs.pk, ruritanian.pk), (other.pk, anna.pk)}


def test_the_mornings_mail_of_the_others_goes_out(ruritanian: User, anna: User, plan: Plan) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 6, 30, tzinfo=UTC), tick=False):
        plan(datetime(2026, 11, 26, 10, tzinfo=UTC))
        send_due_digests()
    assert [letter.to for letter in mail.outbox] == [[anna.email]]


def test_rules_go_on(ruritanian: User, dmitri: User, lefevre: Client) -> None:
    today = company_today()
    Client.objects.filter(pk=lefevre.pk).update(worked_until=today)
    call = ReminderKind.objects.get(key="call_back")
    ReminderRule.objects.create(
        name="End", source="contract_end", offset=1, kind=call, active=True, active_since=timezone.now(), created_by=dmitri
    )
    assert run_rules().made == 1


def test_when_zone_data_changes_what_was_promised_there_stays_and_the_rest_moves(plan: Plan) -> None:
    zones.follow_zone_rules()
    summer = datetime(2027, 7, 6, 8, 30, tzinfo=UTC)
    stays, moves = plan(summer), plan(summer)
    Reminder.objects.filter(pk=stays.pk).update(time_zone=GONE)
    Reminder.objects.filter(pk=moves.pk).update(time_zone="Europe/Vienna")
    with zone_data(Europe__Vienna="Africa/Algiers"):
        assert zones.follow_zone_rules(installed="2027z") == 1
    stays.refresh_from_db()
    moves.refresh_from_db()
    assert (stays.due_at, moves.due_at) == (summer, summer + timedelta(hours=1))
    assert ReminderPulse.objects.get(name=zones.PULSE).said == "2027z"


@pytest.mark.parametrize("name", ["today", "calendar", "preferences", "list"])
def test_they_still_come_in(client: Browser, ruritanian: User, plan: Plan, name: str) -> None:
    reminder = plan(assignee=ruritanian.pk)
    Reminder.objects.filter(pk=reminder.pk).update(time_zone=GONE)
    client.force_login(ruritanian)
    assert client.get(reverse(f"reminders:{name}"), follow=True).status_code == 200


def test_their_calendar_is_still_read(client: Browser, ruritanian: User, plan: Plan) -> None:
    reminder = plan(assignee=ruritanian.pk)
    Reminder.objects.filter(pk=reminder.pk).update(time_zone=GONE)
    address = renew_feed(user=ruritanian, now=timezone.now())
    page = client.get(address[address.index("/calendar/") :])
    assert page.status_code == 200
    assert f"TZID:{GONE}" in page.content.decode()
