"""A client is compared by facts that are brought to one spelling."""

from datetime import date
from typing import Any

import pytest

from clients.duplicates.parts import COLUMNS, company_words, parts_of, parts_of_values, tax_number_of
from clients.models import Client


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ООО «Ромашка»", ["romashka"]),
        ("Romashka, OOO", ["romashka"]),
        ("Общество с ограниченной ответственностью «Вектор»", ["vektor"]),
        ("Société Anonyme Dupont et Fils", ["dupont", "fils"]),
        ("Dupont & Fils S.A.", ["dupont", "fils"]),
        ("Müller und Söhne GmbH & Co. KG", ["muller", "sohne"]),
        ("ТД «Мебель»", ["torgovyy", "dom", "mebel"]),
        ("Intl. Trade Co", ["international", "trading"]),
        ("Kowalski Sp. z o.o.", ["kowalski"]),
        ("ООО", ["ooo"]),
    ],
)
def test_a_company_is_known_by_the_words_that_are_its_own(name: str, words: list[str]) -> None:
    assert company_words(name) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 rue de la République", "12, r. de la Republique"),
        ("ул. Ленина, д. 5", "Ленина улица 5"),
        ("Hauptstraße 7", "Hauptstr. 7"),
        ("221 Baker Street", "221 Baker St."),
        ("Bahnhofstrasse 3a", "Bahnhofstraße 3a"),
    ],
)
def test_an_address_is_its_street_and_its_numbers(one: str, other: str) -> None:
    a, b = parts_of_values({"address": one}), parts_of_values({"address": other})

    assert (sorted(a.street), a.numbers) == (sorted(b.street), b.numbers)


@pytest.mark.parametrize(
    ("city", "other"),
    [("Москва", "Moscow"), ("Köln", "Cologne"), ("г. Санкт-Петербург", "СПб"), ("Орёл", "Орел"), ("Besançon", "BESANCON")],
)
def test_a_city_has_several_names(city: str, other: str) -> None:
    assert parts_of_values({"city": city}).city == parts_of_values({"city": other}).city


@pytest.mark.parametrize(
    ("number", "country", "kept"),
    [
        ("FR40303265045", "FR", "303265045"),
        ("303 265 045 00011", "FR", "303265045"),
        ("7707083893/770701001", "RU", "7707083893"),
        ("DE 136695976", "", "136695976"),
        ("6988048", "AU", "6988048"),
    ],
)
def test_a_tax_number_is_that_of_the_whole_company(number: str, country: str, kept: str) -> None:
    assert tax_number_of(number, country) == kept


def test_free_mail_tells_no_company_and_a_site_tells_its_mail() -> None:
    parts = parts_of_values({"emails": ["Anna@Gmail.com", "office@kestrel.example"], "website": "https://www.kestrel.example/about"})

    assert parts.domains == {"kestrel.example"}
    assert "anna@gmail.com" in parts.emails


def test_phones_of_contacts_count_and_prefixes_do_not() -> None:
    one = parts_of_values({"phones": ["+79001234567"]}, [{"full_name": "Иванов Пётр", "phones": ["+33199001742"]}])
    other = parts_of_values({"phones": ["8 900 123-45-67"]})

    assert one.phones.keys() & other.phones.keys()
    assert len(one.phones) == 2
    assert list(one.contacts) == ["ivanov petr"]


def test_nothing_known_is_nothing_said() -> None:
    parts = parts_of_values({})

    assert (parts.names, parts.phones, parts.domains, parts.street, parts.city) == ((), {}, frozenset(), (), "")


@pytest.mark.django_db
def test_a_row_and_the_values_that_made_it_give_the_same(make_client: Any) -> None:
    contact = {"full_name": "Claire Petit", "phones": ["+33199001701"], "emails": ["claire@lefevre.example"]}
    values = {
        "kind": "person", "full_name": "Иванов Пётр", "tax_number": "7707083893", "phones": ["+33199001742"], "emails": ["a@b.example"],
        "address": "12 rue X", "city": "Lyon", "postal_code": "69001", "country": "FR", "birth_date": date(1980, 5, 4),
    }  # fmt: skip
    client = Client.objects.get(pk=make_client(contact, **values).pk)

    assert parts_of(client, client.contacts.all()) == parts_of_values(values, [contact])
    assert set(values) <= set(COLUMNS)
