"""The morning's mail: once a day, on working days, in the reader's language, and nobody waits for another's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Company, StoredMail, Team, User
from clients.models import Client
from reminders import digest
from reminders.digest import send_due_digests
from reminders.engine.firing import fire_due_reminders
from reminders.models import Reminder, ReminderDigest, ReminderPreferences
from tests.clients.registry import register
from tests.conftest import make_user
from tests.reminders.conftest import Plan

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 26, 3, tzinfo=UTC)
"""A Thursday."""
MORNING = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
"""Half past seven in Paris."""


@pytest.fixture
def clock(company: Company) -> Iterator[Any]:
    with time_machine.travel(NIGHT, tick=False) as traveller:
        yield traveller


@pytest.fixture
def morning(clock: Any, plan: Plan, anna: User) -> None:
    """One is late since yesterday, one is due today, one tomorrow."""
    late = plan(NIGHT + timedelta(hours=1), subject="Contract")
    plan(NIGHT + timedelta(hours=7), kind="call_back", subject="Price list")
    plan(NIGHT + timedelta(days=1), subject="Not yet")
    yesterday = NIGHT - timedelta(days=1)
    Reminder.objects.filter(pk=late.pk).update(due_at=yesterday, fires_at=None, stage="", on_day=yesterday.date())
    clock.move_to(MORNING)


def letters() -> list[str]:
    return [str(letter.body) for letter in mail.outbox]


def test_one_mail_a_day_however_often_the_task_runs(morning: None, anna: User, clock: Any) -> None:
    assert [send_due_digests() for _turn in range(3)] == [1, 0, 0]
    clock.shift(timedelta(hours=2))
    assert send_due_digests() == 0
    clock.shift(timedelta(hours=22))
    assert send_due_digests() == 1
    assert [letter.to for letter in mail.outbox] == [[anna.email]] * 2


def test_it_says_what_is_late_and_what_is_due_with_the_phone(morning: None, anna: User) -> None:
    send_due_digests()

    assert mail.outbox[0].subject == "1 reminder today, 1 late"
    body = letters()[0]
    assert "Hello Anna Petrova," in body
    assert "Late (1)\n- 1 day late: Ateliers Lefèvre\n  Other: Contract, +33\N{NO-BREAK SPACE}1" in body
    assert "Today (1)\n- today 11:00: Ateliers Lefèvre\n  Call back: Price list" in body
    assert "Not yet" not in body
    assert "/settings/reminders/" in body


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_it_is_made_in_the_readers_language(morning: None, anna: User, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.filter(pk=anna.pk).update(language=language)
    seen: list[str | None] = []

    def noted(name: str, context: dict[str, Any]) -> str:
        seen.append(translation.get_language())
        return ""

    monkeypatch.setattr(digest, "render_to_string", noted)
    send_due_digests()
    assert seen == [language]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2026-11-26T06:29:00+00:00", 0),
        ("2026-11-26T06:30:00+00:00", 1),
        ("2026-11-26T10:59:00+00:00", 1),
        ("2026-11-26T11:00:00+00:00", 0),  # noon: Seraph was off the whole morning
        ("2026-11-28T06:30:00+00:00", 0),  # Saturday
        ("2026-11-30T06:30:00+00:00", 1),
    ],
)
def test_the_morning_is_the_readers(morning: None, clock: Any, moment: str, sent: int) -> None:
    clock.move_to(datetime.fromisoformat(moment))
    assert send_due_digests() == sent


def test_in_another_zone_it_is_morning_at_another_time(morning: None, anna: User, clock: Any) -> None:
    User.objects.filter(pk=anna.pk).update(time_zone="Asia/Tokyo", work_days=[5])
    clock.move_to(datetime(2026, 11, 26, 22, 31, tzinfo=UTC))  # Friday there
    assert send_due_digests() == 1
    assert ReminderDigest.objects.get().day == date(2026, 11, 27)


def nothing_due() -> None:
    Reminder.objects.update(due_at=NIGHT + timedelta(days=9))


def never() -> None:
    ReminderPreferences.objects.create(user=User.objects.get(username="anna"), mail="never")


def left() -> None:
    User.objects.filter(username="anna").update(is_active=False)


def without_role() -> None:
    User.objects.get(username="anna").groups.clear()


@pytest.mark.parametrize("change", [nothing_due, never, left, without_role])
def test_nobody_is_written_to(morning: None, change: Any) -> None:
    change()
    assert send_due_digests() == 0
    assert mail.outbox == []


def test_kinds_that_go_by_themselves_do_not_stand_in_it(morning: None, anna: User) -> None:
    ReminderPreferences.objects.create(user=anna, mail_by_kind={"other": "at_once"}, digest_at=time(7))
    send_due_digests()
    assert "Contract" not in letters()[0]
    assert "Price list" in letters()[0]


def test_a_head_hears_what_the_team_left_lying(morning: None, anna: User, boris: User, dmitri: User, clock: Any) -> None:
    Team.objects.filter(members=anna).update(head=boris)
    Reminder.objects.filter(subject="Contract").update(stage="escalation", fires_at=NIGHT)
    fire_due_reminders()

    assert send_due_digests() == 2

    his = next(str(letter.body) for letter in mail.outbox if letter.to == [boris.email])
    assert "Left lying by others, passed on to you (1)\n- 1 day late: Ateliers Lefèvre (Anna Petrova)" in his
    assert "/left-lying/" in his
    assert next(letter.subject for letter in mail.outbox if letter.to == [boris.email]) == "0 reminders today, 1 left lying"


def test_one_whose_mail_can_not_be_made_delays_no_other(
    morning: None, plan: Plan, anna: User, boris: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = register(boris, full_name="Rassvet", phones=["+33199001800"], manager=boris.pk)
    with time_machine.travel(NIGHT, tick=False):
        plan(MORNING + timedelta(hours=3), user=boris, client=theirs)
    made = digest.subject_of

    def broken(morning: digest.Morning) -> str:
        if morning.late.count:
            raise RuntimeError("her template is broken")
        return made(morning)

    monkeypatch.setattr(digest, "subject_of", broken)

    assert send_due_digests() == 1
    assert [letter.to for letter in mail.outbox] == [[boris.email]]
    assert [row.user for row in ReminderDigest.objects.all()] == [boris], "hers is made as soon as it can be"


def test_a_mail_that_was_not_kept_is_not_noted(morning: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mail.EmailMessage, "send", killed)
    with pytest.raises(KeyboardInterrupt):
        send_due_digests()
    assert not ReminderDigest.objects.exists()


def test_it_is_kept_with_the_other_mail(morning: None, settings: Any, anna: User) -> None:
    settings.MAILERS = {"default": {"BACKEND": "accounts.mail.StoredMailBackend"}}
    send_due_digests()
    assert StoredMail.objects.get().recipients == [anna.email]


def test_a_name_of_several_lines_adds_no_header(morning: None, lefevre: Client, anna: User) -> None:
    Client.objects.update(full_name="Evil\r\nBcc: all@kestrel.example")
    send_due_digests()
    assert mail.outbox[0].recipients() == [anna.email]
    assert "\n" not in mail.outbox[0].subject


def test_many_are_counted_not_listed(morning: None, plan: Plan) -> None:
    with time_machine.travel(NIGHT, tick=False):
        for number in range(30):
            plan(MORNING + timedelta(hours=3, minutes=number), subject=f"Call {number}")
    send_due_digests()
    assert "Today (31)" in letters()[0]
    assert "and 11 more" in letters()[0]


def test_who_has_nothing_costs_little(morning: None, north: Team) -> None:
    from accounts.roles import Role

    def asked() -> int:
        ReminderDigest.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            send_due_digests()
        return len(queries)

    one = asked()
    make_user("odile", "Odile Caron", Role.MANAGER, north)
    assert asked() - one <= 14
