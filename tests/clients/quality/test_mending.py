"""Mend these: the own clients, the most urgent first, each fact one click away."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.criteria import passes
from clients.models import Client
from clients.quality import mending
from clients.quality.mending import MendList, count_urgent, urgent
from tests.clients.browsing import HTMX, as_user, text_of
from tests.clients.quality.conftest import NOON, TODAY

pytestmark = pytest.mark.django_db

WHOLE: dict[str, Any] = {
    "city": "Lyon",
    "tax_number": "FR1",
    "website": "https://x.example",
    "address": "Rue 1",
    "fact_dates": {"address": ["2026-10-01T00:00:00+00:00", None]},
}


def make(manager: User, name: str, *, registered: date = date(2026, 1, 1), **values: Any) -> Client:
    client = Client.objects.create(**{"full_name": name, "manager": manager, **WHOLE, **values})
    Client.objects.filter(pk=client.pk).update(created_at=NOON.replace(year=registered.year, month=registered.month, day=registered.day))
    return client


@pytest.fixture
def mine(clock: Any, criteria: None, anna: User, boris: User) -> dict[str, Client]:
    """Anna's: one past the deadline, one with days left, one out of date, one without its web site, one whole; and one of Boris."""
    made = {
        "recommended": make(anna, "A recommended", website=""),
        "old": make(anna, "B old", fact_dates={"address": ["2024-01-01T00:00:00+00:00", None]}),
        "soon": make(anna, "C soon", tax_number=""),
        "late": make(anna, "D late", city="", website=""),
        "whole": make(anna, "E whole"),
        "his": make(boris, "F his", city=""),
        "archived": make(anna, "G archived", city="", archived_at=NOON),
    }
    passes.settle_standing()
    return made


def test_the_most_urgent_stand_first_with_what_they_lack(mine: dict[str, Client], anna: User) -> None:
    found = [(item.client.full_name, [str(gap.shortfall.label) for gap in item.gaps]) for item in MendList(anna).items]
    assert found == [
        ("D late", ["City", "Web site"]),
        ("C soon", ["Tax number"]),
        ("B old", ["Address"]),
        ("A recommended", ["Web site"]),
    ]


def test_the_page_says_by_when_and_leads_to_the_field(mine: dict[str, Client], anna: User) -> None:
    page = as_user(anna).get("/quality/mend/")
    said = text_of(page)
    assert "15 days past the deadline" in said
    assert "by 31 Dec" in said
    assert f'href="/clients/{mine["late"].pk}/?mend=city"' in page.content.decode()
    card = as_user(anna).get(f"/clients/{mine['late'].pk}/?mend=city").content.decode()
    assert card.count('hx-trigger="click, load"') == 1
    assert 'href="/quality/mend/"' in card


def test_facts_out_of_date_are_confirmed_in_place(mine: dict[str, Client], anna: User) -> None:
    answer = as_user(anna).post(f"/quality/mend/{mine['old'].pk}/confirm/", {"fact": "address"}, headers=HTMX)
    assert "Nothing is left to mend here." in text_of(answer)
    assert "Confirmed" in answer["HX-Trigger"]
    client = Client.objects.get(pk=mine["old"].pk)
    assert (client.fact_dates["address"][1], client.standing.stale) == (anna.pk, 0)


def test_only_the_own_clients_can_be_confirmed(mine: dict[str, Client], anna: User) -> None:
    assert as_user(anna).post(f"/quality/mend/{mine['his'].pk}/confirm/", {"fact": "address"}).status_code == 403
    assert Client.objects.get(pk=mine["his"].pk).fact_dates["address"][1] is None


def test_the_navigation_counts_what_is_urgent(mine: dict[str, Client], anna: User) -> None:
    assert set(urgent(anna)) == {mine["late"], mine["soon"], mine["old"]}
    assert count_urgent(anna) == 3
    assert "Mend these 3" in text_of(as_user(anna).get("/quality/"))
    as_user(anna).post(f"/quality/mend/{mine['old'].pk}/confirm/", {"fact": "address"}, headers=HTMX)
    assert count_urgent(anna) == 2


def test_who_has_mended_all_is_told_so(clock: Any, criteria: None, clara: User) -> None:
    assert "Your clients hold all that is asked" in text_of(as_user(clara).get("/quality/mend/"))


def test_pages_follow_each_other_without_loss(mine: dict[str, Client], anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "SIZE", 1)
    names, address = [], "/quality/mend/"
    while address:
        page = as_user(anna).get(address)
        names += [item.client.full_name for item in page.context["items"]]
        after = page.context["keys"].after
        address = f"/quality/mend/?after={after}" if after else ""
    assert names == ["D late", "C soon", "B old", "A recommended"]
    before = page.context["keys"].before
    assert [item.client.full_name for item in as_user(anna).get(f"/quality/mend/?before={before}").context["items"]] == ["B old"]
    assert as_user(anna).get("/quality/mend/?after=nonsense").status_code == 302


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_clients(clock: Any, criteria: None, anna: User, count: int) -> None:
    for number in range(count):
        make(anna, f"Client {number}", city="", fact_dates={"address": ["2024-01-01T00:00:00+00:00", None]})
    passes.settle_standing()
    browser = as_user(anna)
    browser.get("/quality/mend/")
    with CaptureQueriesContext(connection) as asked:
        page = browser.get("/quality/mend/")
    assert len(page.context["items"]) == count
    assert len(asked) <= 13


def test_what_is_late_and_what_is_soon(mine: dict[str, Client], anna: User) -> None:
    items = {item.client.full_name: item for item in MendList(anna).items}
    assert (items["D late"].is_late, items["D late"].days_late) == (True, 15)
    soon = items["C soon"]
    assert (soon.is_late, soon.is_soon) == (False, False)
    soon.today = TODAY + timedelta(days=30)
    assert soon.is_soon
