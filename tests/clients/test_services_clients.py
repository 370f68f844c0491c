"""Registering and changing clients: what is refused and why, versions, and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import connection

from accounts.models import Company, User
from accounts.roles import Role
from clients.errors import Refused, StaleVersion
from clients.models import Client, Contact, Criterion, CustomField, Industry, Source
from clients.services import (
    archive_client,
    change_client,
    hand_over_clients,
    register_client,
    restore_client,
    set_field_of_clients,
)
from tests.clients.registry import PHONE, fair, fresh, register
from tests.together import at_once

pytestmark = pytest.mark.django_db


def codes(refusal: pytest.ExceptionInfo[Refused]) -> dict[str, str]:
    return {error.field: error.code for error in refusal.value.errors}


# --- registering -------------------------------------------------------------------------------


def test_a_registered_client_stands_in_the_registry_with_its_contacts_and_its_standing(anna: User) -> None:
    client = register(
        anna,
        {"full_name": "Mme Fatou Ngomo", "phones": "01 99 00 17 42", "position": "Purchasing"},
        {"full_name": "M. Lefèvre", "is_head": True},
        full_name="  Ateliers   Lefèvre\n",
        phones=["01 99 00 17 42", "+33 1 99 00 17 42"],
        emails="Info@LEFEVRE.example",
        website="lefevre.example",
        country="France",
        tax_number="FR 61 954 506 077",
    )
    client = Client.objects.select_related("standing").get(pk=client.pk)
    assert client.full_name == "Ateliers Lefèvre"
    assert client.phones == [PHONE]
    assert client.emails == ["Info@lefevre.example"]
    assert client.website == "https://lefevre.example"
    assert (client.country, client.tax_number) == ("FR", "FR61954506077")
    assert (client.version, client.created_by, client.manager) == (1, anna, anna)
    assert client.facts_confirmed_by == anna
    assert [(one.full_name, one.is_main, one.is_head) for one in client.contacts.all()] == [
        ("Mme Fatou Ngomo", True, False),
        ("M. Lefèvre", False, True),
    ]
    assert client.standing.required_missing == 0
    assert 0 < client.standing.completeness < 100


def test_what_the_shipped_criteria_require_is_asked_for_in_one_go(anna: User) -> None:
    with pytest.raises(Refused) as refusal:
        register_client(user=anna, data={})
    assert codes(refusal) == {"full_name": "required", "is_customer": "required", "source": "required", "kind": "required"}
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({"phones": "12"}, "phones", "phone"),
        ({"phones": ["+33 1 99 00 17 42 ext. 5"]}, "phones", "phone_extension"),
        ({"phones": [f"+3319900{n:04}" for n in range(21)]}, "phones", "too_many"),
        ({"emails": "nobody"}, "emails", "email"),
        ({"website": "not a site"}, "website", "website"),
        ({"country": "XX"}, "country", "country"),
        ({"country": "FR", "tax_number": "FR61954506071"}, "tax_number", "tax_number"),
        ({"tax_number": "1" * 33}, "tax_number", "too_long"),
        ({"birth_date": "32.13.2026"}, "birth_date", "date"),
        ({"works_since": "9999-12-31"}, "works_since", "date"),
        ({"works_since": "2026-01-02", "worked_until": "2026-01-01"}, "worked_until", "order"),
        ({"employees": "-1"}, "employees", "number"),
        ({"employees": "NaN"}, "employees", "number"),
        ({"employees": 10**18}, "employees", "number"),
        ({"source": "No such fair"}, "source", "choice"),
        ({"source": 10**18}, "source", "choice"),
        ({"industry": "-1"}, "industry", "choice"),
        ({"manager": True}, "manager", "choice"),
        ({"referrer": 10**17}, "referrer", "choice"),
        ({"referrer": "1; DROP TABLE clients_client"}, "referrer", "choice"),
        ({"referrer": ["1"]}, "referrer", "choice"),
        ({"lifecycle": "dead"}, "lifecycle", "choice"),
        ({"kind": "ghost"}, "kind", "choice"),
        ({"is_supplier": "perhaps"}, "is_supplier", "yes_or_no"),
        ({"may_call": "perhaps"}, "may_call", "yes_or_no"),
        ({"time_zone": "Mars/Phobos"}, "time_zone", "time_zone"),
        ({"time_zone": "x" * 10_000_000}, "time_zone", "too_long"),
        ({"full_name": "x" * 10_000_000}, "full_name", "too_long"),
        ({"full_name": {"$ne": ""}}, "full_name", "text"),
        ({"country": "x" * 10_000_000}, "country", "too_long"),
        ({"went_well": "x" * 20_001}, "went_well", "too_long"),
        ({"custom": {"nothing": 1}}, "custom.nothing", "unknown"),
        ({"custom": "text"}, "custom", "object"),
        ({"no_such": 1}, "no_such", "unknown"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_kept_is_refused_at_its_field(anna: User, data: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        register(anna, **data)
    assert codes(refusal)[field] == code
    assert all(str(error.message) for error in refusal.value.errors)
    assert not Client.objects.exists()


@pytest.mark.parametrize("name", ["version", "created_by", "created_at", "archived_at", "erased_at", "id", "pk", "in_target", "fact_dates"])
def test_what_is_not_for_people_to_set_is_refused(anna: User, name: str) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        change_client(user=anna, client_id=client.pk, version=1, changes={name: 7})
    assert codes(refusal) == {name: "unknown"}
    assert fresh(client).version == 1


def test_text_loses_what_no_text_should_hold(anna: User) -> None:
    client = register(anna, full_name="Ro\x00ma\u202eshka \ud800 e\u0301", stands_now="one\r\ntwo\x07")
    assert (client.full_name, client.stands_now) == ("Romashka é", "one\ntwo")


def test_a_country_that_nobody_knows_is_kept_as_the_region(anna: User) -> None:
    client = register(anna, country="Channel Islands")
    assert (client.country, client.region) == ("", "Channel Islands")


def test_contacts_are_refused_by_their_row(anna: User) -> None:
    with pytest.raises(Refused) as refusal:
        register(anna, {"full_name": "A", "is_main": True}, {"phones": "1"}, {"full_name": "B", "is_main": True, "version": 3})
    assert codes(refusal) == {"contacts.1.phones": "phone", "contacts.2.version": "unknown", "contacts": "one_only"}


def test_an_own_id_belongs_to_one_client(anna: User) -> None:
    first, second = register(anna, external_id="A-1"), register(anna)
    with pytest.raises(Refused) as refusal:
        register(anna, external_id="A-1")
    assert codes(refusal) == {"external_id": "taken"}
    with pytest.raises(Refused) as refusal:
        change_client(user=anna, client_id=second.pk, version=1, changes={"external_id": "A-1"})
    assert codes(refusal) == {"external_id": "taken"}
    assert change_client(user=anna, client_id=first.pk, version=1, changes={"external_id": "A-1"}).version == 1


def test_nobody_without_a_role_registers(eve: User) -> None:
    with pytest.raises(PermissionDenied):
        register_client(user=eve, data={"full_name": "X"})


def test_custom_fields_are_kept_by_their_type(anna: User) -> None:
    CustomField.objects.create(key="boiler_year", label="Boiler year", kind="number")
    CustomField.objects.create(key="colour", label="Colour", kind="choice", choices=["Red", "Blue"])
    CustomField.objects.create(key="old", label="Old", kind="text", retired=True)
    client = register(anna, custom={"boiler_year": "1 990,5", "colour": "red"})
    assert client.custom == {"boiler_year": 1990.5, "colour": "Red"}
    client = change_client(user=anna, client_id=client.pk, version=1, changes={"custom": {"colour": ""}})
    assert client.custom == {"boiler_year": 1990.5}
    with pytest.raises(Refused) as refusal:
        change_client(user=anna, client_id=client.pk, version=2, changes={"custom": {"old": "x", "boiler_year": "NaN"}})
    assert codes(refusal) == {"custom.old": "unknown", "custom.boiler_year": "number"}


# --- changing ----------------------------------------------------------------------------------


def test_a_change_writes_what_was_named_and_raises_the_version(anna: User) -> None:
    client = register(anna, city="Lyon")
    changed = change_client(user=anna, client_id=client.pk, version=1, changes={"city": "Besançon"})
    assert (changed.version, changed.city, changed.full_name) == (2, "Besançon", "Ateliers Lefèvre")
    assert "city" in fresh(client).fact_dates


def test_a_change_of_nothing_leaves_the_version(anna: User) -> None:
    client = register(anna, phones=PHONE)
    referrer = register(anna, full_name="Guérin")
    change_client(user=anna, client_id=client.pk, version=1, changes={"referrer": str(referrer.pk)})
    for changes in (
        {},
        {"phones": "01 99 00 17 42"},
        {"source": str(fair().pk)},
        {"referrer": str(referrer.pk)},
        {"full_name": " Ateliers Lefèvre "},
    ):
        assert change_client(user=anna, client_id=client.pk, version=2, changes=changes).version == 2


def test_an_old_version_is_stale_and_changes_nothing(anna: User) -> None:
    client = register(anna)
    change_client(user=anna, client_id=client.pk, version=1, changes={"city": "Lyon"})
    for version in (1, 3, 0, -1):
        with pytest.raises(StaleVersion) as stale:
            change_client(user=anna, client_id=client.pk, version=version, changes={"city": "Paris"})
        assert stale.value.current.version == 2
    assert fresh(client).city == "Lyon"


def test_a_change_may_not_break_a_required_criterion_but_what_was_broken_stands_in_nobodys_way(anna: User) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        change_client(user=anna, client_id=client.pk, version=1, changes={"full_name": "", "is_customer": False})
    assert codes(refusal) == {"full_name": "required", "is_customer": "required"}
    Client.objects.filter(pk=client.pk).update(source=None)
    changed = change_client(user=anna, client_id=client.pk, version=1, changes={"city": "Lyon"})
    assert changed.city == "Lyon"
    assert Client.objects.get(pk=client.pk).standing.required_missing == 1


def test_a_retired_entry_or_a_manager_who_left_may_stand_but_not_be_chosen(anna: User, boris: User, dmitri: User) -> None:
    client = register(boris)
    User.objects.filter(pk=boris.pk).update(is_active=False)
    Source.objects.update(retired=True)
    same = {"manager": str(boris.pk), "source": str(fair().pk), "city": "Lyon"}
    assert change_client(user=dmitri, client_id=client.pk, version=1, changes=same).city == "Lyon"
    other = register_client(user=dmitri, data={"kind": "person", "full_name": "A", "is_supplier": "yes", "source": fair().pk})
    with pytest.raises(Refused) as refusal:
        change_client(user=dmitri, client_id=other.pk, version=1, changes={"manager": boris.pk})
    assert codes(refusal) == {"manager": "choice"}


def test_an_archived_client_changes_only_by_coming_back(anna: User) -> None:
    client = register(anna)
    writes: list[Callable[[], Any]] = [
        lambda: change_client(user=anna, client_id=client.pk, version=2, changes={"city": "Lyon"}),
        lambda: archive_client(user=anna, client_id=client.pk, version=2, reason="again"),
    ]
    archived = archive_client(user=anna, client_id=client.pk, version=1, reason=" Closed\x00 down ")
    assert (archived.archived_reason, archived.version) == ("Closed down", 2)
    for write in writes:
        with pytest.raises(Refused) as refusal:
            write()
        assert codes(refusal) == {"archived": "archived"}
    back = restore_client(user=anna, client_id=client.pk, version=2)
    assert (back.archived_at, back.archived_reason, back.version) == (None, "", 3)
    assert restore_client(user=anna, client_id=client.pk, version=3).version == 3


@pytest.mark.parametrize(("reason", "code"), [("", "required"), ("  ", "required"), ("x" * 301, "too_long"), ({}, "text")])
def test_archiving_needs_a_reason(anna: User, reason: Any, code: str) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        archive_client(user=anna, client_id=client.pk, version=1, reason=reason)
    assert codes(refusal) == {"reason": code}


# --- who may -----------------------------------------------------------------------------------

WRITES: dict[str, Callable[[User, Client], Any]] = {
    "change": lambda user, client: change_client(user=user, client_id=client.pk, version=client.version, changes={"city": "Lyon"}),
    "archive": lambda user, client: archive_client(user=user, client_id=client.pk, version=client.version, reason="x"),
    "restore": lambda user, client: restore_client(user=user, client_id=client.pk, version=client.version),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_manager_writes_only_to_own_clients(
    anna: User, boris: User, clara: User, eve: User, write: Callable[[User, Client], Any]
) -> None:
    client = register(anna)
    for reader in (boris, clara):
        with pytest.raises(PermissionDenied):
            write(reader, client)
    with pytest.raises(Client.DoesNotExist):
        write(eve, client)
    write(anna, client)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_company_may_open_clients_to_the_team(anna: User, boris: User, clara: User, write: Callable[[User, Client], Any]) -> None:
    Company.objects.update(team_may_edit=True)
    client = register(anna)
    write(boris, client)
    with pytest.raises(PermissionDenied):
        write(clara, fresh(client))


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_management_and_the_administrator_write_to_all(anna: User, dmitri: User, admin: User, write: Callable[[User, Client], Any]) -> None:
    for user in (dmitri, admin):
        write(user, register(anna))


def test_a_client_of_nobody_is_for_management(anna: User, dmitri: User) -> None:
    client = register(anna, manager=None)
    with pytest.raises(PermissionDenied):
        WRITES["change"](anna, client)
    WRITES["change"](dmitri, client)


def test_a_manager_hands_over_own_clients_and_no_others(anna: User, boris: User, clara: User) -> None:
    mine, his = register(anna), register(boris)
    outcome = hand_over_clients(user=anna, client_ids=[mine.pk, his.pk], manager_id=clara.pk)
    assert (outcome.changed, outcome.not_editable) == ({mine.pk: anna.pk}, 1)
    assert (fresh(mine).manager, fresh(his).manager) == (clara, boris)


def test_only_who_may_hand_over_changes_the_manager(anna: User, boris: User, dmitri: User) -> None:
    client = register(anna)
    may = Permission.objects.get(content_type__app_label="clients", codename="hand_over_client")
    Group.objects.get(name=Role.MANAGER).permissions.remove(may)
    anna = User.objects.get(pk=anna.pk)
    ways: list[Callable[[], Any]] = [
        lambda: change_client(user=anna, client_id=client.pk, version=1, changes={"manager": boris.pk}),
        lambda: set_field_of_clients(user=anna, client_ids=[client.pk], field_name="manager", value=boris.pk),
        lambda: hand_over_clients(user=anna, client_ids=[client.pk], manager_id=boris.pk),
    ]
    for hand_over in ways:
        with pytest.raises(PermissionDenied):
            hand_over()
    assert fresh(client).manager == anna
    assert change_client(user=anna, client_id=client.pk, version=1, changes={"manager": anna.pk, "city": "Lyon"}).city == "Lyon"
    assert change_client(user=dmitri, client_id=client.pk, version=2, changes={"manager": boris.pk}).manager == boris


# --- many at once ------------------------------------------------------------------------------


def test_a_bulk_change_leaves_what_one_may_not_change_and_names_what_it_refused(anna: User, boris: User) -> None:
    Criterion.objects.create(fact="city", level="required", state="published", valid_from="2020-01-01", grace_days=0)
    mine, closed, his = register(anna, city="Lyon"), register(anna, city="Lyon"), register(boris, city="Lyon")
    archive_client(user=anna, client_id=closed.pk, version=1, reason="x")
    outcome = set_field_of_clients(user=anna, client_ids=[mine.pk, mine.pk, closed.pk, his.pk, 10**12], field_name="city", value="")
    assert list(outcome.refused) == [mine.pk]
    assert (outcome.not_editable, outcome.unchanged, outcome.changed) == (3, 0, {})
    outcome = set_field_of_clients(user=anna, client_ids=[mine.pk, his.pk], field_name="city", value="Paris")
    assert (outcome.changed, outcome.not_editable) == ({mine.pk: "Lyon"}, 1)
    assert (fresh(mine).city, fresh(mine).version, fresh(his).city) == ("Paris", 2, "Lyon")
    assert set_field_of_clients(user=anna, client_ids=[mine.pk], field_name="city", value="Paris").unchanged == 1


@pytest.mark.parametrize("name", ["full_name", "phones", "version", "archived_at", "created_by"])
def test_only_some_fields_are_set_in_bulk(anna: User, name: str) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        set_field_of_clients(user=anna, client_ids=[client.pk], field_name=name, value="x")
    assert codes(refusal) == {name: "unknown"}


def test_a_bulk_value_that_cannot_be_kept_is_refused_as_a_whole(anna: User) -> None:
    client = register(anna)
    with pytest.raises(Refused) as refusal:
        set_field_of_clients(user=anna, client_ids=[client.pk], field_name="industry", value="No such industry")
    assert codes(refusal) == {"industry": "choice"}


def test_a_bulk_change_costs_the_same_for_one_client_and_for_twenty(anna: User, django_assert_num_queries: Any) -> None:
    metal = Industry.objects.create(name="Metal parts")
    clients = [register(anna, {"full_name": "A"}) for _ in range(21)]
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        set_field_of_clients(user=anna, client_ids=[clients[0].pk], field_name="industry", value=metal.pk)
    with django_assert_num_queries(len(one)):
        set_field_of_clients(user=anna, client_ids=[client.pk for client in clients[1:]], field_name="industry", value=metal.pk)


# --- two at once -------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_of_one_version_exactly_one_is_taken(anna: User) -> None:
    client = register(anna)
    outcomes = at_once(
        *(
            lambda city=city: change_client(user=anna, client_id=client.pk, version=1, changes={"city": city})
            for city in ("Lyon", "Paris", "Lille")
        )
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Client", "StaleVersion", "StaleVersion"]
    assert fresh(client).version == 2


@pytest.mark.django_db(transaction=True)
def test_an_own_id_given_twice_at_once_is_taken_once(anna: User) -> None:
    fair()
    outcomes = at_once(*(lambda: register(anna, external_id="A-1") for _ in range(2)))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Client", "Refused"]
    assert Client.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_main_contacts_at_once_leave_one(anna: User) -> None:
    from clients.services import add_contact

    client = register(anna)
    outcomes = at_once(
        *(
            lambda name=name: add_contact(user=anna, client_id=client.pk, data={"full_name": name, "is_main": True})
            for name in ("A", "B", "C")
        )
    )
    assert all(isinstance(outcome, Contact) for outcome in outcomes), outcomes
    assert Contact.objects.filter(client=client).count() == 3
    assert Contact.objects.filter(client=client, is_main=True).count() == 1
