"""Which clients the page of profitability shows is chosen on the page itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.periods import company_today
from scoring.choosing import views_for
from tests.clients.registry import register
from tests.sales.ledger import sale
from ui.models import SavedView

PAGE, CHOOSE, CHOSEN = (reverse(f"scoring:{name}") for name in ("profitability", "choose", "chosen"))
CONDITION = reverse("scoring:choose_condition")


@pytest.fixture
def clients(anna: User, clara: User) -> list[Client]:
    made = [register(anna, full_name="Anna's one"), register(clara, full_name="Clara's one", kind="person")]
    for one in made:
        sale(one, 100, company_today())
    rollup.refresh_all()
    return made


@pytest.fixture
def browser(client: Browser, dmitri: User) -> Browser:
    client.force_login(dmitri)
    return client


def read(browser: Browser, address: str, *, status: int = 200, htmx: bool = False) -> str:
    answer = browser.get(address, headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == status
    return answer.content.decode()


def test_the_page_opens_the_dialog_and_the_dialog_offers_conditions(browser: Browser, clients: list[Client]) -> None:
    assert f'hx-get="{CHOOSE}?period=rolling' in read(browser, PAGE)
    dialog = read(browser, f"{CHOOSE}?period=month", htmx=True)
    assert "<html" not in dialog
    for label in ("Manager", "Source", "Industry", "Line of business", "City"):
        assert f">{label}</option>" in dialog
    assert ">Archived</option>" not in dialog
    assert 'name="manager"' in read(browser, f"{CONDITION}?add=manager")
    assert browser.get(f"{CONDITION}?add=archived").status_code == 404
    assert browser.get(f"{CONDITION}?add=nonsense").status_code == 404


def test_the_dialog_stands_alone_without_script(browser: Browser, clients: list[Client]) -> None:
    page = read(browser, f"{CHOOSE}?city=Lyon")
    assert "<html" in page
    assert 'value="Lyon"' in page


def test_what_was_chosen_leads_to_the_page(browser: Browser, clara: User, clients: list[Client]) -> None:
    asked = f"period=month&by=size&add=&view=&city=&manager={clara.pk}"
    month = f"month-{company_today():%Y-%m}"
    answer = browser.get(f"{CHOSEN}?{asked}", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == f"{PAGE}?period={month}&manager={clara.pk}&by=size"
    plain = browser.get(f"{CHOSEN}?{asked}")
    page = read(browser, plain.headers["Location"])
    assert "Clara&#x27;s one" in page
    assert "Anna&#x27;s one" not in page


def test_what_cannot_be_answered_is_said_in_the_dialog_and_kept(browser: Browser, clients: list[Client]) -> None:
    for query, kept in (
        ("source=999999&city=Lyon", "Lyon"),
        ("registered_from=yesterday", "yesterday"),
        ("nonsense=1&city=Brest", "Brest"),
    ):
        dialog = read(browser, f"{CHOSEN}?{query}", status=422, htmx=True)
        assert 'role="alert"' in dialog
        assert kept in dialog


def test_each_chip_takes_its_condition_away(browser: Browser, clara: User, clients: list[Client]) -> None:
    month = f"month-{company_today():%Y-%m}"
    page = read(browser, f"{PAGE}?period={month}&manager={clara.pk}&city=Lyon&by=size")
    assert f'href="{PAGE}?period={month}&amp;by=size&amp;city=Lyon" aria-label="Remove the filter Manager"' in page
    assert f'href="{PAGE}?period={month}&amp;by=size&amp;manager={clara.pk}" aria-label="Remove the filter City"' in page


def test_views_of_the_list_of_clients_are_offered_where_they_choose_clients(
    browser: Browser, dmitri: User, anna: User, clara: User, clients: list[Client]
) -> None:
    def kept(name: str, query: str, owner: User = dmitri, **more: Any) -> SavedView:
        return SavedView.objects.create(page="clients", owner=owner, name=name, query=query, **more)

    mine = kept("Persons", "kind=person&sort=-name&columns=name")
    own = kept("My own", "manager=me")
    shared = kept("Everybody's", f"manager={clara.pk}", owner=anna, shared=True)
    kept("Only sorted", "sort=name")
    assert dmitri.team is None
    kept("My team in Lyon", "team=me&city=Lyon")
    kept("A search", "q=Lachenal&kind=person")
    kept("In the archive", "archived=yes")
    kept("Another's", "kind=person", owner=anna)
    kept("Thrown away", "kind=person", removed_at=timezone.now())
    SavedView.objects.create(page="sales", owner=dmitri, name="Of sales", query="kind=person")

    offered = {view.key: view for view in views_for(dmitri)}
    assert {view.key for view in offered.values() if view.key.isdigit()} == {str(one.pk) for one in (mine, own, shared)}
    assert offered[str(own.pk)].audience.said == {"manager": [str(dmitri.pk)]}
    dialog = read(browser, f"{CHOOSE}?view={mine.pk}&city=Lyon", htmx=True)
    assert 'data-condition="kind"' in dialog
    assert 'data-condition="city"' not in dialog
    assert "Another's" not in dialog


def test_archived_clients_earned_what_they_did(browser: Browser, clara: User, clients: list[Client]) -> None:
    Client.objects.filter(pk=clients[1].pk).update(archived_at=timezone.now(), archived_reason="Closed")
    assert "Clara&#x27;s one" in read(browser, f"{PAGE}?manager={clara.pk}")


@pytest.mark.parametrize("who", ["anna", "clara", "eve"])
def test_choosing_is_for_whoever_sees_profit(who: str, client: Browser, request: Any, company: Any) -> None:
    client.force_login(request.getfixturevalue(who))
    for address in (CHOOSE, CHOSEN, f"{CONDITION}?add=manager"):
        assert client.get(address).status_code == 403


def test_the_dialog_asks_few_queries(browser: Browser, clara: User, clients: list[Client], django_assert_max_num_queries: Any) -> None:
    read(browser, CHOOSE)
    with django_assert_max_num_queries(20):
        read(browser, f"{CHOOSE}?manager={clara.pk}", htmx=True)
