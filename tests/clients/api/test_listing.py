"""The list of clients through the API: the page's filters, sorts and search, and no query gets by that is not understood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients.models import Client, ClientStanding, Criterion, CustomField, DuplicatePair, Industry, LineOfBusiness, Source, Waiver
from clients.views.list import CLIENTS
from tests.api import Answer, Caller, assert_problem
from ui.lists import ListState


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


EACH_FILTER: dict[str, list[str]] = {
    # filter of the page -> what leaves Hit alone; "{…}" are ids
    "manager": ["manager=me", "manager=anna", "manager=Anna%20Petrova", "manager={manager}"],
    "team": ["team=me", "team={team}"],
    "lifecycle": ["lifecycle=current", "lifecycle=current&lifecycle=former"],
    "kind": ["kind=person"],
    "role": ["role=supplier"],
    "next_step": ["next_step=late"],
    "touch": ["touch=over&touch_days=90"],
    "city": ["city=lyo", "city=LYO"],
    "industry": ["industry={industry}", "industry=Baking"],
    "source": ["source={source}", "source=Trade%20fair"],
    "targeted": ["targeted=yes"],
    "line_of_business": ["line_of_business={line}", "line_of_business=Flour"],
    "in_target": ["in_target=yes"],
    "completeness_below": ["completeness_below=60"],
    "falls_short": ["falls_short=yes"],
    "short_of": ["short_of={criterion}"],
    "mend_by": ["mend_by=late", "mend_by=late&mend_by=week"],
    "lacks_recommended": ["lacks_recommended=yes"],
    "stale": ["stale=yes"],
    "waivers": ["waivers=running", "waivers=over", "waivers=over&waivers=running&manager=me"],
    "duplicates": ["duplicates=yes"],
    "quiet": ["quiet=yes"],
    "entered_late": ["entered_late=yes"],
    "registered": ["registered_from=2020-01-01&registered_until=2020-12-31", "registered_until=2021-01-01"],
    "archived": ["archived=no&manager=me"],
    "custom_text": ["custom_text=sap"],
    "custom_number": ["custom_number_min=10", "custom_number_min=10&custom_number_max=12.5"],
    "custom_date": ["custom_date_from=2026-01-01", "custom_date_from=2026-01-01&custom_date_until=2026-12-31"],
    "custom_boolean": ["custom_boolean=yes"],
    "custom_choice": ["custom_choice=Partner", "custom_choice=Partner&custom_choice=Gone"],
}

BY_NAME = {"manager=anna", "manager=Anna%20Petrova", "industry=Baking", "source=Trade%20fair", "line_of_business=Flour"}
"""The page asks by id alone."""


@pytest.fixture
def ids(anna: User, clara: User, fair: Source, baking: Industry) -> dict[str, int]:
    """A client that each filter of EACH_FILTER finds, and one that none does."""
    for kind in CustomField.Kind.values:
        CustomField.objects.create(key=kind, label=kind, kind=kind, choices=["Partner", "Gone"] if kind == "choice" else [])
    line = LineOfBusiness.objects.create(name="Flour")
    criterion = Criterion.objects.create(fact="address", level="required", state="published", valid_from="2020-01-01", grace_days=0)
    hit = Client.objects.create(
        full_name="Hit", kind="person", manager=anna, lifecycle="current", is_supplier=True, city="Lyon", source=fair, industry=baking,
        line_of_business=line, in_target=True, next_step="Call", next_step_at="2020-02-01T10:00Z", last_touch_at="2020-01-01T10:00Z",
        custom={"text": "SAP 4", "number": 12.5, "date": "2026-05-01", "boolean": True, "choice": "Partner"},
    )  # fmt: skip
    miss = Client.objects.create(
        full_name="Miss", manager=clara, is_customer=True, city="Leeds", in_target=False, last_touch_at=timezone.now(),
        custom={"text": "Odoo", "number": 9, "date": "2025-05-01", "boolean": False, "choice": "Other"},
    )  # fmt: skip
    Client.objects.filter(pk=hit.pk).update(created_at="2020-06-01T10:00Z")
    ClientStanding.objects.filter(client=hit).update(
        completeness=40, required_missing=1, recommended_missing=1, stale=1, mend_by="2020-07-01", short_of=[criterion.pk], entered_late=30
    )
    ClientStanding.objects.filter(client=miss).update(completeness=100, required_missing=0)
    for fact, until in (("address", "2020-07-01"), ("city", "2120-07-01")):
        Waiver.objects.create(client=hit, fact=fact, reason="closed", until=until)
    third = Client.objects.create(full_name="Third", manager=clara, archived_at=timezone.now())
    DuplicatePair.objects.create(first=hit, second=third, score=90)
    team = anna.team_id
    assert team is not None
    return {
        "manager": anna.pk, "team": team, "industry": baking.pk, "source": fair.pk, "line": line.pk, "criterion": criterion.pk,
    }  # fmt: skip


@pytest.mark.parametrize("name", EACH_FILTER)
def test_each_filter_of_the_page_leaves_the_same_clients(client: Browser, anna: User, ids: dict[str, int], name: str) -> None:
    caller = Caller(anna)
    client.force_login(anna)
    for template in EACH_FILTER[name]:
        query = template.format(**ids)
        assert names(caller.get(f"/clients?{query}")) == ["Hit"], query
        if template not in BY_NAME:
            page = client.get(f"/clients/?{query}").context["list"]
            assert ([one.full_name for one in page.records], page.notices) == (["Hit"], [])


def test_no_filter_of_the_page_is_left_out(anna: User, ids: dict[str, int]) -> None:
    listed = ListState(CLIENTS, anna, QueryDict()).filters
    assert EACH_FILTER.keys() == listed.params.keys()
    schema = Caller().get("/openapi.json").body["paths"]["/api/v1/clients"]["get"]["parameters"]
    told = (Path(settings.BASE_DIR) / "docs/api.md").read_text()
    for name, keys in listed.params.items():
        if not name.startswith("custom_"):
            assert set(keys) <= {parameter["name"] for parameter in schema}
            assert all(f"`{key}`" in told for key in keys), f"docs/api.md does not tell of {keys}"


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
    assert card.keys() - item.keys() == {"contacts", "missing", "confirmed"}


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
