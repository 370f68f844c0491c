"""Clients that are alike meet by a key, whatever way one of them was written."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from clients.duplicates.keys import keys_of
from clients.duplicates.likeness import compare
from clients.duplicates.parts import parts_of_values
from tests.clients.duplicates.test_likeness import CLIENTS

LEFEVRE = {"full_name": "Ateliers Lefèvre SARL", "city": "Lyon", "postal_code": "69001", "address": "12 rue de la Gare"}
PETROV = {"kind": "person", "full_name": "Петров Иван", "birth_date": date(1980, 5, 4), "city": "Тверь"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LEFEVRE, {"full_name": "Lefevre", "city": "LYON"}),
        (LEFEVRE, {"full_name": "Lefebvre Ateliers", "city": "Lyon"}),
        (LEFEVRE, {"full_name": "Société Lefèvre", "postal_code": "69001"}),
        (LEFEVRE, {"full_name": "Atl", "address": "12, r. de la Gare", "city": "Lyon"}),
        ({"full_name": "Стройсервис", "city": "Тула"}, {"full_name": "Stroyservis OOO", "city": "Tula"}),
        ({"full_name": "A", "phones": ["+33199001742"]}, {"full_name": "B", "phones": ["+33199001742"]}),
        ({"full_name": "A", "emails": ["x@a.example"]}, {"full_name": "B", "website": "https://www.a.example"}),
        (PETROV, {"kind": "person", "full_name": "Ivan Petrov", "birth_date": date(1980, 5, 4)}),
        (PETROV, {"kind": "person", "full_name": "Петров И.", "city": "Тверь"}),
    ],
)
def test_two_ways_of_writing_share_a_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert keys_of(parts_of_values(one)) & keys_of(parts_of_values(other))


def test_strong_keys_are_odd_and_weak_ones_even() -> None:
    phone = keys_of(parts_of_values({"phones": ["+33199001742"]}))
    name = keys_of(parts_of_values({"full_name": "Lefèvre"}))

    assert all(key & 1 for key in phone)
    assert name
    assert not any(key & 1 for key in name)


def test_a_client_of_whom_nothing_is_known_meets_nobody() -> None:
    assert keys_of(parts_of_values({})) == set()


@settings(max_examples=500, deadline=None, derandomize=True)
@given(one=CLIENTS, other=CLIENTS)
def test_what_is_clearly_one_client_meets(one: dict[str, Any], other: dict[str, Any]) -> None:
    a, b = parts_of_values(one), parts_of_values(other | {name: one[name] for name in ("kind", "full_name")})

    if one["full_name"] and compare(a, b).score >= 95:
        assert keys_of(a) & keys_of(b)
