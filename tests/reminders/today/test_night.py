"""The pane says when it is night at the client's."""

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from tests.clients.registry import register
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db


def test_the_pane_warns_when_it_is_night_there(desk: Browser, anna: User, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    far = register(anna, full_name="Chatham Fish", time_zone="Pacific/Chatham", phones=["+6433050000"])
    reminder = due_now(plan(client=far, kind="call_back"))
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 24, 13, 35, tzinfo=UTC))
    assert "It is 03:20 there." in desk.get(f"/today/{reminder.pk}/", headers={"HX-Request": "true"}).content.decode()
