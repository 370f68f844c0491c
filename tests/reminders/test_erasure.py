"""The right to be forgotten, and the undo of an import, with reminders."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from clients.imports import running, starting
from clients.models import Client
from clients.services import erase_client, plan_next_step
from clients.services.duplicates import merge_clients
from reminders import services
from reminders.models import Act, Delivery, Notice, Reminder, ReminderAct, ReminderKind, ReminderRule
from sales.periods import company_today
from tests.clients.registry import fair, fresh, register
from tests.clients.test_erasure import all_text
from tests.reminders.conftest import Plan

WORD = "quibblemouth"


@pytest.fixture
def talked_of(anna: User, lefevre: Client, plan: Plan) -> Client:
    """A client whose reminders say a word that nothing else says."""
    tomorrow = timezone.localtime() + timedelta(days=1)
    moved = plan(subject=WORD, note=WORD, place=WORD)
    services.snooze_reminder(user=anna, reminder_id=moved.pk, on_day=tomorrow.date(), at_time=tomorrow.time(), reason=WORD)
    services.cancel_reminder(user=anna, reminder_id=plan(subject=WORD).pk, because=WORD)
    services.complete_reminder(user=anna, reminder_id=plan(note=WORD).pk)
    plan_next_step(user=anna, client_id=lefevre.pk, next_step=WORD, next_step_at=tomorrow)
    about: dict[str, Any] = {"reminder": moved, "occurrence": 2, "stage": "due", "recipient": anna}
    Notice.objects.create(**about, at=timezone.now())
    Delivery.objects.create(**about, channel="mail", try_at=timezone.now(), created_at=timezone.now())
    return fresh(lefevre)


def test_no_word_of_the_reminders_of_an_erased_client_stands_anywhere(talked_of: Client, admin: User) -> None:
    acts = list(ReminderAct.objects.order_by("pk").values_list("act", "by", "at"))
    assert WORD in all_text()

    erase_client(user=admin, client_id=talked_of.pk, version=talked_of.version)

    assert [line for line in all_text().splitlines() if WORD in line] == []
    assert list(ReminderAct.objects.order_by("pk").values_list("act", "by", "at")) == acts, "who did what when stays"
    assert set(Reminder.objects.values_list("state", "fires_at")) == {("cancelled", None), ("done", None)}
    assert Delivery.objects.get().state == "dropped"
    assert not Notice.objects.filter(withdrawn_at=None).exists()


def test_what_came_with_a_merge_is_forgotten_with_the_survivor(talked_of: Client, anna: User, admin: User) -> None:
    survivor = register(anna, full_name="Survivor")
    merge_clients(user=anna, survivor_id=survivor.pk, other_id=talked_of.pk)
    erase_client(user=admin, client_id=survivor.pk, version=fresh(survivor).version)
    assert [line for line in all_text().splitlines() if WORD in line] == []


@pytest.fixture
def imported(dmitri: User, settings: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(starting, "wake", lambda run_id: None)
    defaults = {"kind": "organisation", "roles": "customer", "source": fair().pk, "manager": dmitri.pk}
    file = ContentFile(b"Id,Name\n1,Zyx\n2,Zyx two\n", "a.csv")
    run = starting.start_import(user=dmitri, file=file, file_name="a.csv", queue=False, defaults=defaults)
    running.work_on(run.pk)
    return run


def made_by_rule(client: Client) -> Reminder:
    rule = ReminderRule.objects.create(name="Facts", source="created", kind=ReminderKind.objects.get(key="other"))
    when = {"on_day": company_today(), "due_at": timezone.now(), "fires_at": timezone.now(), "time_zone": "UTC"}
    one = Reminder.objects.create(client=client, kind=rule.kind, rule=rule, rule_key="x", owner=client.manager, **when)
    ReminderAct.objects.create(reminder=one, act=Act.ESCALATED, at=timezone.now(), by=None)
    return one


def undo(run: Any, user: User) -> None:
    starting.undo(user=user, run_id=run.pk)
    running.work_on(run.pk)


def test_the_undo_of_an_import_takes_what_rules_made_along(imported: Any, dmitri: User) -> None:
    for client in Client.objects.all():
        made_by_rule(client)
    undo(imported, dmitri)
    assert (Client.objects.count(), Reminder.objects.count(), ReminderAct.objects.count()) == (0, 0, 0)


def test_a_client_for_which_somebody_planned_something_stays(imported: Any, dmitri: User) -> None:
    kept, gone = Client.objects.order_by("pk")
    services.plan_reminder(user=dmitri, client_id=kept.pk, kind="other", on_day=company_today() + timedelta(days=1))
    made_by_rule(gone)
    undo(imported, dmitri)
    assert list(Client.objects.all()) == [kept]
    assert Reminder.objects.get().client == kept


def test_a_client_whose_reminder_somebody_put_off_stays(imported: Any, dmitri: User) -> None:
    kept, _gone = Client.objects.order_by("pk")
    tomorrow = company_today() + timedelta(days=1)
    services.snooze_reminder(user=dmitri, reminder_id=made_by_rule(kept).pk, on_day=tomorrow, at_time=None)
    undo(imported, dmitri)
    assert list(Client.objects.all()) == [kept]
