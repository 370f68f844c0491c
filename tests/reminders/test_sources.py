"""The registry of dates that rules may count from."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from accounts.models import User
from clients.models import Client, CustomField
from reminders.models import Reminder, ReminderRule
from reminders.rules.running import Made, run_rules
from reminders.services.rules import switch_rule
from reminders.sources import DateSource, answered_by_touch, register, source_of, sources, unregister

_PURCHASE = "SELECT id AS client_id, '2026-11-23' AS key, date '2026-11-23' AS on_day FROM clients_client"


@pytest.fixture
def ledger() -> Iterator[None]:
    """An app that brings the first purchase: here, of each client that day."""
    own = source_of("first_purchase")
    assert own is not None
    register(DateSource("first_purchase", "first purchase", _PURCHASE))
    yield
    register(own)


def test_the_dates_of_the_registry_are_known(db: None) -> None:
    known = {"created", "last_touch", "cadence", "stale_facts", "birthday", "contract_end", "consent"}
    assert known <= {source.key for source in sources() if not source.key.startswith("custom.")}
    assert answered_by_touch() == ["last_touch", "cadence"]


def test_every_custom_date_is_one_while_it_is_offered(db: None) -> None:
    field = CustomField.objects.create(key="lease_end", label="Lease ends on", kind="date")
    CustomField.objects.create(key="colour", label="Colour", kind="text")
    assert [source.key for source in sources() if source.key.startswith("custom.")] == ["custom.lease_end"]
    found = source_of("custom.lease_end")
    assert found is not None
    assert found.label == "Lease ends on"

    field.retired = True
    field.save()
    assert source_of("custom.lease_end") is None


def test_a_source_that_another_app_brings_lets_the_shipped_rule_begin(ledger: None, dmitri: User, lefevre: Client) -> None:
    rule = ReminderRule.objects.get(shipped="after_first_purchase")
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    switch_rule(user=dmitri, rule_id=rule.pk, on=True, now=now)

    assert run_rules(now=now) == Made(made=1)
    assert Reminder.objects.get(rule=rule).on_day == date(2026, 11, 26)


def test_a_rule_whose_source_went_away_says_so_and_makes_nothing(dmitri: User, lefevre: Client, ledger: None) -> None:
    rule = ReminderRule.objects.get(shipped="after_first_purchase")
    switch_rule(user=dmitri, rule_id=rule.pk, on=True)
    unregister("first_purchase")

    assert run_rules() == Made()

    rule.refresh_from_db()
    assert rule.problem == "source"
