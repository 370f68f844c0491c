"""What stands under which heading, and how much of the day is done."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from reminders import today
from reminders.models import Reminder
from reminders.services import complete_reminder
from reminders.today import Clock
from tests.clients.registry import register
from tests.reminders.conftest import PARIS, Plan, due_now
from tests.reminders.today.conftest import at

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 10, 34, tzinfo=PARIS)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("moment", "day_only", "group"),
    [
        (datetime(2026, 11, 22, 9, tzinfo=PARIS), False, "late"),
        (datetime(2026, 11, 24, 10, 23, tzinfo=PARIS), False, "late"),
        (datetime(2026, 11, 24, 10, 30, tzinfo=PARIS), False, "now"),
        (datetime(2026, 11, 24, 11, 3, tzinfo=PARIS), False, "now"),
        (datetime(2026, 11, 24, 11, 4, tzinfo=PARIS), False, "today"),
        (datetime(2026, 11, 24, 23, 59, tzinfo=PARIS), False, "today"),
        (datetime(2026, 11, 23, 9, tzinfo=PARIS), True, "late"),
        (datetime(2026, 11, 24, 9, tzinfo=PARIS), True, "today"),
        (datetime(2026, 11, 25, 0, 0, tzinfo=PARIS), False, "week"),
        (datetime(2026, 11, 30, 23, 59, tzinfo=PARIS), False, "week"),
        (datetime(2026, 12, 1, 0, 0, tzinfo=PARIS), False, "later"),
    ],
)
def test_each_reminder_stands_under_one_heading_whoever_counts(
    anna: User, plan: Plan, moment: datetime, day_only: bool, group: str
) -> None:
    reminder = at(plan(), moment, day_only=day_only)
    clock = Clock.of(anna, NOW)

    counts = today.count_day(anna, clock)
    rows = today.read_rows(anna, clock, dict.fromkeys(today.GROUPS, 5))

    assert clock.group_of(reminder) == group
    assert {one: counts.of(one) for one in today.GROUPS if counts.of(one)} == {group: 1}
    assert [(row.reminder.pk, row.group) for row in rows] == [(reminder.pk, group)]
    assert [one for one in today.GROUPS if Reminder.objects.filter(clock.condition(one)).exists()] == [group]


def test_the_day_counts_what_was_done_today_and_what_is_left(anna: User, boris: User, plan: Plan) -> None:
    for reminder in (plan(), plan(), plan(user=boris, client=register(boris, manager=boris.pk))):
        complete_reminder(user=reminder.owner or anna, reminder_id=reminder.pk)
    due_now(plan(), timedelta(hours=3))

    counts = today.count_day(anna, Clock.of(anna))

    assert (counts.done, counts.waiting, counts.whole_day, counts.share) == (2, 1, 3, 66)


def test_the_navigation_counts_what_waits_today(anna: User, boris: User, plan: Plan) -> None:
    assert today.count_for_navigation(anna) is None
    due_now(plan())
    at(plan(), timezone.now() + timedelta(days=3))

    assert (today.count_for_navigation(anna), today.count_for_navigation(boris)) == (1, None)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({}, {}),
        ({"late": 3, "week": 2}, {"late": 3, "week": 2}),
        ({"late": 1001}, {"late": 50}),
        ({"late": 1001, "now": 2, "today": 68, "week": 400}, {"late": 28, "now": 2, "today": 10, "week": 10}),
        ({"late": 30, "now": 2, "today": 8, "week": 40}, {"late": 30, "now": 2, "today": 8, "week": 10}),
        ({"today": 4, "week": 400}, {"today": 4, "week": 46}),
    ],
)
def test_a_page_is_shared_out_among_its_headings(counts: dict[str, int], shown: dict[str, int]) -> None:
    assert today.share_out(counts) == shown


def test_the_lists_of_clients_are_counted_up_to_a_cap(anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        register(anna, full_name=f"Unplanned {number}", manager=anna.pk, lifecycle="current")

    assert today.count_own_clients(anna, today.quiet_now()) == (0, 4)

    monkeypatch.setattr(today, "MOST_COUNTED", 2)
    assert today.count_own_clients(anna, today.quiet_now()) == (0, 3)
