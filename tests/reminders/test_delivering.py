"""What waits in the outbox leaves once, under its key; who dies over it leaves it to others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from django.db import OperationalError

from accounts.models import User
from crm.embedded.folder import free_port
from crm.servers import mailer_config
from reminders import services
from reminders.engine import delivering
from reminders.engine.clock import database_now
from reminders.engine.delivering import LEASE, MOST_TRIES, RETRY_AFTER, deliver_waiting, register_sender
from reminders.engine.firing import fire_due_reminders
from reminders.engine.mail import send_mail
from reminders.models import Channel, Delivery, ReminderPreferences
from tests.faults.sink import Sink
from tests.reminders.conftest import Plan, due_now

Sent = list[Delivery]


@pytest.fixture
def at_once(anna: User, boris: User) -> None:
    for user in (anna, boris):
        ReminderPreferences.objects.create(user=user, mail="at_once", quiet_from=None, quiet_until=None)


@pytest.fixture
def sent(at_once: None) -> Iterator[Sent]:
    """Stand in for the way out: what was sent, in this order."""
    kept: Sent = []
    register_sender(Channel.MAIL, kept.append)
    yield kept
    register_sender(Channel.MAIL, send_mail)


def waiting(plan: Plan, **given: object) -> Delivery:
    """Let a reminder be due and told of; return the word of it that waits."""
    reminder = due_now(plan(**given))
    fire_due_reminders()
    return Delivery.objects.get(reminder=reminder)


def test_word_leaves_once(plan: Plan, sent: Sent) -> None:
    delivery = waiting(plan)

    assert [deliver_waiting().sent for _run in range(2)] == [1, 0]

    assert [one.key for one in sent] == [delivery.key]


def test_who_dies_with_the_lease_leaves_it_to_the_next_under_the_same_key(plan: Plan, sent: Sent) -> None:
    delivery, now = waiting(plan), database_now()
    assert len(delivering._lease(now, 20)) == 1  # and is never heard of again

    assert deliver_waiting(now=now + LEASE - timedelta(seconds=1)).touched == 0
    assert deliver_waiting(now=now + LEASE).sent == 1

    assert [one.key for one in sent] == [delivery.key]


def test_who_comes_back_after_its_lease_sends_nothing(plan: Plan, sent: Sent) -> None:
    waiting(plan)
    now = database_now()
    slow = delivering._lease(now, 20)[0]
    later = now + LEASE + timedelta(seconds=1)
    taken_up = delivering._lease(later, 20)

    delivering._handle(slow, later, delivering.Delivered(), fresh=True)
    assert sent == []
    delivering._handle(taken_up[0], later, delivering.Delivered(), fresh=True)
    assert len(sent) == 1


def test_dying_over_one_uses_up_no_tries_of_those_behind_it(plan: Plan, sent: Sent) -> None:
    for _row in range(3):
        waiting(plan)
    now = database_now()

    for death in range(4):
        batch = delivering._lease(now + LEASE * death * 2, 20)
        delivering._renew(batch[0], now + LEASE * death * 2)  # and dies

    assert sorted(Delivery.objects.values_list("tries", flat=True), reverse=True)[-1] < 4
    assert sum(Delivery.objects.values_list("tries", flat=True)) == 4


def test_what_kills_whoever_sends_it_is_given_up(plan: Plan, sent: Sent) -> None:
    delivery = waiting(plan)
    Delivery.objects.update(tries=MOST_TRIES)

    deliver_waiting()

    delivery.refresh_from_db()
    assert (delivery.state, sent) == ("dead", [])
    assert "ended before" in delivery.problem


def test_a_failure_is_tried_again_later_and_later_and_then_given_up(plan: Plan, sent: Sent) -> None:
    delivery, now = waiting(plan), database_now()

    def refuse(one: Delivery) -> None:
        raise ValueError("a template that raises")

    register_sender(Channel.MAIL, refuse)
    pauses = []
    for _try in range(MOST_TRIES):
        assert deliver_waiting(now=now).failed == 1
        delivery.refresh_from_db()
        pauses.append(delivery.try_at - now)
        now = delivery.try_at

    assert pauses[:-1] == RETRY_AFTER
    assert (delivery.state, delivery.tries) == ("dead", MOST_TRIES)
    assert delivery.problem == "ValueError: a template that raises"


def test_one_that_fails_delays_no_other(plan: Plan, sent: Sent) -> None:
    bad, good = waiting(plan), waiting(plan)

    def picky(one: Delivery) -> None:
        if one.pk == bad.pk:
            raise OSError("550 nobody of this name")
        sent.append(one)

    register_sender(Channel.MAIL, picky)

    done = deliver_waiting()

    assert (done.sent, done.failed, [one.pk for one in sent]) == (1, 1, [good.pk])


def test_a_database_that_is_away_is_nobodys_failure(plan: Plan, sent: Sent) -> None:
    delivery = waiting(plan)

    def lost(one: Delivery) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    register_sender(Channel.MAIL, lost)
    with pytest.raises(OperationalError):
        deliver_waiting()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.problem) == ("waiting", "")


def test_what_was_done_meanwhile_is_not_sent_any_more(anna: User, plan: Plan, sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = waiting(plan), waiting(plan)
    monkeypatch.setattr(delivering, "_FRESH_SECONDS", 0)

    def meanwhile(one: Delivery) -> None:
        sent.append(one)
        services.complete_reminder(user=anna, reminder_id=second.reminder_id)

    register_sender(Channel.MAIL, meanwhile)

    done = deliver_waiting()

    assert (done.sent, done.dropped, [one.pk for one in sent]) == (1, 1, [first.pk])


def test_handed_over_it_goes_to_whoever_has_it_now(anna: User, boris: User, plan: Plan, sent: Sent) -> None:
    delivery = waiting(plan)
    services.hand_over_reminder(user=anna, reminder_id=delivery.reminder_id, assignee=boris.pk)
    fire_due_reminders()

    done = deliver_waiting()

    assert (done.sent, done.dropped) == (1, 1)
    assert [one.recipient for one in sent] == [boris]


def test_in_quiet_hours_it_waits_for_their_end_and_that_is_no_try(anna: User, plan: Plan, sent: Sent) -> None:
    ReminderPreferences.objects.update(quiet_from="20:00", quiet_until="07:00")
    delivery = waiting(plan)
    night = datetime.fromisoformat("2027-02-03T22:30+01:00")

    assert deliver_waiting(now=night).put_off == 1

    delivery.refresh_from_db()
    assert (delivery.try_at, delivery.tries, sent) == (datetime.fromisoformat("2027-02-04T07:00+01:00"), 0, [])


def test_after_its_seconds_a_run_lets_the_next_one_begin(plan: Plan, sent: Sent) -> None:
    waiting(plan)

    assert deliver_waiting(seconds=0).touched == 0
    assert deliver_waiting(seconds=10).sent == 1


def test_one_talk_with_the_mail_server_serves_a_run_and_a_server_that_ends_it_is_called_again(
    at_once: None, plan: Plan, settings: Any
) -> None:
    sink, talks = Sink(port=free_port()), set[object]()

    class Counting(SMTP):
        async def smtp_EHLO(self, hostname: str) -> None:
            assert self.session is not None
            talks.add(self.session.peer)
            await super().smtp_EHLO(hostname)

        async def smtp_DATA(self, arg: str) -> None:
            await super().smtp_DATA(arg)
            if len(sink.mails) == 2:  # enough for now
                assert self.transport is not None
                self.transport.close()

    sink.start(Counting)
    try:
        settings.MAILERS = {**settings.MAILERS, "server": mailer_config(f"smtp://127.0.0.1:{sink.port}")}
        for number in range(4):
            waiting(plan, subject=f"Nr {number}.")

        assert deliver_waiting().sent == 4
    finally:
        sink.stop()

    assert sorted(sink.by_reminder()) == ["0", "1", "2", "3"]
    assert len(talks) == 2
