"""The weekly mail: to management, once a week, in each receiver's language."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from clients.models import QualityDigest, QualityRun, QualitySettings, QualitySnapshot
from clients.quality.digest import send_due_digest, worst_changes
from tests.conftest import make_user

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 30)
MORNING = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
"""Half past seven in Paris."""


def counted(day: date, manager: User | None, **values: int) -> None:
    kept = dict.fromkeys(
        ("falls_short", "overdue", "lacks_recommended", "stale", "waived", "waiver_over", "duplicates", "quiet", "entered_late"), 0
    )
    QualitySnapshot.objects.create(
        day=day, taken_at=timezone.now(), manager=manager, clients=100, required_points=9000, recommended_points=5000, **kept | values
    )


@pytest.fixture
def weeks(clock: Any, anna: User, boris: User, dmitri: User) -> None:
    """It is Monday morning, and there are snapshots of today and of a week ago."""
    before = MONDAY - timedelta(days=7)
    counted(before, anna, falls_short=20, quiet=5)
    counted(before, boris, falls_short=10, quiet=5, waived=0)
    counted(MONDAY, anna, falls_short=8, quiet=9)
    counted(MONDAY, boris, falls_short=16, quiet=36, waived=50)
    counted(MONDAY, None, duplicates=2)
    QualityRun.objects.create(day=MONDAY, taken_at=MORNING)
    clock.move_to(MORNING)


def test_management_gets_one_mail_a_week_however_often_the_task_runs(
    weeks: None, dmitri: User, anna: User, admin: User, clock: Any
) -> None:
    assert [send_due_digest() for _turn in range(3)] == [1, 0, 0]
    clock.shift(timedelta(hours=26))
    QualityRun.objects.update(day=MONDAY + timedelta(days=1))
    assert send_due_digest() == 0
    assert [letter.to for letter in mail.outbox] == [[dmitri.email]]
    assert QualityDigest.objects.get().week == MONDAY


def test_it_says_the_totals_and_the_worst_changes_with_links(weeks: None, dmitri: User, boris: User, settings: Any) -> None:
    settings.SITE_URL = "https://crm.kestrel.example"
    send_due_digest()
    letter = mail.outbox[0]
    assert letter.subject == "Data quality: 24 clients fall short of what is required, 6 fewer than last week"
    body = str(letter.body)
    assert "Hello Дмитрий Соколов," in body
    assert "300 clients. On average 90\N{NO-BREAK SPACE}% of the required and 50\N{NO-BREAK SPACE}% of the recommended facts" in body
    assert "1. Boris Lind: 36 clients have gone quiet, 31 more than last week" in body
    assert f"https://crm.kestrel.example/clients/?manager={boris.pk}&quiet=yes" in body
    assert "4. Nobody in charge: 2 clients may be registered twice, 2 more than last week" in body
    assert "excused" not in body, "a waiver is no fault"
    assert "- Required missing: 24, 6 fewer than last week" in body
    assert "https://crm.kestrel.example/quality/settings/" in body
    assert body.rstrip().endswith("Seraph at Kestrel Trading\nhttps://crm.kestrel.example/")


def test_the_worst_come_first(weeks: None) -> None:
    found = worst_changes(MONDAY, MONDAY - timedelta(days=7))
    assert [(one.name, one.measure.key, one.change.by) for one in found] == [
        ("Boris Lind", "quiet", 31),
        ("Boris Lind", "falls_short", 6),
        ("Anna Petrova", "quiet", 4),
        ("", "duplicates", 2),
    ]


def test_each_reads_it_in_the_own_language(weeks: None, dmitri: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import translation

    other = make_user("odile", "Odile Caron", Role.MANAGEMENT)
    User.objects.filter(pk=dmitri.pk).update(language="ru")
    User.objects.filter(pk=other.pk).update(language="fr")
    seen: list[str | None] = []

    def noted(self: mail.EmailMessage, *args: Any, **kwargs: Any) -> int:
        seen.append(translation.get_language())
        return 1

    monkeypatch.setattr(mail.EmailMessage, "send", noted)
    assert send_due_digest() == 2
    assert seen == ["ru", "fr"]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2026-11-30T05:59:00+00:00", 0),  # one minute before seven in Paris
        ("2026-11-30T06:00:00+00:00", 1),
        ("2026-12-01T00:30:00+00:00", 1),  # nothing ran on Monday
        ("2026-12-02T09:00:00+00:00", 0),
    ],
)
def test_monday_morning_is_the_companys(weeks: None, dmitri: User, clock: Any, moment: str, sent: int) -> None:
    now = datetime.fromisoformat(moment)
    clock.move_to(now)
    day = now.date()
    if day != MONDAY:
        QualitySnapshot.objects.filter(day=MONDAY).update(day=day)
        QualityRun.objects.update(day=day)
    assert send_due_digest() == sent


def without_snapshot_of_today() -> None:
    QualityRun.objects.update(day=MONDAY - timedelta(days=1))


def without_last_week() -> None:
    QualitySnapshot.objects.filter(day__lt=MONDAY).delete()


def switched_off() -> None:
    QualitySettings.objects.create(digest=False)


def declined() -> None:
    QualitySettings.objects.create().declined.add(User.objects.get(username="dmitri"))


def left() -> None:
    User.objects.filter(username="dmitri").update(is_active=False)


@pytest.mark.parametrize("change", [without_snapshot_of_today, without_last_week, switched_off, declined, left])
def test_nobody_is_written_to(weeks: None, change: Callable[[], None]) -> None:
    change()
    assert send_due_digest() == 0
    assert mail.outbox == []
    assert not QualityDigest.objects.exists()


def test_a_mail_that_was_not_kept_is_not_noted(weeks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(mail.EmailMessage, "send", killed)
        with pytest.raises(KeyboardInterrupt):
            send_due_digest()
    assert not QualityDigest.objects.exists()
    assert send_due_digest() == 1
