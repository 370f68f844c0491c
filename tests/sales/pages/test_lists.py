"""The lists of the ledger: who sees which rows and columns, what they ask of the database, what a strange address does to them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients.models import LineOfBusiness
from sales.models import CostCategory, LedgerSettings
from sales.periods import company_today
from sales.tables import ComplaintTable, CostTable, DocumentTable
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, purchase, sale

pytestmark = pytest.mark.django_db

LISTS = ("/sales/", "/sales/open/", "/costs/", "/complaints/")


def shown(answer: Any) -> list[Any]:
    return [record.pk for record in answer.context["list"].records]


def enter(anna: User, number: int) -> None:
    """One of everything, each of a client and a line of business of its own."""
    line = LineOfBusiness.objects.create(name=f"Line {number}")
    client = register(anna, full_name=f"Client {number}", line_of_business=line.pk)
    one = sale(
        client, 100 + number, direct_cost=60, due_on=date(2026, 4, 1), line_of_business=line, number=f"2026-{number}", created_by=anna
    )
    cost(client, 10 + number, document=one, category=list(CostCategory.objects.values_list("key", flat=True))[number])
    complaint(client, 5, document=one)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("who", ["anna", "dmitri"])
@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: Browser, anna: User, dmitri: User, address: str, who: str, count: int
) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    for number in range(count):
        enter(anna, number)
    client.force_login({"anna": anna, "dmitri": dmitri}[who])
    client.get("/ledger-settings/")  # the navigation's figures are counted once a minute
    tables = {"/costs/": CostTable, "/complaints/": ComplaintTable}
    columns = [*tables.get(address, DocumentTable).base_columns, "direct_cost", "margin", "cost"]
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address, {"columns": ",".join(columns)})
    assert len(answer.context["list"].records) == count
    assert len(asked) <= 20, [one["sql"][:150] for one in asked]


def test_everybody_with_a_role_sees_all_sales(client: Browser, anna: User, clara: User) -> None:
    one = sale(register(anna))
    client.force_login(clara)
    assert shown(client.get("/sales/")) == [one.pk]


@pytest.mark.parametrize("address", LISTS)
def test_an_account_without_a_role_is_refused(client: Browser, eve: User, address: str) -> None:
    client.force_login(eve)
    assert client.get(address).status_code == 403


def test_a_manager_finds_no_column_of_cost_or_margin_by_any_way(client: Browser, anna: User) -> None:
    sale(register(anna), 100, direct_cost="73.19")
    client.force_login(anna)
    answer = client.get("/sales/?columns=number,direct_cost,margin&sort=-margin&margin_min=1")
    assert not {"direct_cost", "margin"} & set(answer.context["list"].offered)
    assert "73.19" not in answer.content.decode()
    file = client.post("/sales/list/export/", {"all": "1", "state": "columns=margin", "go": "1", "file_format": "csv", "which": "all"})
    assert file.status_code in (200, 403)
    if file.status_code == 200:
        text = b"".join(file).decode()
        assert "Margin" not in text
        assert "73.19" not in text


def test_where_the_company_says_so_a_manager_sees_the_margin_of_own_clients_only(client: Browser, anna: User, clara: User) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    own, other = sale(register(anna), 100, direct_cost=61), sale(register(clara), 100, direct_cost=72)
    client.force_login(anna)
    answer = client.get("/sales/?columns=number,direct_cost,margin")
    cells = {record.pk: record.shows_profit for record in answer.context["list"].records}
    assert cells == {own.pk: True, other.pk: False}
    assert "€61.00" in answer.content.decode()
    rows = answer.content.decode().split("<tbody", 1)[1].split("</tbody", 1)[0]
    assert "€72" not in rows  # a bare 72 may be in a number
    assert "€28" not in rows


def test_management_exports_cost_and_margin(client: Browser, anna: User, dmitri: User) -> None:
    sale(register(anna), 100, direct_cost=61, number="A-1")
    client.force_login(dmitri)
    choice = {"all": "1", "state": "columns=number,direct_cost,margin", "go": "1", "file_format": "csv", "which": "shown"}
    text = b"".join(client.post("/sales/list/export/", choice)).decode()
    assert text.splitlines()[1] == "A-1,sale,61.00,39.00"


def test_costs_are_not_for_managers_unless_the_company_says_so(client: Browser, anna: User, clara: User) -> None:
    own, _other = cost(register(anna)), cost(register(clara))
    client.force_login(anna)
    assert client.get("/costs/").status_code == 403
    LedgerSettings.objects.create(managers_see_profit=True)
    assert shown(client.get("/costs/")) == [own.pk]


def test_sales_stand_alone_until_purchases_are_asked_for(client: Browser, anna: User) -> None:
    sold, bought = sale(register(anna)), purchase(register(anna))
    client.force_login(anna)
    assert shown(client.get("/sales/")) == [sold.pk]
    assert shown(client.get("/sales/?kind=purchase")) == [bought.pk]
    assert set(shown(client.get("/sales/?kind=purchase&kind=sale"))) == {sold.pk, bought.pk}


def test_filters(client: Browser, anna: User, clara: User) -> None:
    today = company_today()
    line = LineOfBusiness.objects.create(name="Tools")
    hers = register(clara)
    late = sale(hers, 100, today - timedelta(days=50), due_on=today - timedelta(days=40), line_of_business=line)
    soon = sale(register(anna), 200, today, due_on=today + timedelta(days=3))
    back = sale(register(anna), -20, today)
    nobodys = sale(None, 700, today)
    client.force_login(anna)
    asked = {
        f"client={hers.pk}": {late},
        "open=open": {late, soon},
        "open=overdue": {late},
        "open=overdue-30": {late},
        "open=overdue-90": set(),
        "open=due-soon": {soon},
        "returns=yes": {back},
        "with_client=no": {nobodys},
        "manager=me": {soon, back},
        f"team={clara.team_id}": {late},
        "team=me": {soon, back},
        f"line_of_business={line.pk}": {late},
        "line_of_business=none": {soon, back, nobodys},
        "amount_min=150&amount_max=300": {soon},
        f"day_from={today}&day_until={today}": {soon, back, nobodys},
        "period=month&returns=no&with_client=yes&manager=me": {soon},
    }
    for address, expected in asked.items():
        answer = client.get(f"/sales/?{address}")
        assert set(shown(answer)) == {one.pk for one in expected}, address
        assert not answer.context["list"].notices, address


@pytest.mark.parametrize(
    "address",
    [
        "client=0",
        "client=99999999999999999999",
        "client=x",
        "period=never",
        "open=%00",
        "amount_min=1e999",
        "day_from=9999-12-31",
        "manager=x",
    ],
)
def test_a_filter_that_means_nothing_is_left_out_and_said(client: Browser, anna: User, address: str) -> None:
    one = sale(register(anna))
    client.force_login(anna)
    answer = client.get(f"/sales/?{address}")
    assert answer.status_code == 200
    assert shown(answer) == [one.pk]
    assert answer.context["list"].notices


def test_the_filter_names_the_client_that_it_keeps_to(client: Browser, anna: User) -> None:
    one = register(anna)
    client.force_login(anna)
    drawn = client.get(f"/sales/list/filter/client/?client={one.pk}").content.decode()
    assert f'<option value="{one.pk}" selected>{one}</option>' in drawn


def test_a_sale_is_found_by_number_and_by_client(client: Browser, anna: User) -> None:
    numbered, other = (
        sale(register(anna, full_name="Kwiatkowski"), number="RE-2026-17"),
        sale(register(anna, full_name="Бобр"), number="X1"),
    )
    client.force_login(anna)
    assert shown(client.get("/sales/?q=re-2026")) == [numbered.pk]
    assert shown(client.get("/sales/?q=kwiatkow")) == [numbered.pk]
    assert shown(client.get("/sales/?q=bobr")) == [other.pk]


def test_what_is_owed_stands_oldest_first_until_it_is_paid(client: Browser, anna: User) -> None:
    owed = [sale(register(anna), 10, due_on=date(2026, 3, 30 - number)) for number in range(3)]
    sale(register(anna), 10)
    client.force_login(anna)
    assert shown(client.get("/sales/open/")) == [one.pk for one in reversed(owed)]
    owed[2].payments.create(amount=10, day=date(2026, 4, 2))
    assert shown(client.get("/sales/open/")) == [owed[1].pk, owed[0].pk]


def test_complaints_show_what_they_cost_to_whoever_sees_profit(client: Browser, anna: User, dmitri: User) -> None:
    complaint(register(anna), 431)
    for user, seen in ((anna, False), (dmitri, True)):
        client.force_login(user)
        assert ("431" in client.get("/complaints/?columns=client,cost").content.decode()) is seen


def test_nobody_comes_in_without_signing_in(client: Browser, company: Any) -> None:
    assert {client.get(address).status_code for address in LISTS} == {302}
