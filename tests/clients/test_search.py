"""A client is found by whatever a person has at hand."""

from typing import Any

import pytest

from clients.models import Client, Contact
from clients.search import Why, find_clients

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry() -> dict[str, Client]:
    rows: dict[str, dict[str, Any]] = {
        "romashka": {"full_name": "ООО «Ромашка»", "phones": ["+79215550142"], "tax_number": "7707083893"},
        "romashkovo": {"full_name": "АО Ромашково"},
        "lefevre": {
            "full_name": "SAS Ateliers Mécaniques Lefèvre-Ngomo",
            "short_name": "Lefèvre-Ngomo",
            "emails": ["achats@lefevre.example"],
        },
        "oeil": {"full_name": "Brasserie Œil-de-Bœuf SARL", "phones": ["+33320990012"]},
        "mueller": {"full_name": "Müller Maschinenbau GmbH", "external_id": "KD-10-77"},
        "person": {"kind": "person", "full_name": "Щербакова Юлия Владимировна"},
        "toyota": {"full_name": "株式会社トヨタ"},
        "percent": {"full_name": "100 % Bio_Markt"},
        "plain": {"full_name": "Northwind Timber Ltd", "former_names": "Borealis Holz"},
    }
    made = {key: Client.objects.create(**values) for key, values in rows.items()}
    Contact.objects.create(client=made["plain"], full_name="Ольга Ямщикова", phones=["+442079460018"], emails=["olga@nw.example"])
    return made


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Romashka", "romashka"),
        ("ромашка", "romashka"),
        ("РОМАШКА ООО", "romashka"),
        ("OOO Romashka", "romashka"),
        ("lefevre ateliers", "lefevre"),
        ("Ngomo", "lefevre"),
        ("SARL Œil de boeuf", "oeil"),
        ("Mueller", "mueller"),
        ("maschinenbau müller", "mueller"),
        ("Юлия Щербакова", "person"),
        ("Shcherbakova", "person"),
        ("Scherbakowa Julia", "person"),
        ("トヨタ", "toyota"),
        ("Borealis", "plain"),
        ("8 (921) 555-01-42", "romashka"),
        ("+7 921 555 01 42", "romashka"),
        ("555-01-42", "romashka"),
        ("03 20 99 00 12", "oeil"),
        ("0033 3 20 99 00 12", "oeil"),
        ("020 7946 0018", "plain"),
        ("achats@lefevre.example", "lefevre"),
        ("ACHATS@", "lefevre"),
        ("olga@nw.example", "plain"),
        ("7707083893", "romashka"),
        ("77 07 083 893", "romashka"),
        ("KD-10-77", "mueller"),
        ("kd1077", "mueller"),
        ("Ямщикова", "plain"),
        ("Yamshchikova Olga", "plain"),
        ("Northwnd", "plain"),
        ("aschinenb", "mueller"),
        ("Bio_Markt", "percent"),
        ("+44 (0)20 7946 0018", "plain"),
        ("0044 (0) 20 7946 0018", "plain"),
        ("Tel. 020 7946 0018", "plain"),
        ("тел.: 8 (921) 555-01-42, доб. 12", "romashka"),
        ("020 7946 0018 ext. 7", "plain"),
        ("tel:+442079460018", "plain"),
        ("921\u2011555\u201301\u201342", "romashka"),
        ("Yamschikova", "plain"),
        ("Ямщекова", "plain"),
        ("Northwnid", "plain"),
        ("Mascihnenbau", "mueller"),
        ("Ольга Northwind", "plain"),
        ("northwind timber yamshchikova", "plain"),
    ],
)
def test_it_is_found_first(registry: dict[str, Client], typed: str, first: str) -> None:
    hits = find_clients(typed)
    assert hits, f"nothing found for {typed}"
    assert hits[0].client_id == registry[first].pk


def test_the_reason_is_told(registry: dict[str, Client]) -> None:
    assert find_clients("Romashka")[0].why is Why.SAME_NAME
    assert find_clients("Ямщикова")[0].contact == "Ольга Ямщикова"
    assert find_clients("Scherbakowa")[0].why is Why.SOUND


def test_a_sound_of_two_letters_says_too_little(registry: dict[str, Client]) -> None:
    Contact.objects.create(client=registry["oeil"], full_name="Скворцов Егор")
    assert find_clients("zzzqqq") == []


def test_the_same_name_stands_before_names_that_only_begin_so(registry: dict[str, Client]) -> None:
    assert [hit.client_id for hit in find_clients("ромашк")] == [registry["romashka"].pk, registry["romashkovo"].pk]


@pytest.mark.parametrize("typed", ["", "   ", "\x00", "%", "_", "\\", "' OR 1=1 --", "\ud800", "a" * 10_000_000, "ы", "()", "@", "%%%%"])
def test_odd_input_finds_little_and_breaks_nothing(registry: dict[str, Client], typed: str) -> None:
    assert len(find_clients(typed)) < len(registry)


def test_archived_clients_are_found_only_when_asked_for(registry: dict[str, Client], settings: Any) -> None:
    client = registry["romashka"]
    Client.objects.filter(pk=client.pk).update(archived_at="2026-01-01T00:00:00Z")
    assert client.pk not in {hit.client_id for hit in find_clients("Romashka")}
    assert find_clients("Romashka", archived=True)[0].client_id == client.pk


def test_a_search_takes_two_queries(registry: dict[str, Client], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        find_clients("Romashka")
