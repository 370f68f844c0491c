"""When word leaves: quiet hours, days off, who hears what, escalation in working hours, one mail under one id."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.models import Team, User
from clients.models import Client
from reminders import services
from reminders.engine.delivering import deliver_waiting
from reminders.engine.firing import fire_due_reminders
from reminders.engine.quiet import end_of_quiet
from reminders.models import Delivery, MailWhen, Notice, Reminder, ReminderPreferences, ReminderSettings
from tests.reminders.conftest import PARIS, Plan, due_now

pytestmark = pytest.mark.django_db

THURSDAY = datetime(2026, 11, 26, 9, tzinfo=UTC)
"""Ten in Paris."""


def at_once(user: User, **wishes: Any) -> ReminderPreferences:
    return ReminderPreferences.objects.create(user=user, **({"mail": MailWhen.AT_ONCE} | wishes))


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-26 19:59", None),
        ("2026-11-26 20:00", "2026-11-27 07:00"),
        ("2026-11-27 03:00", "2026-11-27 07:00"),
        ("2026-11-27 07:00", None),
        ("2026-03-29 01:00", "2026-03-29 07:00"),  # the clock is put forward in that night
        ("2026-10-25 01:00", "2026-10-25 07:00"),  # and back in that one
    ],
)
def test_quiet_hours_go_over_midnight(now: str, until: str | None) -> None:
    assert end_of_quiet(ReminderPreferences(), PARIS, day(now)) == (day(until) if until else None)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    siesta = ReminderPreferences(quiet_from=time(13), quiet_until=time(15))
    assert end_of_quiet(siesta, PARIS, day("2026-11-26 14:00")) == day("2026-11-26 15:00")
    assert end_of_quiet(siesta, PARIS, day("2026-11-26 16:00")) is None
    assert end_of_quiet(ReminderPreferences(quiet_from=None), PARIS, day("2026-11-26 23:00")) is None


def test_in_quiet_hours_the_bell_rings_and_the_mail_waits(plan: Plan, anna: User) -> None:
    at_once(anna)
    night = day("2026-11-26 21:30")
    with time_machine.travel(night - timedelta(hours=4), tick=False):
        plan(night)

    fire_due_reminders(now=night)
    put_off = deliver_waiting(now=night).put_off

    assert (Notice.objects.count(), put_off, mail.outbox) == (1, 1, [])
    assert Delivery.objects.get().try_at == day("2026-11-27 07:00")
    assert Delivery.objects.get().tries == 0, "waiting is no failure"
    assert deliver_waiting(now=day("2026-11-27 07:00")).sent == 1


def test_what_is_for_that_day_waits_for_a_working_day_and_a_chosen_time_does_not(plan: Plan, anna: User) -> None:
    at_once(anna)
    saturday = day("2026-11-28 10:00")
    with time_machine.travel(THURSDAY, tick=False):
        plan(saturday, subject="chosen")
        plan(saturday, at_time=None, subject="that day")
    fire_due_reminders(now=saturday)

    deliver_waiting(now=saturday)

    assert [letter.subject for letter in mail.outbox] == ["chosen, Ateliers Lefèvre"]
    assert Delivery.objects.waiting().get().try_at == day("2026-11-30 09:00")


# --- who hears what ----------------------------------------------------------------------------


def heard_by(reminder: Reminder) -> set[str]:
    return set(Notice.objects.filter(reminder=reminder).values_list("recipient__username", flat=True))


def test_the_owner_hears_of_it_alone(plan: Plan, boris: User, dmitri: User) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    assert heard_by(reminder) == {"anna"}


def test_of_one_whose_owner_left_management_hears(plan: Plan, anna: User, boris: User, dmitri: User) -> None:
    reminder = due_now(plan())
    User.objects.filter(pk=anna.pk).update(is_active=False)
    fire_due_reminders()
    assert heard_by(reminder) == {"dmitri"}


def test_where_nobody_is_in_charge_management_hears(plan: Plan, lefevre: Client, dmitri: User) -> None:
    reminder = due_now(plan(assignee="manager"))
    Client.objects.filter(pk=lefevre.pk).update(manager=None)
    fire_due_reminders()
    assert heard_by(reminder) == {"dmitri"}


def escalate(reminder: Reminder) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(stage="escalation", fires_at=timezone.now())
    fire_due_reminders()


def test_of_what_nobody_did_the_head_of_the_team_hears(plan: Plan, anna: User, boris: User, dmitri: User) -> None:
    Team.objects.filter(members=anna).update(head=boris)
    reminder = plan()
    escalate(reminder)
    assert heard_by(reminder) == {"boris"}
    assert list(reminder.acts.order_by("pk").values_list("act", "facts")) == [
        ("planned", {"due": reminder.due_at.isoformat(), "version": 1}),
        ("escalated", {"to": [boris.pk]}),
    ]


@pytest.mark.parametrize("head", ["none", "left", "herself"])
def test_without_a_head_management_does(plan: Plan, anna: User, boris: User, dmitri: User, head: str) -> None:
    if head != "none":
        Team.objects.filter(members=anna).update(head=anna if head == "herself" else boris)
    if head == "left":
        User.objects.filter(pk=boris.pk).update(is_active=False)
    reminder = plan()
    escalate(reminder)
    assert heard_by(reminder) == {"dmitri"}


@pytest.mark.parametrize(
    ("due", "hours", "passed_on"),
    [
        ("2026-11-26 10:00", 8, "2026-11-26 18:00"),
        ("2026-11-26 16:00", 4, "2026-11-27 11:00"),
        ("2026-11-27 16:00", 4, "2026-11-30 11:00"),  # over the weekend
        ("2026-11-26 22:00", 1, "2026-11-27 10:00"),
    ],
)
def test_a_head_hears_after_working_hours_only(plan: Plan, due: str, hours: int, passed_on: str) -> None:
    ReminderSettings.objects.create(escalate_hours=hours)
    with time_machine.travel(THURSDAY - timedelta(days=1), tick=False):
        reminder = plan(day(due))
    fire_due_reminders(now=day(due))
    reminder.refresh_from_db()
    assert (reminder.stage, reminder.fires_at) == ("escalation", day(passed_on))


def test_switched_off_no_head_hears(plan: Plan) -> None:
    ReminderSettings.objects.create(escalates=False)
    reminder = due_now(plan())
    fire_due_reminders()
    reminder.refresh_from_db()
    assert (reminder.stage, reminder.fires_at) == ("", None)


def test_what_was_done_in_time_is_passed_on_to_nobody(plan: Plan, anna: User, dmitri: User) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    services.complete_reminder(user=anna, reminder_id=reminder.pk)
    fire_due_reminders(now=timezone.now() + timedelta(days=30))
    assert not Notice.objects.filter(recipient=dmitri).exists()


# --- one mail ----------------------------------------------------------------------------------


@pytest.fixture
def awake(anna: User) -> ReminderPreferences:
    return at_once(anna, quiet_from=None, quiet_until=None)


def test_the_mail_says_who_why_when_and_where(plan: Plan, awake: ReminderPreferences, settings: Any) -> None:
    settings.SITE_URL = "https://crm.kestrel.example"
    due_now(plan(kind="call_back", subject="Price list", note="Ask for Mme Ngomo", place="Pier 4"))
    fire_due_reminders()
    deliver_waiting()

    letter = mail.outbox[0]
    assert (letter.subject, letter.to) == ("Price list, Ateliers Lefèvre", ["Anna Petrova <anna@kestrel.example>"])
    for said in ("Call back: Price list", "Ask for Mme Ngomo", "Pier 4", "+33\N{NO-BREAK SPACE}1", "https://crm.kestrel.example/clients/"):
        assert said in str(letter.body)


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_in_the_readers_language(plan: Plan, awake: ReminderPreferences, anna: User, language: str) -> None:
    from django.utils import translation
    from django.utils.translation import pgettext

    User.objects.filter(pk=anna.pk).update(language=language)
    due_now(plan())
    fire_due_reminders()
    deliver_waiting()
    with translation.override(language):
        assert pgettext("reminder", "Due") in str(mail.outbox[0].body)


def test_names_of_several_lines_add_no_header(plan: Plan, awake: ReminderPreferences, anna: User) -> None:
    due_now(plan(subject="Call"))
    Reminder.objects.update(subject="Call\r\nBcc: all@kestrel.example")
    Client.objects.update(full_name="Evil\nSubject: x")
    User.objects.filter(pk=anna.pk).update(full_name="Anna\r\nBcc: all@kestrel.example")
    fire_due_reminders()
    deliver_waiting()

    (letter,) = mail.outbox
    assert letter.recipients() == [anna.email]
    assert "\n" not in letter.subject
    assert "all@kestrel.example" not in [address.strip() for _name, address in letter.message().items() if _name in {"To", "Bcc"}]


def test_every_try_has_the_same_id(plan: Plan, awake: ReminderPreferences, monkeypatch: pytest.MonkeyPatch) -> None:
    ids: list[str] = []

    def refuse(self: mail.EmailMessage, *args: Any, **kwargs: Any) -> int:
        ids.append(str(self.extra_headers["Message-ID"]))
        raise OSError("no answer")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    due_now(plan())
    fire_due_reminders()
    now = timezone.now()
    for hours in range(0, 60, 9):
        deliver_waiting(now=now + timedelta(hours=hours))

    delivery = Delivery.objects.get()
    assert set(ids) == {f"<{delivery.key}@seraph>"}
    assert (len(ids), delivery.state, delivery.problem) == (6, "dead", "OSError: no answer")


def test_fired_anew_nobody_is_told_twice(plan: Plan, awake: ReminderPreferences) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    Reminder.objects.filter(pk=reminder.pk).update(stage="due", fires_at=timezone.now())
    fire_due_reminders()
    deliver_waiting()
    assert (Notice.objects.count(), Delivery.objects.count(), len(mail.outbox)) == (1, 1, 1)


def test_done_before_the_mail_left_it_does_not_leave(plan: Plan, awake: ReminderPreferences, anna: User) -> None:
    reminder = due_now(plan())
    fire_due_reminders()
    services.complete_reminder(user=anna, reminder_id=reminder.pk)
    assert (deliver_waiting().dropped, mail.outbox) == (1, [])


def test_handed_over_before_the_mail_left_it_goes_to_whoever_has_it(
    plan: Plan, awake: ReminderPreferences, anna: User, boris: User
) -> None:
    at_once(boris, quiet_from=None, quiet_until=None)
    reminder = due_now(plan())
    fire_due_reminders()
    services.hand_over_reminder(user=anna, reminder_id=reminder.pk, assignee=boris.pk)
    fire_due_reminders(now=timezone.now() + timedelta(seconds=1))

    deliver_waiting(now=timezone.now() + timedelta(seconds=2))

    assert [letter.to for letter in mail.outbox] == [["Boris Lind <boris@kestrel.example>"]]


@pytest.mark.parametrize(("choice", "sent"), [("at_once", 1), ("digest", 0), ("never", 0)])
def test_a_kind_may_go_another_way(plan: Plan, anna: User, choice: str, sent: int) -> None:
    at_once(anna, mail="never", mail_by_kind={"other": choice}, quiet_from=None, quiet_until=None)
    due_now(plan())
    fire_due_reminders()
    assert deliver_waiting().sent == sent


# --- sweeping ----------------------------------------------------------------------------------


def test_old_word_is_forgotten_and_what_waits_stays(plan: Plan, awake: ReminderPreferences, anna: User) -> None:
    from reminders.models import ReminderDigest
    from reminders.sweeping import sweep_old_word

    due_now(plan())
    fire_due_reminders()
    due_now(plan())
    fire_due_reminders()
    now = timezone.now()
    old = Delivery.objects.earliest("pk")
    Delivery.objects.filter(pk=old.pk).update(state="sent", ended_at=now - timedelta(days=31))
    Delivery.objects.exclude(pk=old.pk).update(created_at=now - timedelta(days=90))
    Notice.objects.filter(reminder=old.reminder_id).update(at=now - timedelta(days=61))
    ReminderDigest.objects.create(user=anna, day=(now - timedelta(days=40)).date(), at=now)

    assert sweep_old_word() == 3
    assert sweep_old_word() == 0
    assert (Notice.objects.count(), Delivery.objects.get().state) == (1, "waiting")
