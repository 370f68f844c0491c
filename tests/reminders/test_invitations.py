"""Invitations to meetings by mail: written with what they tell of, sent by the outbox, read by the icalendar package."""

from datetime import date, datetime, time, timedelta
from email import message_from_string
from email.message import EmailMessage as Letter
from email.policy import default
from typing import Any

import icalendar
import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from accounts.mail import send_waiting_mail
from accounts.models import StoredMail, User
from clients.models import Client, Contact
from clients.services import archive_client, change_client, restore_client
from reminders import services
from reminders.models import Invitation, Reminder
from reminders.services import inviting
from reminders.services.inviting import tell_what_triggers_changed, why_nobody_is_invited
from tests.accounts.test_mail import STORE, Server, server
from tests.clients.registry import fresh, register
from tests.reminders.conftest import PARIS, Plan, due_now

__all__ = ["server"]  # a fixture
pytestmark = pytest.mark.django_db
WEEK = datetime.now(PARIS).replace(hour=10, minute=30, second=0, microsecond=0) + timedelta(days=7)


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> None:
    """No mail server, as on a fresh installation."""
    settings.MAILERS = STORE


@pytest.fixture
def fatou(lefevre: Client) -> Contact:
    return Contact.objects.create(client=lefevre, full_name="Mme Fatou Ngomo", emails=["Fatou@Lefevre.example"], is_main=True)


@pytest.fixture
def meeting(plan: Plan, fatou: Contact) -> Reminder:
    """A meeting to which Mme Ngomo is invited; its first mails have been read and put away."""
    return plan(
        WEEK, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True, subject="get the debt back", note="be firm", place="Pier 4"
    )


def mails() -> list[StoredMail]:
    return list(StoredMail.objects.order_by("pk"))


def event_of(mail: StoredMail) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(mail.calendar).walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    return event


def method_of(mail: StoredMail) -> str:
    return str(icalendar.Calendar.from_ical(mail.calendar)["METHOD"])


def news() -> list[tuple[str, str, int]]:
    """Return whom the mails since the last look are to, with method and sequence."""
    told = [(mail.recipients[0], method_of(mail), int(event_of(mail)["SEQUENCE"])) for mail in mails()]
    StoredMail.objects.all().delete()
    return sorted(told)


def test_the_contact_and_the_owner_are_invited(meeting: Reminder) -> None:
    outside, ours = mails()
    assert (outside.recipients, ours.recipients) == (["fatou@lefevre.example"], ["anna@kestrel.example"])
    event = event_of(outside)
    assert method_of(outside) == "REQUEST"
    assert event["UID"] == f"{meeting.uid}@localhost"
    assert event["ORGANIZER"] == "mailto:anna@kestrel.example"
    assert {str(one): one.params["PARTSTAT"] for one in event["ATTENDEE"]} == {
        "mailto:fatou@lefevre.example": "NEEDS-ACTION",
        "mailto:anna@kestrel.example": "ACCEPTED",
    }
    assert (event.decoded("DTSTART"), event.decoded("DURATION"), event["LOCATION"]) == (WEEK, timedelta(hours=1), "Pier 4")
    assert (outside.reply_to, ours.reply_to) == ("anna@kestrel.example", "")
    assert "Pier 4" in outside.body


def test_what_we_say_among_us_stays_here(meeting: Reminder) -> None:
    for mail in mails():
        assert "debt" not in mail.subject + mail.body + mail.calendar
        assert "firm" not in mail.body + mail.calendar


def test_moved_it_is_sent_anew_called_off_it_is_cancelled(anna: User, meeting: Reminder) -> None:
    assert news() == [("anna@kestrel.example", "REQUEST", 0), ("fatou@lefevre.example", "REQUEST", 0)]
    services.snooze_reminder(user=anna, reminder_id=meeting.pk, on_day=WEEK.date() + timedelta(days=1), at_time=time(9))
    moved = event_of(mails()[0])
    assert (moved.decoded("DTSTART").time(), moved["UID"]) == (time(9), f"{meeting.uid}@localhost")
    assert "has changed" in mails()[0].body
    assert news() == [("anna@kestrel.example", "REQUEST", 1), ("fatou@lefevre.example", "REQUEST", 1)]
    services.cancel_reminder(user=anna, reminder_id=meeting.pk)
    off = event_of(mails()[0])
    assert off["STATUS"] == "CANCELLED"
    assert news() == [("anna@kestrel.example", "CANCEL", 2), ("fatou@lefevre.example", "CANCEL", 2)]
    services.reopen_reminder(user=anna, reminder_id=meeting.pk)
    assert news() == [("anna@kestrel.example", "REQUEST", 3), ("fatou@lefevre.example", "REQUEST", 3)]


