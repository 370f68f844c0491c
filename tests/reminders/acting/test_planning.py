"""Planning a reminder on the card, and changing it."""

from typing import Any

import pytest

from accounts.models import User
from clients.models import Client
from reminders import services
from reminders.models import Reminder, State
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.registry import register
from tests.reminders.acting.conftest import DAY, FORM, toast, url
from tests.reminders.conftest import Plan

pytestmark = pytest.mark.django_db


def test_a_reminder_is_planned_on_the_card_and_stands_there_at_once(anna: User, lefevre: Client) -> None:
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM, headers=HTMX)

    reminder = Reminder.objects.get()
    assert (reminder.subject, reminder.owner, reminder.follows_manager, reminder.on_day.isoformat()) == (
        "Answer on the slots",
        anna,
        True,
        DAY,
    )
    assert 'id="reminders"' in answer.content.decode()
    assert "Answer on the slots" in text_of(answer)
    assert as_user(anna).post(toast(answer)["url"]).status_code == 302
    assert Reminder.objects.get().state == State.CANCELLED


def test_it_is_planned_without_script_too(anna: User, lefevre: Client) -> None:
    assert "Plan it" in text_of(as_user(anna).get(url("plan", lefevre.pk)))
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM)
    assert answer.headers["Location"] == lefevre.get_absolute_url()
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"on_day": ""}, "Choose a day."),
        ({"on_day": "2020-01-01"}, "Choose a time that is still to come."),
        ({"on_day": "2099-12-31"}, "within the next 20 years"),
        ({"on_day": "9999-12-31"}, "Write the date like"),
        ({"on_day": "soon"}, "Write the date like"),
        ({"at_time": "25:99"}, "Write a time like 10:30"),
        ({"kind": "' OR 1=1"}, "Choose a kind from the list."),
        ({"assignee": "1 OR 1=1"}, "Choose somebody who works here."),
        ({"contact": "999"}, "Choose a contact of this client."),
        ({"ahead": "other", "ahead_minutes": ""}, "Say how many minutes before."),
        ({"ahead": "other", "ahead_minutes": "NaN"}, "Give a whole number."),
        ({"repeat": "own", "rule": "FREQ=SECONDLY"}, "Write the repeat as RFC 5545 has it"),
        ({"repeat": "own", "rule": ""}, "Write the repeat, or choose one by name."),
        ({"subject": "x" * 301}, "Shorten this"),
    ],
)
def test_what_cannot_be_planned_keeps_what_was_typed(anna: User, lefevre: Client, wrong: dict[str, str], message: str) -> None:
    answer = as_user(anna).post(url("plan", lefevre.pk), FORM | {"note": "Long talk"} | wrong, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Reminder.objects.exists()


def test_monthly_from_the_31st_is_kept_as_the_last_day(anna: User, lefevre: Client) -> None:
    as_user(anna).post(url("plan", lefevre.pk), FORM | {"on_day": "2027-01-31", "repeat": "monthly", "ahead": "1440"}, headers=HTMX)
    reminder = Reminder.objects.get()
    assert reminder.repeats == "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"
    assert reminder.notice_minutes == 1440
    assert 'value="monthly" selected' in as_user(anna).get(url("edit", reminder.pk), headers=HTMX).content.decode()


def test_what_another_changed_meanwhile_stands_beside_what_was_typed(anna: User, dmitri: User, plan: Plan) -> None:
    reminder = plan(subject="Call")
    services.change_reminder(user=dmitri, reminder_id=reminder.pk, changes={"subject": "His words"})

    answer = as_user(anna).post(url("edit", reminder.pk), FORM | {"version": 1, "subject": "Her words"}, headers=HTMX)
    shown = text_of(answer)
    assert answer.status_code == 409
    assert "His words" in shown
    assert "Her words" in shown
    assert "Дмитрий Соколов changed this reminder while you wrote" in shown

    again = as_user(anna).post(url("edit", reminder.pk), FORM | {"version": 2, "subject": "Her words"}, headers=HTMX)
    assert again.status_code == 200
    assert Reminder.objects.get().subject == "Her words"


@pytest.mark.parametrize(
    ("zone", "at", "says"),
    [
        ("Asia/Tokyo", "19:20", "there."),
        ("Asia/Tokyo", "09:00", "At the client’s it is 17:00 then."),
        ("Europe/Paris", "03:20", "It is 03:20 there."),
    ],
)
def test_the_form_says_what_time_it_is_at_the_clients(anna: User, zone: str, at: str, says: str) -> None:
    client = register(anna, full_name="Nippon", time_zone=zone)
    answer = as_user(anna).get(url("told_of_time", client.pk), FORM | {"on_day": "2026-12-01", "at_time": at}, headers=HTMX)
    assert says in text_of(answer)


def test_the_zone_is_asked_where_the_assignee_lives_in_another(anna: User, boris: User, lefevre: Client) -> None:
    User.objects.filter(pk=boris.pk).update(time_zone="America/New_York")
    asked: dict[str, Any] = FORM | {"assignee": boris.pk, "on_day": "2026-12-01", "at_time": "15:30", "time_zone": "Europe/Paris"}
    shown = text_of(as_user(anna).get(url("told_of_time", lefevre.pk), asked, headers=HTMX))
    assert "Time zone" in shown
    assert "That is 09:30 for Boris Lind." in shown
    as_user(anna).post(url("plan", lefevre.pk), asked, headers=HTMX)
    assert (Reminder.objects.get().due_at.hour, Reminder.objects.get().time_zone) == (14, "Europe/Paris")
