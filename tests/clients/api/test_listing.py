"""The list of clients through the API: the page's filters, sorts and search, and no query gets by that is not understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from clients.models import Client, CustomField, Source
from tests.api import Answer, Caller, assert_problem


@pytest.fixture
def registry(anna: User, boris: User, fair: Source) -> list[Client]:
    """Five clients: two of Anna's, two of Boris's, one in nobody's hands."""
    CustomField.objects.create(key="price_list", label="Price list", kind="choice", choices=["Standard", "Partner"])
    rows = [
        ("Atelier Corbière SARL", "Lyon", anna, "current", {"price_list": "Partner"}),
        ("Boulangerie Lachenal SARL", "Grenoble", anna, "potential", {}),
        ("Harrowgate Fittings Ltd", "Leeds", boris, "current", {}),
        ("ООО «Ромашка»", "Тверь", boris, "former", {}),
        ("Zenith", "Lyon", None, "potential", {}),
    ]
    return [
        Client.objects.create(full_name=name, city=city, manager=manager, lifecycle=lifecycle, custom=custom, source=fair, is_customer=True)
        for name, city, manager, lifecycle, custom in rows
    ]


def names(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["full_name"].split()[0] for item in answer.body["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Atelier", "Boulangerie", "Harrowgate", "ООО", "Zenith"]),
        ("manager=me", ["Atelier", "Boulangerie"]),
        ("manager=boris", ["Harrowgate", "ООО"]),
        ("manager=Anna%20Petrova&manager=none", ["Atelier", "Boulangerie", "Zenith"]),
        ("lifecycle=current&lifecycle=former", ["Atelier", "Harrowgate", "ООО"]),
        ("city=lyo", ["Atelier", "Zenith"]),
        ("source=Trade%20fair&city=Leeds", ["Harrowgate"]),
        ("custom_price_list=Partner", ["Atelier"]),
        ("q=romashka", ["ООО"]),
        ("sort=-name", ["Zenith", "ООО", "Harrowgate", "Boulangerie", "Atelier"]),
        ("touch=never&archived=no", ["Atelier", "Boulangerie", "Harrowgate", "ООО", "Zenith"]),
        ("archived=yes", []),
    ],
)
def test_filters_sorts_and_search_are_those_of_the_page(anna: User, registry: list[Client], query: str, found: list[str]) -> None:
    answer = Caller(anna).get(f"/clients?{query}")
    assert names(answer) == found
    assert (answer.body["count"], answer.body["count_capped"]) == (len(found), False)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("colour=red", {"colour": "unknown"}),
        ("view=all", {"view": "unknown"}),
        ("manager__password=x", {"manager__password": "unknown"}),
        ("manager=nobody", {"manager": "choice"}),
        ("manager=" + "9" * 30, {"manager": "choice"}),
        ("lifecycle=dead", {"lifecycle": "choice"}),
        ("completeness_below=much", {"completeness_below": "value"}),
        ("sort=password", {"sort": "choice"}),
        ("sort=name;drop", {"sort": "choice"}),
        ("cursor=abc", {"cursor": "cursor"}),
        ("limit=201", {"limit": "number"}),
        ("limit=1000000000000000000", {"limit": "number"}),
        ("limit=5&limit=6", {"limit": "too_many"}),
        ("q=" + "x" * 301, {"q": "too_long"}),
        ("city=" + "x" * 301, {"city": "too_long"}),
        ("city=%00", {"city": "text"}),
        ("registered_from=9999-99-99", {"registered": "value"}),
    ],
)
def test_a_query_that_is_not_understood_is_refused_and_named(anna: User, registry: list[Client], query: str, codes: dict[str, str]) -> None:
    answer = Caller(anna).get(f"/clients?{query}")
    assert_problem(answer, 422)
    assert answer.codes == codes


def test_ten_thousand_filters_are_refused(anna: User, registry: list[Client]) -> None:
    assert_problem(Caller(anna).get("/clients?" + "&".join(f"city={n}" for n in range(10_000))), 400)
    assert Caller(anna).get("/clients?" + "&".join("city=a" for _n in range(51))).codes == {"city": "too_many"}


@pytest.mark.parametrize("sort", ["", "-name", "city", "touch", "next_step", "completeness", "registered"])
def test_pages_follow_each_other_without_gap_or_repeat(anna: User, registry: list[Client], sort: str) -> None:
    caller, seen, cursor = Caller(anna), [], ""
    for _ in range(3):
        body = caller.get(f"/clients?limit=2&sort={sort}" + (f"&cursor={cursor}" if cursor else "")).body
        seen += [item["id"] for item in body["items"]]
        cursor = body["next"]
    assert cursor is None
    assert sorted(seen) == sorted(client.pk for client in registry)


def test_a_cursor_belongs_to_its_order(anna: User, registry: list[Client]) -> None:
    cursor = Caller(anna).get("/clients?limit=2").body["next"]
    assert Caller(anna).get(f"/clients?limit=2&sort=city&cursor={cursor}").codes == {"cursor": "cursor"}


def test_an_item_says_what_the_card_says(anna: User, registry: list[Client]) -> None:
    item = Caller(anna).get("/clients?q=corbiere").body["items"][0]
    card = Caller(anna).get(f"/clients/{item['id']}").body
    assert {key: card[key] for key in item} == item
    assert card.keys() - item.keys() == {"contacts", "missing"}


def test_fifty_rows_cost_the_queries_of_one(
    anna: User, fair: Source, django_assert_max_num_queries: Callable[..., Any], django_assert_num_queries: Callable[..., Any]
) -> None:
    caller = Caller(anna)

    def make(number: int) -> None:
        clients = [Client(full_name=f"C {n}", source=fair, manager=anna, created_by=anna) for n in range(number)]
        Client.objects.bulk_create(clients)

    make(1)
    caller.get("/clients?limit=200")
    with django_assert_max_num_queries(20) as one:
        assert len(caller.get("/clients?limit=200").body["items"]) == 1
    make(49)
    with django_assert_num_queries(len(one)):
        assert len(caller.get("/clients?limit=200").body["items"]) == 50