def test_what_guests_do_not_see_is_not_told(anna: User, meeting: Reminder) -> None:
    news()
    services.change_reminder(user=anna, reminder_id=meeting.pk, changes={"note": "be kind", "subject": "lunch"})
    assert news() == []
    services.change_reminder(user=anna, reminder_id=meeting.pk, changes={"place": "Pier 5"})
    assert len(news()) == 2


def test_another_contact_is_invited_and_the_first_hears_that_it_is_off(anna: User, meeting: Reminder, lefevre: Client) -> None:
    news()
    other = Contact.objects.create(client=lefevre, full_name="M. Roux", emails=["roux@lefevre.example"])
    services.change_reminder(user=anna, reminder_id=meeting.pk, changes={"contact_id": other.pk})
    assert news() == [
        ("anna@kestrel.example", "REQUEST", 1),
        ("fatou@lefevre.example", "CANCEL", 1),
        ("roux@lefevre.example", "REQUEST", 0),
    ]
    services.change_reminder(user=anna, reminder_id=meeting.pk, changes={"invites": False})
    assert {(method, who.split("@")[0]) for who, method, _sequence in news()} == {("CANCEL", "anna"), ("CANCEL", "roux")}


def test_who_keeps_it_is_not_written_to(anna: User, meeting: Reminder) -> None:
    news()
    due_now(meeting)
    services.complete_reminder(user=anna, reminder_id=meeting.pk, touch={"note": "met", "no_next_step_because": "all said"})
    assert news() == []
    assert tell_what_triggers_changed() == 0


def test_a_meeting_that_is_over_is_called_off_in_silence(anna: User, meeting: Reminder) -> None:
    news()
    due_now(meeting, timedelta(hours=5))
    services.cancel_reminder(user=anna, reminder_id=meeting.pk)
    assert news() == []


def test_handed_over_the_new_owner_invites(anna: User, boris: User, meeting: Reminder) -> None:
    news()
    services.hand_over_reminder(user=anna, reminder_id=meeting.pk, assignee=boris.pk)
    assert news() == [
        ("anna@kestrel.example", "CANCEL", 1),
        ("boris@kestrel.example", "REQUEST", 0),
        ("fatou@lefevre.example", "REQUEST", 1),
    ]


@pytest.mark.parametrize(
    ("changes", "said"), [({"may_write": False}, "may not be written to"), ({}, "no e-mail"), ({"may_write": None}, "no e-mail")]
)
def test_who_may_not_be_written_to_is_not(plan: Plan, lefevre: Client, fatou: Contact, changes: dict[str, Any], said: str) -> None:
    Client.objects.filter(pk=lefevre.pk).update(**changes) if changes else None
    if "e-mail" in said:
        Contact.objects.filter(pk=fatou.pk).update(emails=[])
    reminder = plan(WEEK, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True)
    assert news() == []
    reminder.client.refresh_from_db()
    assert said in why_nobody_is_invited(reminder)


def test_what_has_no_length_is_no_meeting(plan: Plan, fatou: Contact) -> None:
    plan(WEEK, kind="other", contact_id=fatou.pk, invites=True)
    assert news() == []


def test_archived_it_is_called_off_and_brought_back_it_is_on_again(anna: User, meeting: Reminder, lefevre: Client) -> None:
    news()
    archive_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, reason="moved away")
    assert tell_what_triggers_changed() == 2
    assert {method for _who, method, _sequence in news()} == {"CANCEL"}
    assert tell_what_triggers_changed() == 0
    restore_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version)
    assert tell_what_triggers_changed() == 2
    assert {method for _who, method, _sequence in news()} == {"REQUEST"}
    assert tell_what_triggers_changed() == 0


def test_another_manager_of_the_client_is_told_of(dmitri: User, boris: User, plan: Plan, lefevre: Client, fatou: Contact) -> None:
    plan(WEEK, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True, assignee="manager")
    news()
    change_client(user=dmitri, client_id=lefevre.pk, version=fresh(lefevre).version, changes={"manager": boris.pk})
    assert tell_what_triggers_changed() == 3
    assert ("boris@kestrel.example", "REQUEST", 0) in news()


def test_the_next_time_of_a_repeat_has_an_invitation_of_its_own(anna: User, plan: Plan, fatou: Contact) -> None:
    first = plan(WEEK, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True, repeats="FREQ=WEEKLY")
    news()
    services.cancel_reminder(user=anna, reminder_id=first.pk)
    uids = {method_of(mail): str(event_of(mail)["UID"]) for mail in mails()}
    assert uids["CANCEL"] != uids["REQUEST"]
    services.reopen_reminder(user=anna, reminder_id=first.pk)
    assert Invitation.objects.filter(withdrawn_at=None).count() == 2
    connection.check_constraints()  # what was planned after it is gone, with whom it invited


