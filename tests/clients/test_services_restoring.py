"""Bringing back one fact, a whole earlier version, a contact as it was: by the rules of today."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.roles import Role
from clients.errors import Refused, StaleVersion
from clients.history import CHANGES, Entry, last_change_id, read_page
from clients.models import Client, Contact, Criterion, CustomField, Source
from clients.services import (
    archive_client,
    change_client,
    change_contact,
    erase_client,
    remove_contact,
    restore_contact_fact,
    restore_facts,
)
from clients.services.restoring import NoSuchEvent, version_before
from tests.clients.registry import OTHER_PHONE, PHONE, fresh, register

# a transaction of its own for each act, as in life
pytestmark = pytest.mark.django_db(transaction=True)


def change(user: User, client: Client, **changes: Any) -> int:
    """Change `client`; return the number of the event that tells of it."""
    change_client(user=user, client_id=client.pk, version=fresh(client).version, changes=changes)
    return last_change_id(client)


def restore(user: User, client: Client, event_id: int, *fields: str) -> Client:
    return restore_facts(user=user, client_id=client.pk, event_id=event_id, version=fresh(client).version, fields=fields)


def entries(client: Client) -> list[Entry]:
    return list(read_page(fresh(client), ranks=CHANGES, merge_touches=False).entries)


@pytest.mark.parametrize("who", ["anna", "dmitri", "admin"])
def test_one_fact_gets_the_value_that_it_had_before_a_change(who: str, anna: User, request: Any) -> None:
    user = request.getfixturevalue(who)
    client = register(anna, city="Lyon", phones=PHONE)
    first = change(anna, client, city="Nice", phones=[OTHER_PHONE])
    change(anna, client, city="Metz", full_name="Other")
    restored = restore(user, client, first, "city")
    assert (restored.city, restored.phones, restored.full_name) == ("Lyon", [OTHER_PHONE], "Other")
    assert fresh(client).confirmation("city").by == user.pk, "whoever puts it back says that it is right"
    assert entries(client)[0].changes[0].after == ("Lyon",)


def test_a_version_is_shown_as_it_differs_from_today_and_comes_back_as_chosen(anna: User) -> None:
    CustomField.objects.create(key="size", label="Size", kind="text")
    client = register(anna, city="Lyon", phones=PHONE, custom={"size": "big"})
    event = change(anna, client, city="Nice", custom={"size": ""})
    change(anna, client, phones=[], website="x.example", full_name="Other")
    version = version_before(user=anna, client=fresh(client), event_id=event)
    assert set(version.fields) == {"city", "custom.size", "phones", "website", "full_name"}
    assert version.errors == ()
    assert fresh(client).city == "Nice", "looking writes nothing"
    restored = restore(anna, client, event, "city", "custom.size", "phones", "website")
    assert (restored.city, restored.custom, restored.phones, restored.website, restored.full_name) == (
        "Lyon",
        {"size": "big"},
        [PHONE],
        "",
        "Other",
    )


def test_what_can_not_come_back_is_told_field_by_field(anna: User, dmitri: User, clara: User) -> None:
    CustomField.objects.create(key="size", label="Size", kind="text")
    referrer = register(dmitri, full_name="Guérin")
    client = register(
        dmitri, manager=clara.pk, city="Lyon", custom={"size": "big"}, external_id="7", referrer=referrer.pk, source=Source.objects.first()
    )
    event = change(dmitri, client, city="Nice", custom={"size": ""}, external_id="8", referrer=None, manager=anna.pk, address="1 rue Neuve")
    CustomField.objects.update(retired=True)
    register(dmitri, external_id="7", full_name="Another")
    Client.objects.filter(pk=referrer.pk).update(erased_at=referrer.created_at, archived_at=referrer.created_at)
    User.objects.filter(pk=clara.pk).update(is_active=False)
    Criterion.objects.create(fact="address", level="required", state="published", valid_from="2020-01-01")
    errors = {error.field: error.code for error in version_before(user=dmitri, client=fresh(client), event_id=event).errors}
    assert errors == {
        "custom.size": "unknown",
        "external_id": "taken",
        "referrer": "choice",
        "manager": "choice",
        "address": "required",
    }
    with pytest.raises(Refused):
        restore(dmitri, client, event, "city", "address")
    assert fresh(client).city == "Nice", "all or nothing"
    assert restore(dmitri, client, event, "city").city == "Lyon"


def test_a_source_that_is_retired_by_now_comes_back(anna: User, dmitri: User) -> None:
    client = register(anna)
    old = client.source
    event = change(anna, client, source=Source.objects.create(name="Web").pk)
    Source.objects.filter(name="Trade fair").update(retired=True)
    assert restore(anna, client, event, "source").source == old


def test_the_manager_comes_back_by_those_only_who_may_hand_over(anna: User, dmitri: User, clara: User) -> None:
    client = register(anna)
    event = change(dmitri, client, manager=clara.pk)
    Group.objects.get(name=Role.MANAGER).permissions.remove(Permission.objects.get(codename="hand_over_client"))
    clara = User.objects.get(pk=clara.pk)
    assert [error.field for error in version_before(user=clara, client=fresh(client), event_id=event).errors] == ["manager"]
    with pytest.raises(PermissionDenied):
        restore(clara, client, event, "manager")
    assert restore(dmitri, client, event, "manager").manager == anna


def test_nothing_comes_back_for_strangers_stale_readers_and_other_clients(anna: User, clara: User, eve: User) -> None:
    client, other = register(anna, city="Lyon"), register(anna, full_name="Other")
    event = change(anna, client, city="Nice")
    with pytest.raises(PermissionDenied):
        restore(clara, client, event, "city")
    with pytest.raises(Client.DoesNotExist):
        restore(eve, client, event, "city")
    with pytest.raises(StaleVersion):
        restore_facts(user=anna, client_id=client.pk, event_id=event, version=1, fields=["city"])
    for number in (event, 10**12):
        with pytest.raises(NoSuchEvent):
            restore(anna, other, number, "city")
    with pytest.raises(Refused):
        restore(anna, client, event, "created_at")
    archive_client(user=anna, client_id=client.pk, version=2, reason="closed")
    with pytest.raises(Refused):
        restore(anna, client, event, "city")


def test_what_was_erased_never_comes_back(admin: User) -> None:
    client = register(admin, {"full_name": "A", "phones": PHONE}, city="Lyon")
    event = change(admin, client, city="Nice")
    contact = client.contacts.get()
    change_contact(user=admin, contact_id=contact.pk, version=1, changes={"phones": OTHER_PHONE})
    of_contact = entries(client)[0].id
    erase_client(user=admin, client_id=client.pk, version=2)
    with pytest.raises(PermissionDenied):
        restore(admin, client, event, "city")
    with pytest.raises(PermissionDenied):
        restore_contact_fact(user=admin, client_id=client.pk, event_id=of_contact, field="phones", version=1)


def test_a_contact_gets_a_value_back_and_undo_takes_it_again(anna: User) -> None:
    client = register(anna, {"full_name": "A", "phones": PHONE, "position": "buyer"})
    contact = client.contacts.get()
    change_contact(user=anna, contact_id=contact.pk, version=1, changes={"phones": OTHER_PHONE, "position": "head"})
    event = entries(client)[0].id
    back = restore_contact_fact(user=anna, client_id=client.pk, event_id=event, field="phones", version=2)
    assert (back.phones, back.position) == ([PHONE], "head")
    undo = entries(client)[0].id
    assert restore_contact_fact(user=anna, client_id=client.pk, event_id=undo, field="phones").phones == [OTHER_PHONE]
    with pytest.raises(StaleVersion):
        restore_contact_fact(user=anna, client_id=client.pk, event_id=undo, field="phones")
    with pytest.raises(StaleVersion):
        restore_contact_fact(user=anna, client_id=client.pk, event_id=event, field="phones", version=2)
    with pytest.raises(Refused):
        restore_contact_fact(user=anna, client_id=client.pk, event_id=event, field="client", version=4)
    remove_contact(user=anna, contact_id=contact.pk, version=4)
    with pytest.raises(Contact.DoesNotExist):
        restore_contact_fact(user=anna, client_id=client.pk, event_id=event, field="phones", version=4)


def test_a_contact_of_another_client_is_not_reached(anna: User, clara: User) -> None:
    client, other = register(anna, {"full_name": "A", "phones": PHONE}), register(anna, full_name="Other")
    change_contact(user=anna, contact_id=client.contacts.get().pk, version=1, changes={"phones": OTHER_PHONE})
    event = entries(client)[0].id
    with pytest.raises(NoSuchEvent):
        restore_contact_fact(user=anna, client_id=other.pk, event_id=event, field="phones", version=2)
    with pytest.raises(PermissionDenied):
        restore_contact_fact(user=clara, client_id=client.pk, event_id=event, field="phones", version=2)


def test_the_history_says_what_is_gone_and_may_come_back(anna: User) -> None:
    CustomField.objects.create(key="size", label="Size", kind="text")
    client = register(anna, city="Lyon", custom={"size": "big"})
    change(anna, client, city="Nice", custom={"size": "small"})
    change(anna, client, city="Lyon")
    second, first, *_rest = entries(client)
    assert {one.field: one.gone for one in first.changes} == {"city": False, "custom.size": True}
    assert {one.field: one.gone for one in second.changes} == {"city": True}
