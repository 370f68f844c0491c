"""The panel of the card, and work that is finished."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client, Touch
from clients.services import archive_client, plan_next_step
from reminders import services
from reminders.models import Reminder
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.registry import fresh
from tests.reminders.acting.conftest import toast, url
from tests.reminders.conftest import Plan

pytestmark = pytest.mark.django_db


def panel(user: User, client: Client) -> str:
    page = as_user(user).get(client.get_absolute_url()).content.decode()
    return page[page.index('id="reminders"') :].split("</section>")[0]


def test_the_panel_shows_the_promise_among_the_others(anna: User, lefevre: Client, plan: Plan) -> None:
    plan_next_step(user=anna, client_id=lefevre.pk, next_step="Call on the slots", next_step_at=timezone.now() + timedelta(days=1))
    plan(subject="Invoice 2026-1187", repeats="FREQ=MONTHLY")
    shown = panel(anna, lefevre)
    assert shown.index("Invoice 2026-1187") < shown.index("Call on the slots")
    assert "next step" in shown
    assert "every month" in shown


def test_a_logged_touch_refreshes_the_panel(anna: User, lefevre: Client) -> None:
    form = {"kind": "call", "outcome": "reached", "plan": "week", "next_step": "Send the offer"}
    answer = as_user(anna).post(reverse("clients:touch_log", args=[lefevre.pk]), form, headers=HTMX)
    body = answer.content.decode()
    assert "Send the offer" in body[body.index('id="reminders"') :]


def test_a_reader_sees_it_without_buttons(clara: User, lefevre: Client, plan: Plan) -> None:
    reminder = plan(subject="Invoice")
    shown = panel(clara, lefevre)
    assert "Invoice" in shown
    assert url("done", reminder.pk) not in shown
    assert url("plan", lefevre.pk) not in shown


def test_whoever_has_it_acts_though_the_client_is_anothers(clara: User, lefevre: Client, plan: Plan) -> None:
    mine, theirs = plan(assignee=clara.pk), plan()
    shown = panel(clara, lefevre)
    assert url("done", mine.pk) in shown
    assert url("done", theirs.pk) not in shown


def test_an_archived_client_has_nothing_open(anna: User, lefevre: Client, plan: Plan) -> None:
    reminder = plan(subject="Invoice")
    archive_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, reason="closed")
    assert "Invoice" not in panel(anna, lefevre)
    assert as_user(anna).post(url("done", reminder.pk)).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_panel_asks_the_same_whatever_is_promised(anna: User, lefevre: Client, plan: Plan, count: int) -> None:
    for number in range(count):
        plan(subject=str(number))
        services.complete_reminder(user=anna, reminder_id=plan(subject=f"done {number}").pk)
    browser = as_user(anna)
    browser.get(lefevre.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        browser.get(lefevre.get_absolute_url())
    of_panel = [query for query in asked if 'FROM "reminders_' in query["sql"] and 'FROM "accounts_user"' not in query["sql"]]
    assert len(of_panel) == 2  # what the bell shows is read with the user


def test_finished_work_is_told_of_and_asked_about_again(anna: User, lefevre: Client) -> None:
    assert url("finish_work", lefevre.pk) in as_user(anna).get(lefevre.get_absolute_url()).content.decode()
    answer = as_user(anna).post(
        url("finish_work", lefevre.pk), {"again": "yes", "month": "other", "on_day": "2027-03", "kind": "call"}, headers=HTMX
    )
    assert Reminder.objects.get().on_day.isoformat() == "2027-03-01"
    assert "They will work with us again" in Touch.objects.get().note
    as_user(anna).post(toast(answer)["url"])
    assert not Touch.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Say whether they will work with us again."),
        ({"again": "yes", "month": "other"}, "Say when; the month is enough."),
        ({"again": "yes", "month": "other", "on_day": "2027-13"}, ""),
        ({"again": "yes", "month": "other", "on_day": "2020-01"}, "still to come"),
        ({"again": "no"}, "Say why not."),
    ],
)
def test_an_answer_that_is_none_keeps_what_was_typed(anna: User, lefevre: Client, given: dict[str, str], message: str) -> None:
    answer = as_user(anna).post(url("finish_work", lefevre.pk), {"kind": "call", "note": "Long talk"} | given, headers=HTMX)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "Long talk" in answer.content.decode()
    assert not Touch.objects.exists()