def test_names_begin_no_line_of_their_own(anna: User, plan: Plan, lefevre: Client, fatou: Contact) -> None:
    Contact.objects.filter(pk=fatou.pk).update(full_name='Eve"\r\nBcc: all@x.example\r\nATTENDEE:mailto:y@x.example')
    Client.objects.filter(pk=lefevre.pk).update(full_name="Le\r\nSubject: free <b>money</b>;,\\")
    plan(WEEK, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True, place="Pier\r\nMETHOD:CANCEL")
    outside, _ours = mails()
    assert "\n" not in outside.subject + outside.recipients[0] + outside.reply_to
    assert len(event_of(outside)["ATTENDEE"]) == 2
    assert [line for line in outside.calendar.split("\r\n") if line.startswith("METHOD")] == ["METHOD:REQUEST"]


def test_they_are_written_with_what_they_tell_of_or_not_at_all(anna: User, meeting: Reminder) -> None:
    news()
    with transaction.atomic():
        services.snooze_reminder(user=anna, reminder_id=meeting.pk, on_day=WEEK.date() + timedelta(days=2), at_time=time(9))
        transaction.set_rollback(True)
    assert news() == []
    assert set(Invitation.objects.values_list("sequence", flat=True)) == {0}


def test_the_mail_server_gets_a_part_that_calendars_act_on(server: Server, anna: User, meeting: Reminder) -> None:
    StoredMail.objects.all().delete()
    server.refusing = True
    services.cancel_reminder(user=anna, reminder_id=meeting.pk)
    key = StoredMail.objects.get(recipients=["fatou@lefevre.example"], send_at__isnull=False).key
    assert send_waiting_mail() == 0
    server.refusing = False
    assert send_waiting_mail(now=timezone.now() + timedelta(minutes=2)) == 2
    letters = [message_from_string(text, policy=default) for text in server.taken]
    letter = next(one for one in letters if one["To"] == "fatou@lefevre.example")
    assert isinstance(letter, Letter)
    assert (letter["Message-ID"], letter["Reply-To"]) == (f"<{key}@seraph>", "anna@kestrel.example")
    assert letter.get_content_type() == "multipart/alternative"
    text, part = letter.iter_parts()
    assert "does not take place" in text.get_content()
    assert (part.get_content_type(), part["Content-Type"].params["method"]) == ("text/calendar", "CANCEL")
    assert icalendar.Calendar.from_ical(part.get_content())["METHOD"] == "CANCEL"


def test_without_a_mail_server_the_administrator_reads_it(client: Browser, admin: User, meeting: Reminder) -> None:
    client.force_login(admin)
    page = client.get(f"/mail/{mails()[0].pk}/").content.decode()
    assert "BEGIN:VCALENDAR" in page
    assert "anna@kestrel.example" in page


def test_a_meeting_for_a_whole_day(plan: Plan, fatou: Contact) -> None:
    plan(WEEK, at_time=None, kind="meeting", minutes=60, contact_id=fatou.pk, invites=True)
    assert isinstance(event_of(mails()[0]).decoded("DTSTART"), date)


def test_the_own_address_is_invited_once(anna: User, plan: Plan) -> None:
    ours = register(anna, {"full_name": "Anna", "emails": "anna@kestrel.example"}, full_name="Ourselves")
    plan(WEEK, client=ours, kind="meeting", minutes=60, contact_id=ours.contacts.get().pk, invites=True)
    assert [who for who, _method, _sequence in news()] == ["anna@kestrel.example"]


def test_a_mail_that_cannot_be_made_keeps_no_other_guest_waiting(
    anna: User, meeting: Reminder, lefevre: Client, fatou: Contact, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(WEEK + timedelta(days=1), kind="meeting", minutes=60, contact_id=fatou.pk, invites=True)
    news()
    archive_client(user=anna, client_id=lefevre.pk, version=fresh(lefevre).version, reason="moved away")

    def refuse_the_first(reminder: Reminder, *args: Any, **kwargs: Any) -> None:
        if reminder.pk == meeting.pk:
            raise ValueError("a template that raises")
        written(reminder, *args, **kwargs)

    written = inviting._write
    monkeypatch.setattr(inviting, "_write", refuse_the_first)
    assert tell_what_triggers_changed() == 2
    monkeypatch.undo()
    assert tell_what_triggers_changed() == 2, "what failed is tried again"
