"""A row is put off with one click."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from clients.services import plan_next_step
from reminders.models import Reminder
from tests.clients.registry import fresh
from tests.reminders.conftest import PARIS, Plan, due_now
from tests.reminders.today.conftest import undo_address

pytestmark = pytest.mark.django_db


def test_a_row_is_put_off_with_one_click_and_put_back(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"), timedelta(days=2))
    due = reminder.due_at

    answer = desk.post(f"/today/{reminder.pk}/put-off/", {"to": "tomorrow"}, headers={"HX-Request": "true"})
    reminder.refresh_from_db()
    assert reminder.due_at > timezone.now()
    assert reminder.fires_at == reminder.due_at

    desk.post(undo_address(answer))
    reminder.refresh_from_db()
    assert (reminder.due_at, reminder.on_day, reminder.state) == (due, due.astimezone(PARIS).date(), "open")


def test_putting_off_moves_the_promise_on_the_card_and_back(desk: Browser, anna: User, lefevre: Client) -> None:
    was = timezone.now().replace(microsecond=0) + timedelta(minutes=5)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call", next_step_at=was)
    promise = Reminder.objects.get()

    answer = desk.post(f"/today/{promise.pk}/put-off/", {"to": "week"}, headers={"HX-Request": "true"})
    promise.refresh_from_db()
    assert fresh(lefevre).next_step_at == promise.due_at > was

    desk.post(undo_address(answer))
    assert (fresh(lefevre).next_step_at, Reminder.objects.get().due_at) == (was, was)


def test_a_time_that_was_not_offered_puts_nothing_off(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    desk.post(f"/today/{reminder.pk}/put-off/", {"to": "never"})
    before = reminder.due_at
    reminder.refresh_from_db()
    assert reminder.due_at == before


def test_looking_at_the_times_changes_nothing(desk: Browser, plan: Plan) -> None:
    reminder = due_now(plan(kind="call_back"))
    for headers in ({}, {"HX-Request": "true"}):
        answer = desk.get(f"/today/{reminder.pk}/put-off/", headers=headers)
        assert "Next week" in answer.content.decode()
    before = reminder.version
    reminder.refresh_from_db()
    assert reminder.version == before
