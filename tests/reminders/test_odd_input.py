"""What nobody types by hand: days at the ends of the calendar, letters that PostgreSQL does not keep, people who are not there."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from reminders.models import Reminder
from reminders.services.many import snooze_each
from sales.periods import company_today
from tests.reminders.conftest import Plan

ENDS = [date.min, date.max]
ZONES = ["Asia/Tokyo", "America/New_York"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize("at", ["day", "", "00:00", "23:59"])
def test_a_reminder_is_not_dragged_off_the_calendar(client: Browser, anna: User, plan: Plan, zone: str, day: date, at: str) -> None:
    User.objects.filter(pk=anna.pk).update(time_zone=zone)
    reminder = plan(timezone.now() + timedelta(days=3), time_zone=zone)
    client.force_login(anna)
    page = client.post(reverse("reminders:move", args=[reminder.pk]), {"day": day, "at": at, "version": 1}, headers={"HX-Request": "true"})
    assert page.status_code == 422
    assert Reminder.objects.get().due_at == reminder.due_at


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ENDS)
@pytest.mark.parametrize("at", [None, time(0, 0), time(23, 59)])
def test_nor_are_many_put_off_beyond_it(anna: User, plan: Plan, zone: str, day: date, at: time | None) -> None:
    anna.time_zone = zone
    reminder = plan()
    outcome = snooze_each(user=anna, reminder_ids=[reminder.pk], on_day=day, at_time=at)
    assert (outcome.acts, outcome.refused) == ({}, 1)


@pytest.mark.parametrize("kind", ["\x00", "other\x00s"])
def test_a_kind_with_a_nul_byte_is_none(client: Browser, anna: User, lefevre: Client, kind: str) -> None:
    client.force_login(anna)
    tomorrow = company_today() + timedelta(days=1)
    said = {"kind": kind, "on_day": tomorrow, "assignee": "manager", "subject": "x"}
    assert client.post(reverse("reminders:plan", args=[lefevre.pk]), said).status_code == 422
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("owner", ["999999", "1" + 30 * "0", "-1", "\x00", "²"])
def test_the_reminders_of_nobody_are_not_handed_over(client: Browser, dmitri: User, boris: User, owner: str) -> None:
    client.force_login(dmitri)
    today = company_today()
    said = {"owner": owner, "to": boris.pk, "first": today, "last": today}
    assert client.post(reverse("reminders:hand_over_many"), said).status_code == 422
