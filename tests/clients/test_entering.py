"""Entering a client that may be here already: who is asked about, what a reason keeps, and two people at the same moment."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.errors import MayBeDuplicate, Refused
from clients.history import Rank, read_page
from clients.models import Client, DuplicatePair, DuplicateSettings
from clients.services import archive_client, erase_client, register_client
from tests.clients.registry import OTHER_PHONE, PHONE, fair, register
from tests.together import at_once

pytestmark = pytest.mark.django_db
LEFEVRE = "Ateliers Lefèvre"


def enter(user: User, *contacts: dict[str, Any], because: str = "", **data: Any) -> Client:
    """Register as a person at the form does: nothing is said beforehand."""
    given = {"kind": "organisation", "full_name": LEFEVRE, "is_customer": True, "source": fair().pk}
    return register_client(user=user, data=given | data, contacts=contacts, allow_duplicate=because)


@pytest.mark.parametrize(
    ("there", "entered", "why"),
    [
        ({"phones": PHONE}, {"full_name": "ATELIERS LEFEVRE SARL", "phones": PHONE}, "same name · same phone +33 1 99 00 17 42"),
        ({"phones": PHONE}, {"full_name": "Guérin", "phones": "01 99 00 17 42"}, "same phone +33 1 99 00 17 42"),
        ({"emails": "info@lefevre.example"}, {"full_name": "Guérin", "emails": "INFO@lefevre.example"}, "same e-mail"),
        ({"tax_number": "7707083893"}, {"full_name": "Guérin", "tax_number": "7707083893"}, "same tax number 7707083893"),
        ({"city": "Lyon"}, {"city": "lyon"}, "same name · same place, Lyon"),
        ({}, {"city": "Dole"}, "same name"),
    ],
)
def test_a_client_that_looks_like_one_of_the_registry_is_asked_about(
    anna: User, boris: User, there: dict[str, Any], entered: dict[str, Any], why: str
) -> None:
    known = register(boris, **there)
    with pytest.raises(MayBeDuplicate) as asked:
        enter(anna, **entered)
    [one] = asked.value.candidates
    assert one.client == known
    assert one.why.replace("\u00a0", " ").startswith(why)
    assert (Client.objects.count(), DuplicatePair.objects.count()) == (1, 0)


def test_a_phone_of_a_contact_is_asked_about_too(anna: User) -> None:
    known = register(anna, {"full_name": "Mme Ngomo", "phones": PHONE})
    with pytest.raises(MayBeDuplicate) as asked:
        enter(anna, {"full_name": "Mme Fatou Ngomo", "phones": PHONE}, full_name="Guérin")
    assert [one.client for one in asked.value.candidates] == [known]


def test_one_that_looks_like_nobody_is_registered_without_a_question(anna: User) -> None:
    register(anna, phones=PHONE)
    client = enter(anna, full_name="Brasserie Œil-de-Bœuf", phones=OTHER_PHONE, because="Nobody asks")
    assert client.pk
    assert not DuplicatePair.objects.exists()


def test_a_reason_registers_it_and_is_kept_of_each_that_it_looks_like(anna: User, boris: User) -> None:
    first, second = register(boris, city="Lyon"), register(boris, phones=PHONE)
    client = enter(anna, city="Lyon", phones=PHONE, because="  Another branch\n")
    pairs = DuplicatePair.objects.order_by("first")
    assert [(one.first, one.second, one.state, one.reason, one.decided_by) for one in pairs] == [
        (first, client, "two_clients", "Another branch", anna),
        (second, client, "two_clients", "Another branch", anna),
    ]
    assert [[code for code, _detail in one.reasons] for one in pairs] == [["name", "city"], ["name", "phone"]]
    assert all(one.decided_at == client.facts_confirmed_at for one in pairs)


@pytest.mark.parametrize("blank", ["", "  \n", "\u00a0"])
def test_a_blank_reason_is_none(anna: User, blank: str) -> None:
    register(anna)
    with pytest.raises(MayBeDuplicate):
        enter(anna, because=blank)
    assert Client.objects.count() == 1


def test_a_reason_that_is_too_long_is_refused(anna: User) -> None:
    register(anna)
    with pytest.raises(Refused) as refusal:
        enter(anna, because="x" * 301)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("allow_duplicate", "too_long")]


def test_what_cannot_be_kept_is_said_before_anybody_is_asked_about(anna: User) -> None:
    register(anna, phones=PHONE)
    with pytest.raises(Refused) as refusal:
        enter(anna, phones=PHONE, emails="nobody")
    assert [error.field for error in refusal.value.errors] == ["emails"]


def test_management_says_from_which_likeness_on_is_asked(anna: User) -> None:
    register(anna)
    DuplicateSettings.objects.create(review_from=90)
    assert enter(anna).pk  # the name alone makes 80 %
    register(anna, full_name="Guérin", phones=PHONE)
    with pytest.raises(MayBeDuplicate):
        enter(anna, full_name="Brasserie", phones=PHONE)


def test_an_archived_client_is_asked_about_and_an_erased_one_is_forgotten(anna: User, admin: User) -> None:
    client = register(anna, phones=PHONE)
    archive_client(user=anna, client_id=client.pk, version=1, reason="Closed")
    with pytest.raises(MayBeDuplicate):
        enter(anna, phones=PHONE)
    erase_client(user=admin, client_id=client.pk, version=2)
    assert enter(anna, phones=PHONE).pk


def test_nobody_is_told_of_clients_whom_they_may_not_see(anna: User, eve: User) -> None:
    register(anna, phones=PHONE)
    with pytest.raises(PermissionDenied):
        enter(eve, phones=PHONE)


def test_the_history_says_why_it_was_registered_beside_whom(anna: User, boris: User) -> None:
    known = register(boris)
    client = enter(anna, because="Another branch")
    [entry] = read_page(client, ranks=[Rank.REGISTERED]).entries
    assert (entry.title, entry.who) == ("Registered", "Anna Petrova")
    [change] = entry.changes
    assert (change.label, change.after) == ("another client than", ("Ateliers Lefèvre: Another branch",))
    assert read_page(known, ranks=[Rank.REGISTERED]).entries[0].changes == ()


def test_erasing_one_of_the_two_forgets_what_they_shared_and_why(anna: User, admin: User) -> None:
    known = register(anna, phones=PHONE)
    client = enter(anna, phones=PHONE, because="Mme Lefèvre runs both")
    erase_client(user=admin, client_id=known.pk, version=1)
    assert not DuplicatePair.objects.exists()
    assert read_page(client, ranks=[Rank.REGISTERED]).entries[0].changes == ()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_enter_one_client_at_the_same_moment_the_second_is_asked(anna: User, boris: User) -> None:
    source = fair()

    def enter_it(user: User, name: str) -> Client:
        data = {"kind": "organisation", "full_name": name, "is_customer": True, "source": source.pk}
        return register_client(user=user, data=data)

    came = at_once(lambda: enter_it(anna, LEFEVRE), lambda: enter_it(boris, LEFEVRE.upper()))
    assert sorted(type(one).__name__ for one in came) == ["Client", "MayBeDuplicate"]
    assert Client.objects.count() == 1
