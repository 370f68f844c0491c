"""Planning reminders and changing them: what is refused, for whom it is, and when it is due."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.errors import Refused, StaleVersion
from clients.models import Client
from reminders import services
from reminders.models import Act, Reminder, State
from reminders.recurrence import Repeat, in_words, next_day, read_repeat, repeat_of, rule_of
from reminders.services.planning import MANAGER
from sales.periods import company_today
from tests.reminders.conftest import Plan

NOW = datetime(2026, 11, 24, 9, 34, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)


def codes(refusal: Any) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refusal.value.errors]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"kind": "nonsense"}, ("kind", "choice")),
        ({"kind": ""}, ("kind", "choice")),
        ({"contact_id": 999}, ("contact", "choice")),
        ({"contact_id": 2**70}, ("contact", "choice")),
        ({"assignee": 999_999}, ("assignee", "choice")),
        ({"assignee": "somebody"}, ("assignee", "choice")),
        ({"time_zone": "Mars/Olympus"}, ("time_zone", "time_zone")),
        ({"subject": "x" * 301}, ("subject", "too_long")),
        ({"minutes": "NaN"}, ("minutes", "number")),
        ({"minutes": 1441}, ("minutes", "number")),
        ({"notice_minutes": -5}, ("notice_minutes", "number")),
        ({"repeats": "FREQ=HOURLY"}, ("repeats", "rule")),
        ({"repeats": "every day"}, ("repeats", "rule")),
        ({"on_day": date(2026, 11, 23)}, ("on_day", "past")),
        ({"on_day": date(2099, 1, 1)}, ("on_day", "far")),
    ],
)
def test_what_cannot_be_planned_is_refused_by_field(anna: User, lefevre: Client, given: dict[str, Any], expected: tuple[str, str]) -> None:
    planned: dict[str, Any] = {"kind": "other", "on_day": THURSDAY, "at_time": time(10, 30), "now": NOW}
    with pytest.raises(Refused) as refusal:
        services.plan_reminder(user=anna, client_id=lefevre.pk, **(planned | given))
    assert codes(refusal)[0][0] == expected[0]
    assert not Reminder.objects.exists()


def test_somebody_who_has_left_cannot_be_chosen(anna: User, boris: User, lefevre: Client) -> None:
    User.objects.filter(pk=boris.pk).update(is_active=False)
    with pytest.raises(Refused) as refusal:
        services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, assignee=boris.pk, now=NOW)
    assert codes(refusal) == [("assignee", "choice")]


def test_that_day_begins_with_the_working_day_of_whoever_acts(anna: User, boris: User, lefevre: Client) -> None:
    User.objects.filter(pk=boris.pk).update(time_zone="America/New_York", work_from=time(8))
    planned = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, assignee=boris.pk, now=NOW)
    assert (planned.due_at, planned.time_zone) == (datetime(2026, 11, 26, 13, tzinfo=UTC), "America/New_York")

    given = services.hand_over_reminder(user=anna, reminder_id=planned.pk, assignee=anna.pk, now=NOW)
    assert (given.due_at, given.time_zone) == (datetime(2026, 11, 26, 8, tzinfo=UTC), "Europe/Paris")


@pytest.mark.parametrize(
    ("zone", "day", "at", "due"),
    [
        ("Europe/Paris", date(2027, 3, 28), time(2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # 02:30 is never shown: 03:30
        ("Europe/Paris", date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # shown twice: the first
        ("America/New_York", date(2027, 3, 14), time(2, 30), datetime(2027, 3, 14, 7, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
    ],
)
def test_a_time_that_the_wall_never_or_twice_shows_is_one_moment(
    anna: User, lefevre: Client, zone: str, day: date, at: time, due: datetime
) -> None:
    planned = services.plan_reminder(
        user=anna, client_id=lefevre.pk, kind="other", on_day=day, at_time=at, time_zone=zone, now=datetime(2026, 9, 1, tzinfo=UTC)
    )
    assert planned.due_at == due


def test_whoever_is_in_charge_is_asked_at_the_time(anna: User, boris: User, dmitri: User, lefevre: Client) -> None:
    from clients.services import hand_over_clients

    planned = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, assignee=MANAGER, now=NOW)
    assert planned.owner == anna
    hand_over_clients(user=dmitri, client_ids=[lefevre.pk], manager_id=boris.pk)
    planned.refresh_from_db()
    assert planned.owner == boris


def test_another_managers_client_takes_no_promise(clara: User, lefevre: Client, plan: Plan) -> None:
    with pytest.raises(PermissionDenied):
        plan(user=clara)


def test_nobody_without_a_role_even_sees_the_client(eve: User, plan: Plan) -> None:
    with pytest.raises(Client.DoesNotExist):
        plan(user=eve)


def test_whoever_has_promised_something_may_promise_more(clara: User, plan: Plan) -> None:
    plan(assignee=clara.pk)
    assert plan(user=clara).owner == clara


def test_a_change_says_what_was_read(anna: User, dmitri: User, plan: Plan) -> None:
    reminder = plan()
    services.change_reminder(user=dmitri, reminder_id=reminder.pk, version=1, changes={"subject": "His"})
    with pytest.raises(StaleVersion):
        services.change_reminder(user=anna, reminder_id=reminder.pk, version=1, changes={"subject": "Hers"})
    reminder.refresh_from_db()
    assert (reminder.subject, reminder.version) == ("His", 2)


def test_a_field_that_there_is_not_cannot_be_set(anna: User, plan: Plan) -> None:
    with pytest.raises(Refused) as refusal:
        services.change_reminder(user=anna, reminder_id=plan().pk, changes={"state": "done", "version": 9})
    assert codes(refusal) == [("state", "unknown"), ("version", "unknown")]


def test_nothing_changed_is_no_change(anna: User, plan: Plan) -> None:
    reminder = plan(subject="Call")
    services.change_reminder(user=anna, reminder_id=reminder.pk, changes={"subject": "Call"})
    reminder.refresh_from_db()
    assert (reminder.version, reminder.acts.count()) == (1, 1)


# --- repeats -------------------------------------------------------------------------------------


def test_monthly_on_the_31st_is_the_last_day_of_shorter_months() -> None:
    rule = rule_of(Repeat.MONTHLY, date(2027, 1, 31))
    days, day = [], date(2027, 1, 31)
    for _number in range(4):
        found = next_day(rule, first=date(2027, 1, 31), at=None, after=day)
        assert found is not None
        days.append(found)
        day = found
    assert days == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)]
    assert read_repeat(rule) == rule
    assert repeat_of(rule) is Repeat.MONTHLY


def test_yearly_on_the_29th_of_february_is_the_28th_in_other_years() -> None:
    rule = rule_of(Repeat.YEARLY, date(2028, 2, 29))
    assert next_day(rule, first=date(2028, 2, 29), at=None, after=date(2028, 2, 29)) == date(2029, 2, 28)
    assert repeat_of(rule) is Repeat.YEARLY


@pytest.mark.parametrize("repeat", list(Repeat))
@pytest.mark.parametrize("day", [date(2026, 11, 26), date(2028, 2, 29), date(2027, 1, 31), date(2027, 4, 30)])
def test_a_repeat_by_name_is_known_by_its_rule(repeat: Repeat, day: date) -> None:
    assert repeat_of(read_repeat(rule_of(repeat, day))) is repeat


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", ""),
        ("FREQ=WEEKLY;INTERVAL=2", "every two weeks"),
        ("FREQ=DAILY;INTERVAL=10", "every 10 days"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "every week, on Monday, Thursday"),
        ("FREQ=MONTHLY;COUNT=3", "every month, 3 times"),
        ("FREQ=YEARLY;UNTIL=20300101T000000Z", "every year, until 1 January 2030"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month, BYDAY=2TU"),
    ],
)
def test_a_repeat_is_said_in_words(rule: str, words: str) -> None:
    assert in_words(rule) == words


def test_done_it_is_planned_for_its_next_time(anna: User, lefevre: Client) -> None:
    now = datetime(2027, 1, 30, 9, tzinfo=UTC)
    first = services.plan_reminder(
        user=anna, client_id=lefevre.pk, kind="recurring_payment", on_day=date(2027, 1, 31), now=now,
        repeats=rule_of(Repeat.MONTHLY, date(2027, 1, 31)),
    )  # fmt: skip
    done = services.complete_reminder(user=anna, reminder_id=first.pk, now=now)
    assert done.following is not None
    assert (done.following.on_day, done.following.series_id, done.following.state) == (date(2027, 2, 28), first.pk, State.OPEN)
    third = services.complete_reminder(user=anna, reminder_id=done.following.pk, now=now).following
    assert third is not None
    assert third.on_day == date(2027, 3, 31)


def test_put_off_it_repeats_on_its_own_days(anna: User, lefevre: Client) -> None:
    first = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, repeats="FREQ=WEEKLY", now=NOW)
    services.snooze_reminder(user=anna, reminder_id=first.pk, on_day=THURSDAY + timedelta(days=2), at_time=None, now=NOW)
    following = services.complete_reminder(user=anna, reminder_id=first.pk, now=NOW).following
    assert following is not None
    assert following.on_day == date(2026, 12, 5)  # the series begins where its first stands: put off, it moved


def test_one_time_is_skipped_and_the_series_goes_on(anna: User, lefevre: Client) -> None:
    first = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, repeats="FREQ=WEEKLY", now=NOW)
    services.cancel_reminder(user=anna, reminder_id=first.pk, now=NOW)
    assert [one.on_day for one in Reminder.objects.open()] == [date(2026, 12, 3)]


def test_the_whole_series_ends(anna: User, lefevre: Client) -> None:
    first = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, repeats="FREQ=WEEKLY", now=NOW)
    services.cancel_reminder(user=anna, reminder_id=first.pk, whole_series=True, because="sold", now=NOW)
    assert not Reminder.objects.open().exists()


def test_a_repeat_that_is_over_plans_nothing_more(anna: User, lefevre: Client) -> None:
    first = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, repeats="FREQ=WEEKLY;COUNT=1", now=NOW)
    assert services.complete_reminder(user=anna, reminder_id=first.pk, now=NOW).following is None


def test_changed_to_another_day_with_its_repeat_it_goes_on_from_there(anna: User, lefevre: Client) -> None:
    first = services.plan_reminder(user=anna, client_id=lefevre.pk, kind="other", on_day=THURSDAY, repeats="FREQ=WEEKLY", now=NOW)
    second = services.complete_reminder(user=anna, reminder_id=first.pk, now=NOW).following
    assert second is not None
    monday = date(2026, 12, 7)
    services.change_reminder(
        user=anna, reminder_id=second.pk, changes={"on_day": monday, "at_time": None, "repeats": "FREQ=WEEKLY"}, now=NOW
    )
    third = services.complete_reminder(user=anna, reminder_id=second.pk, now=NOW).following
    assert third is not None
    assert third.on_day == monday + timedelta(days=7)


def test_what_was_done_is_noted(anna: User, plan: Plan) -> None:
    reminder = plan()
    services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=company_today() + timedelta(days=2), at_time=None, reason="ill")
    services.cancel_reminder(user=anna, reminder_id=reminder.pk, because="sold")
    assert [(act.act, act.by) for act in reminder.acts.order_by("id")] == [(Act.PLANNED, anna), (Act.SNOOZED, anna), (Act.CANCELLED, anna)]
