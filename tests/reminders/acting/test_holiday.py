"""Handing over for a holiday."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from reminders.models import Reminder
from sales.periods import company_today
from tests.clients.browsing import HTMX, as_user, text_of
from tests.reminders.acting.conftest import url
from tests.reminders.conftest import Plan

pytestmark = pytest.mark.django_db


def test_a_holiday_is_counted_given_and_taken_back(anna: User, boris: User, plan: Plan) -> None:
    plan(timezone.now() + timedelta(days=2), subject="Invoice")
    plan(timezone.now() + timedelta(days=40))
    today = company_today()
    days: dict[str, Any] = {"first": today.isoformat(), "last": (today + timedelta(days=14)).isoformat(), "to": boris.pk}
    browser = as_user(anna)
    assert "1 reminder would go: " in text_of(browser.get(url("hand_over_many"), days, headers=HTMX))
    assert Reminder.objects.filter(owner=boris).count() == 0

    page = text_of(browser.post(url("hand_over_many"), days, follow=True))
    assert "1 reminder handed over to Boris Lind" in page
    assert "Take back" in page
    assert "What you do for others" in text_of(as_user(boris).get(url("hand_over_many")))
    browser.post(url("hand_back"), {"owner": anna.pk, "from": boris.pk})
    assert Reminder.objects.filter(owner=boris).count() == 0


def test_management_gives_anybodys_and_a_manager_only_the_own(anna: User, boris: User, clara: User, dmitri: User, plan: Plan) -> None:
    plan(timezone.now() + timedelta(days=2))
    today = company_today()
    days: dict[str, Any] = {"first": today.isoformat(), "last": (today + timedelta(days=14)).isoformat(), "to": boris.pk, "owner": anna.pk}
    as_user(clara).post(url("hand_over_many"), days)
    assert Reminder.objects.get().owner == anna
    as_user(dmitri).post(url("hand_over_many"), days)
    assert Reminder.objects.get().owner == boris
    assert as_user(clara).post(url("hand_back"), {"owner": anna.pk}).status_code == 403
    assert as_user(anna).post(url("hand_back") + "?given=nonsense").status_code == 404
