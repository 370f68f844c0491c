"""Confirming facts, all or one, and taking it back; what changes of facts, undos and erasure make of their ages."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import User
from clients.errors import Refused, StaleVersion
from clients.freshness import Confirmation
from clients.history import last_change_id
from clients.models import CustomField, FactConfirmation, Touch
from clients.services import (
    archive_client,
    change_client,
    change_contact,
    confirm_fact,
    confirm_facts,
    erase_client,
    log_touch,
    set_field_of_clients,
    take_back_confirmation,
    undo_change,
    undo_touch,
)
from clients.services.touches import write_touches
from tests.clients.registry import LONG_AGO, OTHER_PHONE, PHONE, aged, asks, fresh, sure

pytestmark = pytest.mark.django_db


def test_a_change_says_when_and_by_whom_each_fact_was_set(anna: User, dmitri: User) -> None:
    CustomField.objects.create(key="size", label="Size", kind="text")
    CustomField.objects.create(key="erp", label="ERP", kind="text")
    client = aged(anna, city="Lyon", custom={"erp": "SAP"})
    now = timezone.now()
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Nice", "custom": {"size": "big"}}, now=now)
    client = fresh(client)
    assert client.confirmation("city") == client.confirmation("custom.size") == Confirmation(now, dmitri.pk)
    assert client.confirmation("full_name") == client.confirmation("custom.erp") == Confirmation(LONG_AGO, anna.pk)


def test_a_bulk_change_says_so_too(anna: User, dmitri: User) -> None:
    client, now = aged(anna), timezone.now()
    set_field_of_clients(user=dmitri, client_ids=[client.pk], field_name="city", value="Nice", now=now)
    assert fresh(client).confirmation("city") == Confirmation(now, dmitri.pk)


def test_confirming_all_leaves_what_was_changed_since_the_card_was_drawn(anna: User, dmitri: User) -> None:
    client = aged(anna, {"full_name": "A", "phones": PHONE}, city="Lyon", phones=PHONE)
    drawn = timezone.now()
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Nice"})
    change_contact(user=dmitri, contact_id=client.contacts.get().pk, version=1, changes={"phones": OTHER_PHONE})
    confirm_facts(user=anna, client_id=client.pk, shown_at=drawn)
    client = fresh(client)
    assert client.confirmation("city").by == dmitri.pk
    assert client.confirmation("phones") == Confirmation(client.facts_confirmed_at, anna.pk)  # type: ignore[arg-type]
    assert client.confirmation("contacts.phones") == Confirmation(LONG_AGO, anna.pk), "what stands there now was not shown"
    assert client.version == 2


@pytest.mark.parametrize(
    ("fact", "data"),
    [
        ("emails", {"emails": "a@x.example"}),
        ("address", {"address": "1 rue Neuve"}),
        ("phone_or_email", {"phones": PHONE}),
        ("consent", {"may_call": True, "consent_on": date(2024, 1, 1)}),
        ("custom.size", {"custom": {"size": "big"}}),
        ("source", {}),
    ],
)
def test_one_fact_is_confirmed_and_taken_back_exactly(anna: User, fact: str, data: dict[str, Any]) -> None:
    CustomField.objects.create(key="size", label="Size", kind="text")
    if fact == "source":  # its age is never asked
        with pytest.raises(Refused):
            confirm_fact(user=anna, client_id=aged(anna).pk, fact=fact)
        return
    asks(fact)
    client = aged(anna, full_name="Lefèvre", **data)
    before = sure(client)
    log_touch(user=anna, client_id=client.pk)
    assert fresh(client).standing.required_missing == 1
    done = confirm_fact(user=anna, client_id=client.pk, fact=fact)
    assert fresh(client).standing.required_missing == 0
    assert sure(client).at("full_name") == Confirmation(LONG_AGO, anna.pk), "nothing else grows younger"
    assert (done.user, done.fact, fresh(client).version) == (anna, fact, 1)
    take_back_confirmation(user=anna, client_id=client.pk, confirmation_id=done.pk)
    assert sure(client) == before
    assert fresh(client).standing.required_missing == 1
    assert not FactConfirmation.objects.exists()


def test_a_fact_known_by_a_contact_is_confirmed_too(anna: User) -> None:
    asks("main_contact_phone")
    client = aged(anna, {"full_name": "A", "phones": PHONE})
    log_touch(user=anna, client_id=client.pk)
    assert fresh(client).standing.required_missing == 1
    confirm_fact(user=anna, client_id=client.pk, fact="main_contact_phone")
    assert fresh(client).standing.required_missing == 0


def test_what_is_not_there_is_not_confirmed(anna: User) -> None:
    client = aged(anna)
    for fact, code in (("emails", "required"), ("nothing", "unknown"), ("x" * 70, "unknown")):
        with pytest.raises(Refused) as refusal:
            confirm_fact(user=anna, client_id=client.pk, fact=fact)
        assert [error.code for error in refusal.value.errors] == [code]


def test_a_fact_that_was_changed_since_it_was_shown_is_not_confirmed_unseen(anna: User, dmitri: User) -> None:
    client, drawn = aged(anna, city="Lyon"), timezone.now()
    change_client(user=dmitri, client_id=client.pk, version=1, changes={"city": "Nice"})
    with pytest.raises(StaleVersion):
        confirm_fact(user=anna, client_id=client.pk, fact="city", shown_at=drawn)
    assert fresh(client).confirmation("city").by == dmitri.pk


def test_confirm_now_has_an_undo_and_a_touch_taken_back_leaves_an_earlier_confirm_now(anna: User, dmitri: User) -> None:
    client = aged(anna, city="Lyon")
    before = sure(client)
    first = confirm_facts(user=dmitri, client_id=client.pk)
    confirmed = sure(client)
    touch = log_touch(user=anna, client_id=client.pk, facts_confirmed=True)
    assert fresh(client).facts_confirmed_by == anna
    undo_touch(user=anna, touch_id=touch.pk, event_id=0)
    assert sure(client) == confirmed
    take_back_confirmation(user=dmitri, client_id=client.pk, confirmation_id=first.pk)
    assert sure(client) == before


def test_a_touch_taken_back_after_a_later_confirmation_leaves_no_trace_of_itself(anna: User, dmitri: User) -> None:
    client = aged(anna, city="Lyon")
    before = sure(client)
    touch = log_touch(user=anna, client_id=client.pk, facts_confirmed=True)
    later = confirm_facts(user=dmitri, client_id=client.pk)
    undo_touch(user=anna, touch_id=touch.pk, event_id=0)
    assert fresh(client).facts_confirmed_by == dmitri
    take_back_confirmation(user=dmitri, client_id=client.pk, confirmation_id=later.pk)
    assert sure(client) == before


def test_one_takes_back_ones_own_confirmation_only_and_not_that_of_a_touch(anna: User, dmitri: User, clara: User) -> None:
    client = aged(anna)
    done = confirm_facts(user=anna, client_id=client.pk)
    touch = log_touch(user=anna, client_id=client.pk, facts_confirmed=True)
    with pytest.raises(PermissionDenied):
        take_back_confirmation(user=dmitri, client_id=client.pk, confirmation_id=done.pk)
    for user, number, wrong in (
        (clara, done.pk, PermissionDenied),
        (anna, touch.confirmation.pk, FactConfirmation.DoesNotExist),
        (anna, 10**12, FactConfirmation.DoesNotExist),
    ):
        with pytest.raises(wrong):
            take_back_confirmation(user=user, client_id=client.pk, confirmation_id=number)
    with pytest.raises(PermissionDenied):
        confirm_facts(user=clara, client_id=client.pk)
    with pytest.raises(PermissionDenied):
        confirm_fact(user=clara, client_id=client.pk, fact="city")


def test_an_archived_client_is_not_confirmed(anna: User) -> None:
    client = aged(anna, city="Lyon")
    archive_client(user=anna, client_id=client.pk, version=1, reason="closed")
    with pytest.raises(Refused):
        confirm_fact(user=anna, client_id=client.pk, fact="city")


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_leaves_the_fact_as_old_as_it_was(anna: User, dmitri: User) -> None:
    asks("city")
    client = aged(anna, city="Lyon")
    change_client(user=anna, client_id=client.pk, version=1, changes={"city": "Nice"})
    event = last_change_id(client)
    confirm_facts(user=dmitri, client_id=client.pk)  # confirms Nice, not Lyon
    undo_change(user=anna, client_id=client.pk, event_id=event)
    client = fresh(client)
    assert (client.city, client.confirmation("city")) == ("Lyon", Confirmation(LONG_AGO, anna.pk))
    assert client.confirmation("full_name").by == dmitri.pk
    assert client.standing.required_missing == 1, "too old again, and not refused for that"


def test_touches_that_come_in_bulk_confirm_what_is_older(anna: User, dmitri: User) -> None:
    client = aged(anna, city="Lyon", address="1 rue Neuve")
    at = datetime(2025, 6, 1, tzinfo=UTC)
    change_client(user=anna, client_id=client.pk, version=1, changes={"city": "Nice"}, now=datetime(2025, 1, 1, tzinfo=UTC))
    change_client(user=anna, client_id=client.pk, version=2, changes={"address": "2 rue Neuve"}, now=datetime(2025, 9, 1, tzinfo=UTC))
    write_touches(user=dmitri, touches=[Touch(client=client, user=dmitri, at=at, facts_confirmed=True)])
    client = fresh(client)
    assert client.confirmation("city") == client.confirmation("full_name") == Confirmation(at, dmitri.pk)
    assert client.confirmation("address") == Confirmation(datetime(2025, 9, 1, tzinfo=UTC), anna.pk)


def test_a_confirmation_alone_is_no_change_of_history(anna: User) -> None:
    client = aged(anna)
    before = last_change_id(client)
    confirm_facts(user=anna, client_id=client.pk)
    assert last_change_id(client) == before


def test_an_erased_client_keeps_no_trace_of_what_was_known(admin: User) -> None:
    client = aged(admin, city="Lyon")
    confirm_fact(user=admin, client_id=client.pk, fact="city")
    change_client(user=admin, client_id=client.pk, version=1, changes={"city": "Nice"})
    erase_client(user=admin, client_id=client.pk, version=2)
    assert not FactConfirmation.objects.exists()
    assert set(apps.get_model("clients", "ClientEvent").objects.values_list("city", "facts_confirmed_by")) == {("", None)}
    assert all(event.fact_dates == {} for event in apps.get_model("clients", "ClientEvent").objects.all())
