"""Before a client is registered: whom of the registry it may be."""

import json
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from clients.alike import clients_alike
from clients.duplicates import scan
from clients.duplicates.entry import find_alike
from clients.models import Client, DuplicateMark
from tests.clients.duplicates.conftest import Make

PHONE = "+33199001742"
LEFEVRE = {
    "full_name": "Ateliers Lefèvre SARL",
    "phones": [PHONE],
    "city": "Lyon",
    "tax_number": "303265045",
    "emails": ["a@lefevre.example"],
}


@pytest.fixture
def lefevre(make_client: Make) -> Client:
    """A client that the search has not seen yet, and whose mark is lost among others: only live look-ups find it."""
    client = make_client({"full_name": "Claire Petit", "phones": ["+33199001755"]}, **LEFEVRE)
    DuplicateMark.objects.all().delete()
    return client


@pytest.mark.parametrize(
    "typed",
    [
        {"full_name": "Lefevre", "tax_number": "303265045"},
        {"full_name": "Ateliers Lefevre", "phones": [PHONE]},
        {"full_name": "Ateliers Lefevre", "phones": ["+33199001755"]},
        {"full_name": "Ateliers Lefevre", "emails": ["A@lefevre.example"]},
        {"full_name": "ateliers lefevre", "city": "Lyon"},
        {"full_name": "Ateliers Lefebvre", "emails": ["office@lefevre.example"]},
        {"full_name": "Ateliers Lefèvre"},
    ],
)
def test_a_client_is_met_by_whatever_is_typed_first(typed: dict[str, Any], lefevre: Client) -> None:
    assert [one.client_id for one in find_alike(typed)] == [lefevre.pk]


def test_a_slip_of_the_pen_is_met_in_its_city(lefevre: Client) -> None:
    scan.forget_search()
    scan.search()

    assert [one.client_id for one in find_alike({"full_name": "Ateliers Lefebvre", "city": "Lyon"})] == [lefevre.pk]


def test_the_surest_comes_first_and_none_below_what_management_shows(lefevre: Client, make_client: Make) -> None:
    namesake = make_client(full_name="Ateliers Lefèvre")
    make_client(full_name="Menuiserie Garnier", city="Lyon")
    scan.search()

    found = find_alike(LEFEVRE)

    assert [one.client_id for one in found] == [lefevre.pk, namesake.pk]
    assert found[0].score > found[1].score >= 70
    assert found[0].reasons[0] == ["tax_number", "303265045"]
    assert [one.client_id for one in find_alike(LEFEVRE, limit=1)] == [lefevre.pk]


def test_a_client_that_is_being_changed_does_not_meet_itself(lefevre: Client) -> None:
    assert find_alike(LEFEVRE, exclude=lefevre.pk) == []


def test_archived_clients_are_met_and_for_merged_ones_whom_they_live_on_in(lefevre: Client, make_client: Make) -> None:
    survivor = make_client(full_name="Menuiserie Garnier")
    Client.objects.filter(pk=lefevre.pk).update(archived_at=timezone.now())
    assert [one.client_id for one in find_alike(LEFEVRE)] == [lefevre.pk]

    Client.objects.filter(pk=lefevre.pk).update(merged_into=survivor.pk)
    assert [one.client_id for one in find_alike(LEFEVRE)] == [survivor.pk]


def test_a_person_is_met_in_any_order_of_names(make_client: Make) -> None:
    petrov = make_client(kind="person", full_name="Петров Иван", birth_date=date(1980, 5, 4))
    scan.search()

    assert [one.client_id for one in find_alike({"kind": "person", "full_name": "Ivan Petrov", "birth_date": date(1980, 5, 4)})] == [
        petrov.pk
    ]


def test_nothing_typed_finds_nobody(lefevre: Client) -> None:
    assert find_alike({}) == []


def test_anna_is_told_in_words_and_eve_is_told_nothing(lefevre: Client, anna: User, eve: User) -> None:
    (alike,) = clients_alike(anna, LEFEVRE)

    assert (alike.client, alike.score) == (lefevre, 99)
    assert alike.why.startswith("same tax number 303265045 · ")
    assert clients_alike(eve, LEFEVRE) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_handful_of_queries_whatever_is_found(count: int, make_client: Make, django_assert_max_num_queries: Any) -> None:
    for _number in range(count):
        make_client(full_name="Ateliers Lefèvre", phones=[PHONE], city="Lyon")
    scan.search()

    with django_assert_max_num_queries(4):
        assert len(find_alike(LEFEVRE)) == count


@pytest.mark.parametrize(
    "typed",
    [
        {"external_id": "K-1"},
        {"tax_number": "7707083893"},
        {"emails": ["a@lefevre.example"]},
        {"full_name": "Quibblemouth", "city": "Lyon"},
    ],
)
def test_whatever_is_typed_is_sought_along_an_index(db: None, typed: dict[str, Any]) -> None:
    Client.objects.bulk_create(
        Client(
            full_name=f"Firm{number} Holding",
            external_id=f"E-{number}",
            tax_number=str(number),
            emails=[f"desk@firm{number}.example"],
            city=f"Town {number % 40}",
            is_customer=True,
        )
        for number in range(1, 801)
    )
    scan.search()
    scans: list[dict[str, Any]] = []

    def note(node: dict[str, Any]) -> None:
        if node["Node Type"] in {"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"}:
            scans.append(node)
        for inner in node.get("Plans", ()):
            note(inner)

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "clients_duplicatekey" in sql:
            with connection.connection.cursor() as cursor:
                [(plan,)] = cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params).fetchall()
                note((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        # counted here, and held by this transaction: the plan hangs on these rows, not on what another process counted before
        cursor.execute("ANALYZE clients_client, clients_duplicatekey, clients_duplicatemark")
        cursor.execute("SET LOCAL enable_seqscan = off")  # the tables of a test are small enough to be read whole
    with connection.execute_wrapper(explain):
        find_alike(typed)
    assert scans
    # the marks are few, and the last of them are read; all else is asked for by a value
    whole = [node for node in scans if "Index Cond" not in node and node.get("Relation Name") != "clients_duplicatemark"]
    assert not whole
