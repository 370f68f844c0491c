"""The private feed, read as a calendar program reads it: by its secret alone, through the icalendar package."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Company, OneTimeToken, User
from accounts.tokens import make_one_time_token
from clients.models import Client
from clients.services import archive_client
from reminders import services
from reminders.calendar import ics
from reminders.calendar.feed import build_feed
from reminders.models import CalendarFeed, Reminder, ReminderKind
from reminders.services.feeds import renew_feed, revoke_feed
from tests.reminders.conftest import PARIS, Plan, due_now

pytestmark = pytest.mark.django_db
UGLY = 'Ünder;the,\\hood "Ltd"\nBEGIN:VALARM 🦊 ООО «Северо-Западная производственно-коммерческая компания»'


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


def path_of(user: User) -> str:
    return "/" + renew_feed(user=user, now=timezone.now()).split("/", 3)[3]


def read(user: User) -> icalendar.Calendar:
    answer = Browser().get(path_of(user))
    assert answer.status_code == 200
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert isinstance(calendar, icalendar.Calendar)
    return calendar


def events(user: User) -> list[icalendar.Event]:
    return [part for part in read(user).walk("VEVENT") if isinstance(part, icalendar.Event)]


def one(user: User) -> icalendar.Event:
    (event,) = events(user)
    return event


def tuesday(hour: int = 10, weeks: int = 1) -> datetime:
    today = datetime.now(PARIS)
    return (today + timedelta(days=7 * weeks - today.weekday() + 1)).replace(hour=hour, minute=30, second=0, microsecond=0)


def test_a_call_stands_there_with_all_that_one_needs_on_the_way(anna: User, plan: Plan, lefevre: Client) -> None:
    reminder = plan(tuesday(), subject="the price list", note="Ask for M. Lefèvre", notice_minutes=15)
    event = one(anna)
    assert event["UID"] == f"{reminder.uid}@localhost"
    assert event.decoded("DTSTART") == tuesday()
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert event.decoded("DURATION") == timedelta(minutes=15)
    assert event["SUMMARY"] == "the price list · Ateliers Lefèvre"
    assert "+33 1 99 00 17 42" in event["DESCRIPTION"].replace("\xa0", " ")
    assert "Ask for M. Lefèvre" in event["DESCRIPTION"]
    assert event["URL"] == f"http://localhost:8000/clients/{lefevre.pk}/"
    assert (event["SEQUENCE"], event["STATUS"], event["TRANSP"]) == (0, "CONFIRMED", "TRANSPARENT")
    assert event["DTSTAMP"].dt == reminder.updated_at.replace(microsecond=0)
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == timedelta(minutes=-15)


def test_the_calendar_names_itself_and_says_how_often_to_ask(anna: User, plan: Plan) -> None:
    plan(tuesday())
    calendar = read(anna)
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert "METHOD" not in calendar
    assert calendar["X-WR-CALNAME"] == "Kestrel Trading: Anna Petrova"
    assert str(calendar["REFRESH-INTERVAL"]) == "PT1H"


def test_a_meeting_has_its_length_and_place(anna: User, plan: Plan) -> None:
    plan(tuesday(), kind="meeting", minutes=90, place="Pier 4, Besançon")
    event = one(anna)
    assert event.decoded("DURATION") == timedelta(minutes=90)
    assert (event["LOCATION"], event["TRANSP"]) == ("Pier 4, Besançon", "OPAQUE")


def test_that_day_is_a_whole_day(anna: User, plan: Plan) -> None:
    plan(tuesday(), at_time=None)
    event = one(anna)
    assert event.decoded("DTSTART") == tuesday().date()
    assert event.decoded("DTEND") == tuesday().date() + timedelta(days=1)


def test_its_name_stays_while_it_changes(anna: User, plan: Plan) -> None:
    reminder = plan(tuesday())
    before = one(anna)
    services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=tuesday(weeks=2).date(), at_time=time(9))
    after = one(anna)
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LAST-MODIFIED"].dt >= before["LAST-MODIFIED"].dt
    assert after.decoded("DTSTART").time() == time(9)


def test_what_was_cancelled_says_so_for_thirty_days_and_what_is_done_has_its_tick(anna: User, plan: Plan) -> None:
    off, kept = plan(tuesday()), due_now(plan(tuesday()), timedelta(hours=2))
    services.cancel_reminder(user=anna, reminder_id=off.pk)
    services.complete_reminder(user=anna, reminder_id=kept.pk)
    found = {event["UID"].split("@")[0]: event for event in events(anna)}
    assert found[str(off.uid)]["STATUS"] == "CANCELLED"
    assert found[str(kept.uid)]["SUMMARY"].startswith("✓ ")
    long_ago = timezone.now() - timedelta(days=31)
    Reminder.objects.filter(pk=off.pk).update(closed_at=long_ago)
    Reminder.objects.filter(pk=kept.pk).update(due_at=long_ago)
    assert events(anna) == []


def test_what_is_kept_before_its_time_goes_from_the_future(anna: User, plan: Plan) -> None:
    services.complete_reminder(user=anna, reminder_id=plan(tuesday()).pk)
    assert events(anna) == []


def test_reminders_of_an_archived_client_and_of_others_are_not_there(anna: User, boris: User, plan: Plan, lefevre: Client) -> None:
    plan(tuesday(), assignee=boris.pk)
    plan(tuesday())
    assert len(events(anna)) == 1
    archive_client(user=anna, client_id=lefevre.pk, version=lefevre.version, reason="moved away")
    assert events(anna) == []


ZONES = [
    "Europe/Paris",
    "America/New_York",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "Asia/Kolkata",
]


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_is_defined_and_changes_when_the_clocks_do(zone: str) -> None:
    lines = ics.written(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *ics.zone_lines(zone, 2025, 2028), "END:VCALENDAR"])
    (told,) = icalendar.Calendar.from_ical(lines).walk("VTIMEZONE")
    as_told = told.to_tz(lookup_tzid=False)
    moment, wrong = datetime(2025, 1, 1, tzinfo=UTC), []
    while moment.year < 2028:
        here = moment.astimezone(ZoneInfo(zone))
        if as_told.utcoffset(here.replace(tzinfo=None, fold=0)) != here.replace(fold=0).utcoffset() and not _is_twice(here):
            wrong.append(here)
        moment += timedelta(minutes=90)
    assert wrong == []


def _is_twice(here: datetime) -> bool:
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def test_the_wall_time_stands_across_summer_time(anna: User, plan: Plan) -> None:
    year = datetime.now(PARIS).year + 1
    march, april = (datetime(year, month, 15, 10, 30, tzinfo=PARIS) for month in (3, 4))
    plan(march)
    plan(april)
    calendar = read(anna)
    zones = {str(part["TZID"]) for part in calendar.walk("VTIMEZONE")}
    found = list(calendar.walk("VEVENT"))
    assert zones == {"Europe/Paris"} == {event["DTSTART"].params["TZID"] for event in found}
    assert [event.decoded("DTSTART").astimezone(UTC) for event in found] == [march.astimezone(UTC), april.astimezone(UTC)]


def test_a_time_that_the_wall_never_shows_stands_where_it_fires(anna: User, plan: Plan) -> None:
    plan(on_day=date(2027, 3, 28), at_time=time(2, 30))
    assert one(anna).to_ical().count(b"TZID=Europe/Paris:20270328T033000") == 1


def test_a_repeat_goes_on_by_its_rule(anna: User, plan: Plan) -> None:
    plan(tuesday(), repeats="FREQ=WEEKLY;COUNT=4")
    assert one(anna)["RRULE"] == {"FREQ": ["WEEKLY"], "COUNT": [4]}


def test_of_a_repeat_that_is_under_way_the_rule_says_what_is_left(anna: User, plan: Plan) -> None:
    first = due_now(plan(tuesday(), repeats="FREQ=DAILY;COUNT=4"))
    services.complete_reminder(user=anna, reminder_id=first.pk)
    waits = next(event for event in events(anna) if "RRULE" in event)
    assert waits["RRULE"]["COUNT"] == [3]


def test_a_repeat_until_a_day_ends_there_in_every_zone(anna: User, plan: Plan) -> None:
    until = tuesday(weeks=3).date()
    plan(tuesday(), repeats=f"FREQ=WEEKLY;UNTIL={until:%Y%m%d}")
    plan(tuesday(), at_time=None, repeats=f"FREQ=WEEKLY;UNTIL={until:%Y%m%d}")
    ends = {type(event["RRULE"]["UNTIL"][0]): event["RRULE"]["UNTIL"][0] for event in events(anna)}
    assert ends[date] == until
    assert ends[datetime].astimezone(PARIS) == datetime.combine(until, time(23, 59, 59), PARIS)


def test_a_time_of_a_repeat_that_was_put_off_leaves_the_others_where_they_were(anna: User, plan: Plan) -> None:
    first = plan(tuesday(), repeats="FREQ=WEEKLY")
    reminder = services.cancel_reminder(user=anna, reminder_id=first.pk) and Reminder.objects.open().get()
    services.snooze_reminder(user=anna, reminder_id=reminder.pk, on_day=reminder.on_day + timedelta(days=1), at_time=time(9))
    event = next(event for event in events(anna) if event["STATUS"] == "CONFIRMED")
    assert "RRULE" not in event
    following = [moment.dt for moment in event["RDATE"].dts]
    assert following[0].date() == tuesday(weeks=3).date()
    assert {moment.weekday() for moment in following} == {1}


def test_ugly_names_stay_text_in_folded_lines(anna: User, plan: Plan, lefevre: Client) -> None:
    Client.objects.filter(pk=lefevre.pk).update(full_name=UGLY)
    plan(tuesday(), subject="<script>alert(1)</script>", note="one\r\nATTENDEE:mailto:x@y.example\r\n\x85two\u2028three")
    answer = Browser().get(path_of(anna)).content
    assert all(len(line) <= 75 for line in answer.split(b"\r\n"))
    assert b"\n" not in answer.replace(b"\r\n", b"")
    assert b"\r\nATTENDEE" not in answer
    event = icalendar.Calendar.from_ical(answer).walk("VEVENT")[0]
    assert event["SUMMARY"] == f"<script>alert(1)</script> · {UGLY}"
    assert [part.name for part in event.walk()] == ["VEVENT"]


# --- who reads -----------------------------------------------------------------------------------


def test_only_the_digest_is_kept_and_another_purpose_opens_nothing(anna: User) -> None:
    path = path_of(anna)
    secret = path.split("/")[-1].removesuffix(".ics")
    assert len(secret) >= 43
    assert secret not in str(CalendarFeed.objects.values_list("digest", flat=True).get())
    assert Browser().get(path).status_code == 200
    sign_in = make_one_time_token(user=anna, purpose=OneTimeToken.Purpose.SIGN_IN, lifetime=timedelta(minutes=15))
    assert Browser().get(f"/calendar/feed/{sign_in}.ics").status_code == 404
    assert "sign-in" in Browser().get(f"/sign-in/{secret}/").content.decode() or Browser().get(f"/sign-in/{secret}/").status_code == 410


def test_a_new_address_ends_the_old_one_and_a_stopped_feed_is_gone(anna: User) -> None:
    old = path_of(anna)
    new = path_of(anna)
    assert (Browser().get(old).status_code, Browser().get(new).status_code) == (404, 200)
    assert revoke_feed(user=anna)
    assert Browser().get(new).status_code == 404


def test_who_left_or_has_no_role_or_owes_a_second_factor_has_no_feed(anna: User, eve: User, company: Company) -> None:
    path = path_of(anna)
    company.second_factor_roles = ["Manager"]
    company.save()
    assert Browser().get(path).status_code == 404
    company.second_factor_roles = []
    company.save()
    assert Browser().get(path).status_code == 200
    User.objects.filter(pk=anna.pk).update(is_active=False)
    assert Browser().get(path).status_code == 404
    assert Browser().get(path_of(eve)).status_code == 404


def test_reading_changes_nothing_but_when_it_was_read_once_an_hour(anna: User, plan: Plan) -> None:
    plan(tuesday())
    path = path_of(anna)
    Browser().get(path)
    first = CalendarFeed.objects.get().last_read_at
    assert first is not None
    Browser().get(path)
    assert CalendarFeed.objects.get().last_read_at == first
    CalendarFeed.objects.update(last_read_at=first - timedelta(hours=2))
    Browser().get(path)
    assert (CalendarFeed.objects.get().last_read_at or first) > first
    assert Browser().post(path).status_code == 405


def test_what_has_not_changed_is_not_sent_again(anna: User, plan: Plan) -> None:
    reminder = plan(tuesday())
    path = path_of(anna)
    first = Browser().get(path)
    assert first["Cache-Control"] == "private, no-cache"
    again = Browser().get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Browser().get(path, headers={"If-None-Match": f"W/{first['ETag']}"}).status_code == 304
    services.cancel_reminder(user=anna, reminder_id=reminder.pk)
    assert Browser().get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_guessing_and_asking_all_the_time_are_stopped(anna: User, settings: Any) -> None:
    path = path_of(anna)
    assert [Browser().get(path).status_code for _ in range(21)][-2:] == [200, 429]
    settings.API_FAILURES_PER_MINUTE = 3
    tried = [Browser().get(f"/calendar/feed/{number}.ics").status_code for number in range(6)]
    assert tried == [404, 404, 404, 404, 429, 429]


def test_the_secret_stands_in_no_log(anna: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.logging import without_secrets

    path = path_of(anna)
    secret = path.split("/")[-1]
    Browser().get(path)
    Browser().get(path.replace(secret[:5], "xxxxx"))
    monkeypatch.setattr("reminders.views.feed.build_feed", lambda *_given: 1 / 0)
    Browser(raise_request_exception=False).get(path)
    lines = [without_secrets(None, "", {"event": record.getMessage(), "exception": record.exc_text or ""}) for record in caplog.records]
    assert not [line for line in lines if secret.removesuffix(".ics") in str(line)]


def test_the_page_makes_renews_and_stops_the_feed(anna: User, client: Browser) -> None:
    client.force_login(anna)
    assert client.get("/calendar/feed/renew/").status_code == 405
    client.post("/account/reauthenticate/", {"password": "correct horse 42"})
    made = client.post("/calendar/feed/renew/")
    page = made.content.decode()
    address = re.search(r'value="(http://localhost:8000(/calendar/feed/[^"]+\.ics))"', page)
    assert address
    assert f"webcal://{address[1].removeprefix('http://')}" in page
    assert "no-store" in made["Cache-Control"]
    assert Browser().get(address[2]).status_code == 200
    assert address[2] not in client.get("/calendar/feed/").content.decode()
    assert "A calendar last read it" in client.get("/calendar/feed/").content.decode()
    client.post("/calendar/feed/revoke/")
    assert Browser().get(address[2]).status_code == 404
    assert not CalendarFeed.objects.exists()


# --- size ----------------------------------------------------------------------------------------


def many(user: User, client: Client, number: int) -> None:
    kind = ReminderKind.objects.get(key="meeting")
    start = datetime.now(UTC) + timedelta(days=1)
    Reminder.objects.bulk_create(
        Reminder(
            client=client,
            kind=kind,
            owner=user,
            subject=f"Разговор о поставках и ценах {n}",
            note="Что сказать, о чём спросить. " * 6,
            on_day=(moment := (start + timedelta(hours=n)).astimezone(PARIS)).date(),
            at_time=moment.time(),
            time_zone="Europe/Paris",
            due_at=moment,
            fires_at=moment,
            minutes=60,
            notice_minutes=15,
        )
        for n in range(number)
    )


def test_one_reminder_and_many_ask_the_same(anna: User, lefevre: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    anna.has_perm("clients.view_client")
    many(anna, lefevre, 1)
    with django_assert_num_queries(2):
        build_feed(anna, timezone.now())
    many(anna, lefevre, 3)
    with django_assert_num_queries(2):
        build_feed(anna, timezone.now())


def test_five_thousand_come_whole_and_ask_no_more(anna: User, lefevre: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    many(anna, lefevre, 5000)
    anna.has_perm("clients.view_client")
    with django_assert_num_queries(2):
        body = build_feed(anna, timezone.now())
    assert body.count("BEGIN:VEVENT") == 5000
