"""What was given up: shown to the administrator with its problem in words, and tried again under the same key."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, User
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.models import Delivery, Notice, Reminder, ReminderPreferences
from reminders.undelivered import count_for_navigation, in_words
from tests.clients.browsing import as_user
from tests.reminders.conftest import Plan, due_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(plan: Plan, anna: User) -> Delivery:
    ReminderPreferences.objects.create(user=anna, mail="at_once", quiet_from=None, quiet_until=None)
    due_now(plan(subject="Contract"))
    fire_due_reminders()
    problem = "SMTPRecipientsRefused: {'anna@x': (550, b'<b>no</b> such user')}"
    Delivery.objects.update(state="dead", tries=6, problem=problem, ended_at=timezone.now())
    return Delivery.objects.get()


@pytest.fixture
def aside(plan: Plan) -> Reminder:
    reminder = due_now(plan(subject="Renewal"))
    Reminder.objects.filter(pk=reminder.pk).update(fires_at=None, problem="could not be told of")
    return reminder


def test_the_administrator_sees_what_was_given_up_and_why(dead: Delivery, aside: Reminder, admin: User) -> None:
    page = as_user(admin).get("/undelivered/").content.decode()

    assert "The mail server refused the address." in page
    assert "&lt;b&gt;no&lt;/b&gt; such user" in page
    assert "Anna Petrova" in page
    assert "Renewal" in page
    assert "Try all 2 again" in page
    assert count_for_navigation(admin) == 2


@pytest.mark.parametrize("who", ["anna", "dmitri", "eve"])
def test_nobody_else_sees_or_tries(dead: Delivery, who: str, request: Any) -> None:
    browser = as_user(request.getfixturevalue(who))
    assert browser.get("/undelivered/").status_code == 403
    assert browser.post("/undelivered/try-again/", {"all": "1"}).status_code == 403
    assert Delivery.objects.get().state == "dead"


def test_one_is_tried_again_under_the_same_key(dead: Delivery, admin: User) -> None:
    as_user(admin).post("/undelivered/try-again/", {"delivery": dead.pk})

    waiting = Delivery.objects.get()
    assert (waiting.state, waiting.tries, waiting.key) == ("waiting", 0, dead.key)
    assert deliver_waiting(now=timezone.now() + timedelta(seconds=1)).sent == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{dead.key}@seraph>"
    assert AuditEntry.objects.get(action="reminders_tried_again").by == admin


def test_one_that_was_set_aside_is_told_of(aside: Reminder, admin: User, anna: User) -> None:
    as_user(admin).post("/undelivered/try-again/", {"reminder": aside.pk})

    fire_due_reminders(now=timezone.now() + timedelta(seconds=1))

    assert Notice.objects.get().recipient == anna
    assert count_for_navigation(admin) is None


def test_all_are_tried_again_at_once(dead: Delivery, aside: Reminder, admin: User) -> None:
    page = as_user(admin).post("/undelivered/try-again/", {"all": "1"}, follow=True).content.decode()
    assert "2 are tried again" in page
    assert "Everything was delivered." in page


@pytest.mark.parametrize("given", [{}, {"delivery": "x"}, {"delivery": "9" * 30}, {"reminder": "0"}])
def test_nothing_named_is_nothing_tried(dead: Delivery, admin: User, given: dict[str, str]) -> None:
    page = as_user(admin).post("/undelivered/try-again/", given, follow=True).content.decode()
    assert "Nothing of it was left to try again." in page
    assert Delivery.objects.get().state == "dead"


def test_what_was_done_meanwhile_is_dropped_not_sent(dead: Delivery, admin: User, anna: User) -> None:
    from reminders.services import complete_reminder

    complete_reminder(user=anna, reminder_id=dead.reminder_id)
    as_user(admin).post("/undelivered/try-again/", {"all": "1"})
    assert deliver_waiting(now=timezone.now() + timedelta(seconds=1)).dropped == 1
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("SMTPRecipientsRefused: {}", "The mail server refused the address."),
        ("SMTPAuthenticationError: (535, b'no')", "The mail server refused our user name or password."),
        ("SMTPDataError: (554, b'spam')", "The mail server refused the mail."),
        ("SMTPServerDisconnected: gone", "The server did not answer."),
        ("ConnectionRefusedError: [Errno 111]", "The server did not answer."),
        ("gaierror: [Errno -2]", "The server did not answer."),
        ("TemplateSyntaxError: Invalid block", "The text could not be made: its template is broken."),
        ("ValueError: Header values", "The address is none."),
        ("PushRefused: 403", "The push service refused the message."),
        ("KeyError: 'x'", "It failed for a reason that Seraph doesn't know."),
        ("", "It failed for a reason that Seraph doesn't know."),
    ],
)
def test_problems_are_put_into_words(problem: str, said: str) -> None:
    assert in_words(problem) == said


def test_the_page_asks_the_same_for_one_and_for_many(dead: Delivery, aside: Reminder, plan: Plan, admin: User) -> None:
    def asked(browser: Browser) -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get("/undelivered/")
        return len(queries)

    browser = as_user(admin)
    asked(browser)
    one = asked(browser)
    for number in range(3):
        other = plan(subject=str(number))
        Reminder.objects.filter(pk=other.pk).update(fires_at=None, problem="could not be told of")
        Delivery.objects.create(
            reminder=other,
            occurrence=1,
            stage="due",
            channel="mail",
            recipient=dead.recipient,
            state="dead",
            try_at=timezone.now(),
            created_at=timezone.now(),
            ended_at=timezone.now(),
        )
    assert asked(browser) == one


def test_metrics_tell_of_it(dead: Delivery, aside: Reminder) -> None:
    """What the database holds once it is committed is read by a connection of its own: here, that it is asked at all."""
    said = Browser().get("/metrics").content.decode()
    for line in ("seraph_reminders_due ", "seraph_reminders_set_aside ", 'seraph_reminder_deliveries{state="dead"} '):
        assert line in said
