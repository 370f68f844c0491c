"""Rules make each reminder once, for the right day and person, and take back what fits no more."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from clients import services as registry
from clients.criteria.standing import refresh_standing
from clients.models import Client, Contact, CustomField
from clients.services.lifecycle import archive_client
from reminders import services, sources
from reminders.models import Notice, Reminder, ReminderAct, ReminderKind, ReminderPulse, ReminderRule, State
from reminders.rules.fitting import A_DAY, GRACE, HORIZON, LOOK_BACK, Clock, due_day
from reminders.rules.preview import preview
from reminders.rules.running import Made, run_due_rules, run_rules
from reminders.services.rules import change_rule, switch_rule
from reminders.wall_time import Hours, moment_of
from tests.clients.registry import aged, asks, register

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 09:00 in Paris
TODAY = date(2026, 11, 23)
MakeRule = Callable[..., ReminderRule]


@pytest.fixture
def make_rule(dmitri: User) -> MakeRule:
    """Make a rule that is on since Monday."""

    def do(source: str = "contract_end", offset: int = -30, *, on: bool = True, since: datetime = MONDAY, **given: Any) -> ReminderRule:
        kind = ReminderKind.objects.get(key=given.pop("kind", "contract_renewal"))
        facts = {"name": "Renewal", "source": source, "offset": offset, "kind": kind, "active": on, "active_since": since if on else None}
        return ReminderRule.objects.create(**(facts | given))

    return do


def ends(client: Client, day: date | None) -> Client:
    Client.objects.filter(pk=client.pk).update(worked_until=day)
    return client


def run(now: datetime = MONDAY) -> Made:
    return run_rules(now=now)


def the_one(rule: ReminderRule) -> Reminder:
    return Reminder.objects.get(rule=rule)


def test_a_date_makes_a_reminder_for_whoever_is_in_charge(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule(subject="Talk of the new contract", note="Ask for two years", notice_minutes=60)
    ends(lefevre, date(2026, 12, 28))

    assert run() == Made(made=1)

    made = the_one(rule)
    assert (made.client, made.owner, made.follows_manager, made.kind.key) == (lefevre, anna, True, "contract_renewal")
    assert (made.on_day, made.at_time, made.time_zone) == (date(2026, 11, 30), None, "Europe/Paris")  # 28 Nov is a Saturday
    assert made.due_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert (made.subject, made.note, made.rule_key) == ("Talk of the new contract", "Ask for two years", "2026-12-28")
    assert (made.stage, made.fires_at, made.notice_minutes) == ("notice", made.due_at - timedelta(hours=1), 60)
    assert ReminderAct.objects.filter(reminder=made, act="planned", by=None).exists()
    rule.refresh_from_db()
    assert (rule.last_made, rule.last_run_at, rule.problem) == (1, MONDAY, "")


def test_running_again_makes_nothing(lefevre: Client, make_rule: MakeRule) -> None:
    make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()

    assert run() == run(MONDAY + timedelta(hours=5)) == Made()
    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("act", ["complete", "cancel"])
def test_what_was_done_or_cancelled_is_not_made_again(anna: User, lefevre: Client, make_rule: MakeRule, act: str) -> None:
    rule = make_rule(kind="other")
    ends(lefevre, date(2026, 12, 28))
    run()
    getattr(services, f"{act}_reminder")(user=anna, reminder_id=the_one(rule).pk)

    assert run(MONDAY + timedelta(days=1)) == Made()


def test_a_date_beyond_the_horizon_waits_for_its_time(lefevre: Client, make_rule: MakeRule) -> None:
    make_rule()
    ends(lefevre, TODAY + HORIZON + timedelta(days=31))  # a Tuesday, 30 days after the horizon's last day

    assert run() == Made()
    assert run(MONDAY + timedelta(days=1)) == Made(made=1)


def test_what_was_due_before_it_was_switched_on_is_left_out_but_for_a_few_days(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    long_ago = ends(register(anna, full_name="Long ago"), TODAY + timedelta(days=27) - GRACE)  # a Friday
    ends(lefevre, TODAY + timedelta(days=30) - GRACE)

    run()

    made = the_one(rule)
    assert made.client == lefevre != long_ago
    assert made.on_day == TODAY  # nobody is late for what nobody asked for


def test_a_day_off_gives_way_to_the_next_working_day_of_whoever_acts(clara: User, lefevre: Client, make_rule: MakeRule) -> None:
    User.objects.filter(pk=clara.pk).update(work_days=[2, 4], work_from=time(7), time_zone="America/New_York")
    rule = make_rule(assignee="user", user=clara, offset=0)
    ends(lefevre, date(2026, 11, 25))

    run()

    made = the_one(rule)
    assert (made.owner, made.follows_manager) == (clara, False)
    assert (made.on_day, made.time_zone, made.due_at) == (date(2026, 11, 26), "America/New_York", datetime(2026, 11, 26, 12, 0, tzinfo=UTC))


def test_working_days_are_those_of_whoever_acts(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule("created", 3, unit="working_days")
    Client.objects.filter(pk=lefevre.pk).update(created_at=MONDAY + timedelta(days=3))  # Thursday

    run(MONDAY + timedelta(days=3))

    assert the_one(rule).on_day == date(2026, 12, 1)


def test_an_archived_client_gets_none(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    make_rule()
    ends(lefevre, date(2026, 12, 28))
    archive_client(user=anna, client_id=lefevre.pk, version=lefevre.version, reason="Closed its doors")

    assert run() == Made()


def test_nobody_in_charge_is_told_to_management_by_the_companys_clock(lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    Client.objects.filter(pk=lefevre.pk).update(manager=None)

    run()

    made = the_one(rule)
    assert (made.owner, made.follows_manager, made.time_zone) == (None, True, "Europe/Paris")


def test_conditions_are_those_of_the_list_of_clients(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule(filters={"city": ["Ly"], "lifecycle": ["current"]})
    lyon = register(anna, full_name="Lyon", city="Lyon", lifecycle="current")
    for client in (lefevre, lyon):
        ends(client, date(2026, 12, 28))

    run()

    assert the_one(rule).client == lyon


def test_a_condition_that_is_not_known_makes_nothing_and_is_told(lefevre: Client, make_rule: MakeRule) -> None:
    broken, sound = make_rule(filters={"colour": ["red"]}), make_rule()
    ends(lefevre, date(2026, 12, 28))

    assert run() == Made(made=1)

    broken.refresh_from_db()
    assert (broken.problem, the_one(sound).client) == ("filters", lefevre)


def test_a_rule_that_fails_stops_no_other(lefevre: Client, make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sources._sources, "broken", sources.DateSource("broken", "broken", "SELECT nonsense"))
    broken, sound = make_rule("broken"), make_rule()
    ends(lefevre, date(2026, 12, 28))

    assert run() == Made(made=1)

    broken.refresh_from_db()
    assert broken.problem == "failed"
    assert Reminder.objects.filter(rule=sound).exists()


def test_a_date_that_moves_takes_its_reminder_along(lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()
    ends(lefevre, date(2027, 1, 4))

    assert run() == Made(made=1, gone=1)

    states = dict(Reminder.objects.filter(rule=rule).values_list("rule_key", "state"))
    assert states == {"2026-12-28": State.CANCELLED, "2027-01-04": State.OPEN}
    assert ReminderAct.objects.filter(act="cancelled", by=None).count() == 1


def test_what_somebody_took_in_hand_stays_when_its_date_moves(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()
    services.change_reminder(user=anna, reminder_id=the_one(rule).pk, changes={"note": "They asked for a call in the morning"})
    ends(lefevre, None)

    assert run() == Made()
    assert the_one(rule).state == State.OPEN


def test_what_was_taken_back_comes_again_when_it_fits_again(lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()
    ends(lefevre, None)
    assert run() == Made(gone=1)

    ends(lefevre, date(2026, 12, 28))

    assert run() == Made(again=1)
    back = the_one(rule)
    assert (back.state, back.occurrence, back.closed_at, back.fires_at) == (State.OPEN, 2, None, back.due_at)


def test_a_notice_of_what_fits_no_more_is_withdrawn(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()
    notice = Notice.objects.create(reminder=the_one(rule), occurrence=1, stage="due", recipient=anna, at=MONDAY)
    ends(lefevre, None)

    run()

    notice.refresh_from_db()
    assert notice.withdrawn_at == MONDAY


def test_a_changed_rule_makes_anew_what_nobody_touched(dmitri: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()

    change_rule(user=dmitri, rule_id=rule.pk, version=1, values={"offset": "-28", "subject": "Four weeks left"}, now=MONDAY)

    assert run() == Made(again=1)
    assert (the_one(rule).on_day, the_one(rule).subject) == (date(2026, 11, 30), "Four weeks left")


def test_switched_off_it_makes_nothing_and_what_it_made_stays(dmitri: User, anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule()
    ends(lefevre, date(2026, 12, 28))
    run()
    switch_rule(user=dmitri, rule_id=rule.pk, on=False)
    ends(register(anna, full_name="Later"), date(2026, 12, 28))
    ends(lefevre, None)

    assert run() == Made()
    assert the_one(rule).state == State.OPEN


# --- quiet clients -------------------------------------------------------------------------------


def touched(client: Client, at: datetime) -> None:
    Client.objects.filter(pk=client.pk).update(last_touch_at=at, created_at=at)


def test_who_is_quiet_for_long_is_spread_over_the_working_days(anna: User, make_rule: MakeRule) -> None:
    rule = make_rule("cadence", 0, kind="how_are_things")
    for number in range(A_DAY + 5):
        touched(register(anna, full_name=f"Quiet {number}"), MONDAY - timedelta(days=200 + number))
    shown = preview(rule, now=MONDAY)

    assert run() == Made(made=A_DAY + 5)

    days = [one.on_day for one in Reminder.objects.filter(rule=rule).order_by("due_at", "pk")]
    assert days == [TODAY] * A_DAY + [TODAY + timedelta(days=1)] * 5
    assert (shown.count, shown.waiting, shown.a_day) == (A_DAY + 5, 0, A_DAY)
    assert Reminder.objects.filter(
        rule=rule, on_day=TODAY + timedelta(days=1), client__full_name="Quiet 0"
    ).exists()  # the shortest silence


def test_a_days_share_is_not_filled_again_when_some_are_done(anna: User, make_rule: MakeRule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reminders.rules.fitting.A_DAY", 1)
    rule = make_rule("cadence", 0, kind="other")
    for number in range(12):
        touched(register(anna, full_name=f"Quiet {number}"), MONDAY - timedelta(days=200))
    shown = preview(rule, now=MONDAY)
    assert (shown.count, shown.waiting) == (11, 1)  # today, and ten working days until the horizon
    run()
    first = Reminder.objects.filter(rule=rule, on_day=TODAY).get()
    services.complete_reminder(user=anna, reminder_id=first.pk)

    assert run(MONDAY + timedelta(hours=1)) == Made()
    assert run(MONDAY + timedelta(days=1)) == Made(made=1)


def test_a_touch_begins_the_cadence_anew(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule("cadence", 0, kind="how_are_things", since=datetime.now(UTC))
    now = datetime.now(UTC)
    touched(lefevre, now - timedelta(days=100))
    assert run(now) == Made(made=1)

    registry.log_touch(user=anna, client_id=lefevre.pk, no_next_step_because="They will write")

    assert the_one(rule).state == State.DONE
    assert run(now + timedelta(minutes=15)) == Made()
    assert run(now + timedelta(days=85)) == Made(made=1)


# --- the sources ---------------------------------------------------------------------------------


def test_birthdays_of_persons_and_contacts_come_each_year(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule("birthday", 0, kind="birthday")
    person = register(anna, kind="person", full_name="Élise Roux", birth_date=date(1980, 11, 24))
    contact = Contact.objects.create(client=lefevre, full_name="Jean Roux", birth_date=date(1992, 11, 25))

    assert run() == Made(made=2)
    assert set(Reminder.objects.filter(rule=rule).values_list("client", "contact", "on_day", "rule_key")) == {
        (person.pk, None, date(2026, 11, 24), "2026-11-24"),
        (lefevre.pk, contact.pk, date(2026, 11, 25), f"contact {contact.pk} 2026-11-25"),
    }
    assert run(MONDAY + timedelta(days=365)) == Made(made=2)


@pytest.mark.parametrize(("year", "day"), [(2027, date(2027, 3, 1)), (2028, date(2028, 2, 29))])
def test_who_was_born_on_the_29th_of_february_has_the_28th_in_other_years(anna: User, make_rule: MakeRule, year: int, day: date) -> None:
    rule = make_rule("birthday", 0, kind="birthday")
    register(anna, kind="person", full_name="Élise Roux", birth_date=date(1980, 2, 29))

    run(datetime(year, 2, 22, 9, tzinfo=UTC))

    assert the_one(rule).on_day == day  # 28 February 2027 is a Sunday
    assert the_one(rule).rule_key == f"{year}-02-{28 if year == 2027 else 29}"


def test_every_custom_date_is_a_source(anna: User, make_rule: MakeRule) -> None:
    CustomField.objects.create(key="lease_end", label="Lease ends on", kind="date")
    client = register(anna, full_name="Leased", custom={"lease_end": "2026-12-28"})
    Client.objects.filter(pk=register(anna, full_name="Odd").pk).update(custom={"lease_end": "2026-12-99"})
    rule = make_rule("custom.lease_end")

    run()

    assert (the_one(rule).client, the_one(rule).on_day) == (client, date(2026, 11, 30))


def test_a_fact_that_grows_old_is_asked_for_and_done_when_it_is_confirmed(anna: User, make_rule: MakeRule) -> None:
    asks("phones")
    client = aged(anna, full_name="Old facts", phones=["+33199001742"])
    refresh_standing()
    now = datetime.now(UTC)
    rule = make_rule("stale_facts", 0, kind="confirm_facts", since=now)

    assert run(now) == Made(made=1)
    assert the_one(rule).rule_key == "2025-01-03"  # good through 2 January, a year after it was set

    Client.objects.filter(pk=client.pk).update(facts_confirmed_at=now)
    refresh_standing()

    assert run(now) == Made(gone=1)
    assert the_one(rule).state == State.DONE


def test_consent_counts_from_the_day_it_was_given(lefevre: Client, make_rule: MakeRule) -> None:
    rule = make_rule("consent", 365, kind="confirm_facts")
    Client.objects.filter(pk=lefevre.pk).update(consent_on=date(2025, 11, 27))

    run()

    assert the_one(rule).on_day == date(2026, 11, 27)


# --- what the SQL makes is what the rule says ------------------------------------------------------

_ZONES = ["Europe/Paris", "America/New_York", "Pacific/Chatham", "Asia/Kolkata"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_statement_makes_what_a_plain_reading_makes(
    data: st.DataObject, anna: User, boris: User, lefevre: Client, make_rule: MakeRule
) -> None:
    """Random hours, dates and offsets; the plain reading goes through the clients one by one, in Python."""
    Reminder.objects.all().delete()
    ReminderRule.objects.all().delete()
    now = MONDAY + timedelta(minutes=data.draw(st.integers(0, 60 * 24 * 400)))
    for user in (anna, boris):
        days = sorted(data.draw(st.sets(st.integers(1, 7), max_size=7)))
        hours = {"work_days": days, "work_from": time(data.draw(st.integers(0, 23))), "work_until": time(data.draw(st.integers(0, 23)))}
        User.objects.filter(pk=user.pk).update(time_zone=data.draw(st.sampled_from(_ZONES)), **hours)
        user.refresh_from_db()
    unit = data.draw(st.sampled_from(["days", "working_days"]))
    rule = make_rule(
        offset=data.draw(st.integers(-60, 60)), unit=unit, since=now - timedelta(days=data.draw(st.integers(0, 200))),
        assignee=data.draw(st.sampled_from(["manager", "user"])), user=boris, notice_minutes=data.draw(st.sampled_from([None, 15, 1440])),
        filters=data.draw(st.sampled_from([{}, {"lifecycle": ["former"]}])),
    )  # fmt: skip
    many = list(Client.objects.order_by("pk"))
    while len(many) < 12:
        many.append(register(anna, full_name=f"Client {len(many)}"))
    for client in many:
        client.manager = data.draw(st.sampled_from([anna, boris, None]))
        client.worked_until = now.date() + timedelta(days=data.draw(st.integers(-200, 120)))
        client.lifecycle = data.draw(st.sampled_from(["former", "current"]))
        client.archived_at = data.draw(st.sampled_from([None, None, None, now]))
        Client.objects.filter(pk=client.pk).update(
            manager=client.manager, worked_until=client.worked_until, lifecycle=client.lifecycle, archived_at=client.archived_at
        )

    done = run(now)

    made = {(one.client_id, one.owner_id, one.on_day, one.due_at, one.fires_at, one.rule_key) for one in Reminder.objects.filter(rule=rule)}
    assert made == set(plain_reading(rule, many, boris, now))
    assert done == Made(made=len(made))
    assert run(now) == Made()


def plain_reading(rule: ReminderRule, many: list[Client], boris: User, now: datetime) -> Any:
    clock = Clock(now, ZoneInfo("Europe/Paris"))
    assert rule.active_since is not None
    since = max(rule.active_since.astimezone(clock.zone).date() - GRACE, clock.today - LOOK_BACK)
    for client in many:
        owner = client.manager if rule.assignee == "manager" else boris
        hours = Hours.of(owner or User(time_zone="Europe/Paris"))
        due = due_day(rule, client.worked_until, hours)  # type: ignore[arg-type]  # each has one here
        if client.archived_at or not since <= due <= clock.today + HORIZON or (rule.filters and client.lifecycle != "former"):
            continue
        here = now.astimezone(hours.zone)
        over = here.time() >= hours.ends
        day = max(due, hours.working_day_from(here.date() + timedelta(days=over)))
        due_at = moment_of(day, hours.starts, hours.zone)
        ahead = timedelta(minutes=rule.notice_minutes or 0)
        yield client.pk, owner.pk if owner else None, day, due_at, due_at - ahead, str(client.worked_until)


def test_the_loop_without_a_broker_runs_the_rules_each_quarter_of_an_hour(lefevre: Client, make_rule: MakeRule) -> None:
    now = datetime.now(UTC)
    rule = make_rule("created", 0, kind="other", since=now)
    run_due_rules()
    assert Reminder.objects.filter(rule=rule).exists()
    second = make_rule("created", 1, kind="other", since=now)

    run_due_rules()
    assert not Reminder.objects.filter(rule=second).exists()

    ReminderPulse.objects.update(at=now - timedelta(minutes=15))
    run_due_rules()
    assert Reminder.objects.filter(rule=second).exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_reminder_once(anna: User, make_rule: MakeRule) -> None:
    make_rule()
    for number in range(30):
        ends(register(anna, full_name=f"Client {number}"), date(2026, 12, 28))
    made: list[Made] = []

    def work() -> None:
        made.append(run())
        connection.close()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(one.made for one in made) == Reminder.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_client_that_somebody_holds_has_its_turn_with_the_next_run(anna: User, lefevre: Client, make_rule: MakeRule) -> None:
    """An archiving that goes on during a run is not overtaken: it would leave an open reminder of an archived client."""
    make_rule()
    ends(lefevre, date(2026, 12, 28))
    held, go_on = threading.Event(), threading.Event()

    def archive() -> None:
        with transaction.atomic():
            Client.objects.filter(pk=lefevre.pk).update(archived_at=MONDAY)
            held.set()
            go_on.wait(10)
        connection.close()

    worker = threading.Thread(target=archive)
    worker.start()
    held.wait(10)
    during = run()
    go_on.set()
    worker.join()

    assert (during, run()) == (Made(), Made())
