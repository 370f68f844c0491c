"""Anna at her desk, and short ways to do what is done there."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from clients.models import Client
from reminders.models import Reminder
from tests.clients.registry import fresh
from tests.reminders.conftest import PARIS

NEXT_WEEK = {"outcome": "reached", "kind": "call", "note": "Wants Thursday slots", "plan": "week", "next_step": "Confirm the slot"}


@pytest.fixture
def desk(anna: User) -> Browser:
    signed_in = Browser()
    signed_in.force_login(anna)
    return signed_in


@pytest.fixture
def asks_for_mail(lefevre: Client, anna: User) -> Client:
    from clients.models import Criterion
    from clients.services import add_contact

    add_contact(user=anna, client_id=lefevre.pk, data={"full_name": "Mme Ngomo", "is_main": True})
    for fact in ("main_contact_email", "city"):
        Criterion.objects.create(fact=fact, level="required", state="published", valid_from="2020-01-01")
    return fresh(lefevre)


def at(reminder: Reminder, moment: datetime, *, day_only: bool = False) -> Reminder:
    """Let `reminder` be due at `moment`, whenever that is."""
    here = moment.astimezone(PARIS)
    when: dict[str, Any] = {"due_at": moment, "on_day": here.date(), "at_time": None if day_only else here.time()}
    Reminder.objects.filter(pk=reminder.pk).update(**when, fires_at=None, stage="")
    reminder.refresh_from_db()
    return reminder


def close(desk: Browser, reminder: Reminder, **given: Any) -> Any:
    return desk.post(f"/today/{reminder.pk}/done/", NEXT_WEEK | {"version": reminder.version} | given, headers={"HX-Request": "true"})


def undo_address(answer: Any) -> str:
    import json

    return str(json.loads(answer.headers["HX-Trigger"])["seraph:say"]["says"][-1]["url"])
