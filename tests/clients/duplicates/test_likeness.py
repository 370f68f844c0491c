"""How sure it is that two clients are one, told by examples."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.duplicates.likeness import Likeness, compare
from clients.duplicates.parts import parts_of_values
from clients.duplicates.reasons import Code, in_words

REVIEW, CLEAR = 70, 95


def alike(one: dict[str, Any], other: dict[str, Any]) -> Likeness:
    a, b = parts_of_values(one, one.get("contacts", ())), parts_of_values(other, other.get("contacts", ()))
    assert compare(a, b) == compare(b, a)
    return compare(a, b)


ROMASHKA = {"full_name": "ООО «Ромашка Логистик»", "phones": ["+74951234567"], "city": "Москва", "address": "ул. Ленина, д. 5"}
LEFEVRE = {
    "full_name": "Ateliers Lefèvre SARL",
    "phones": ["+33199001742"],
    "address": "12 rue de la Gare",
    "city": "Lyon",
    "country": "FR",
}
HARTLEY = {"full_name": "Hartley & Daughters Ltd", "address": "221 Baker Street", "city": "London", "postal_code": "NW1 6XE"}
BRANCH = LEFEVRE | {"city": "Nantes", "phones": ["+33240000000"], "address": "3 quai X"}
PETROV = {"kind": "person", "full_name": "Петров Иван Сергеевич", "birth_date": date(1980, 5, 4), "city": "Тверь"}
PETROVA = {"kind": "person", "full_name": "Петрова Мария", "birth_date": date(1984, 1, 9), "city": "Тверь"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ROMASHKA, ROMASHKA | {"full_name": "ROMASHKA LOGISTIC, OOO"}),
        (ROMASHKA, {"full_name": "Ромашка-Логистика", "phones": ["+74951234567"]}),
        (LEFEVRE, LEFEVRE | {"full_name": "S.A.R.L. LEFEVRE (Ateliers)", "phones": []}),
        (LEFEVRE, {"full_name": "Atelier Lefevre", "phones": ["+33199001742"], "city": "LYON"}),
        (HARTLEY, HARTLEY | {"full_name": "Hartly and Daughters", "address": "221, Baker St."}),
        (HARTLEY | {"tax_number": "123456789"}, {"full_name": "Hartley Daughters", "tax_number": "GB 123 456 789", "country": "GB"}),
        ({"full_name": "Stroy Servis Volga", "emails": ["info@ssv.example"]}, {"full_name": "ООО «СтройСервис Волга»", "website": "https://ssv.example/"}),
        (PETROV, PETROV | {"full_name": "Ivan Petrov", "city": ""}),
        (PETROV | {"phones": ["+79001112233"]}, {"kind": "person", "full_name": "Иван Петров", "phones": ["+79001112233"]}),
    ],
)  # fmt: skip
def test_one_client_written_in_two_ways_is_clear(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert alike(one, other).score >= CLEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (HARTLEY, {"full_name": "Hartley & Daughters", "city": "London"}),
        # moved to another city, or a branch
        (ROMASHKA | {"tax_number": "7707083893"}, {"full_name": "Ромашка Логистик", "tax_number": "7707083893", "city": "Казань"}),
    ],
)
def test_what_only_a_person_can_tell_is_for_review(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert REVIEW <= alike(one, other).score < CLEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # a branch in another city, of the same name and site
        (LEFEVRE | {"website": "lefevre.example"}, BRANCH | {"website": "lefevre.example"}),
        # a chain: the same name, another city, phone, tax number
        (ROMASHKA | {"tax_number": "7707083893"}, ROMASHKA | {"tax_number": "1655000000", "city": "Казань", "phones": ["+78432000000"]}),
        # two firms of one owner, or in one business centre
        (LEFEVRE, LEFEVRE | {"full_name": "Menuiserie Garnier"}),
        # two different tax numbers at one address
        (HARTLEY | {"tax_number": "123456789"}, HARTLEY | {"tax_number": "987654321"}),
        # words of business alone
        ({"full_name": "Northwind Trading Group", "city": "London"}, {"full_name": "Kestrel Trading Group", "city": "London"}),
        ({"full_name": "Торговый дом Вектор", "city": "Тула"}, {"full_name": "Торговый дом Заря", "city": "Тула"}),
        # number 12 is not number 14
        ({"full_name": "Garage Morel 12", "city": "Lyon"}, {"full_name": "Garage Morel 14", "city": "Lyon"}),
        # a family: the same surname, address and phone
        (PETROV | {"phones": ["+79001112233"], "address": "ул. Мира 3"}, PETROVA | {"phones": ["+79001112233"], "address": "ул. Мира 3"}),
        (PETROV, PETROV | {"birth_date": date(1961, 11, 30)}),
    ],
)  # fmt: skip
def test_two_clients_that_share_something_are_two(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert alike(one, other).score < REVIEW


def test_the_reasons_are_told_in_words_the_weightiest_first() -> None:
    likeness = alike(LEFEVRE, LEFEVRE | {"full_name": "Ateliers Lefebvre"})

    assert [code for code, _detail in likeness.reasons] == [Code.NAME_ALIKE, Code.PHONE, Code.ADDRESS, Code.CITY]
    assert in_words(likeness.reasons) == [
        "name 97 % alike",
        "same phone +33\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}99\N{NO-BREAK SPACE}00\N{NO-BREAK SPACE}17\N{NO-BREAK SPACE}42",
        "same address",
        "same place, Lyon",
    ]


def test_what_speaks_against_is_told_too() -> None:
    likeness = alike(HARTLEY | {"tax_number": "123456789"}, HARTLEY | {"tax_number": "987654321"})

    assert [Code.OTHER_TAX_NUMBER, ""] in likeness.reasons


def test_words_that_are_common_in_the_registry_tell_less() -> None:
    one, other = {"full_name": "Vektor", "city": "Tula"}, {"full_name": "Vektor", "city": "Tula"}
    common = {"vektor": 2.0}

    rare = compare(parts_of_values(one), parts_of_values(other)).score
    assert compare(parts_of_values(one, (), common), parts_of_values(other, (), common)).score < rare


WORDS = st.sampled_from(["Ромашка", "Vektor", "Trading", "Lefèvre", "12", "und", "GmbH", "Müller", "Stroy", "Servis", "стройсервис", "J"])
CLIENTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["organisation", "person"]),
        "full_name": st.lists(WORDS, max_size=4).map(" ".join),
        "short_name": st.lists(WORDS, max_size=2).map(" ".join),
        "tax_number": st.sampled_from(["", "7707083893", "7707083894", "123456789"]),
        "phones": st.lists(st.sampled_from(["+74951234567", "+74951234576", "+33199001742"]), max_size=2),
        "emails": st.lists(st.sampled_from(["a@x.example", "b@x.example", "a@gmail.com"]), max_size=2),
        "address": st.sampled_from(["", "12 rue de la Gare", "rue de la Gare 14", "ул. Ленина, д. 5", "12"]),
        "city": st.sampled_from(["", "Lyon", "Lion", "Москва", "Moscow"]),
        "postal_code": st.sampled_from(["", "69001", "69010"]),
        "country": st.sampled_from(["", "FR", "RU"]),
        "birth_date": st.sampled_from([None, date(1980, 5, 4), date(1980, 4, 5), date(1961, 1, 1)]),
    }
)


@settings(max_examples=300, deadline=None)
@given(one=CLIENTS, other=CLIENTS)
def test_it_does_not_matter_which_comes_first(one: dict[str, Any], other: dict[str, Any]) -> None:
    likeness = alike(one, other)

    assert 0 <= likeness.score <= 100
    assert len(in_words(likeness.reasons)) == len(likeness.reasons)
