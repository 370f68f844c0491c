"""The money on a client's card: right at once, open to its documents, and its profit for whoever may see that."""

from datetime import timedelta
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from django.test import Client as Browser

from accounts.models import User
from clients.models import Client
from sales import rollup
from sales.card_money import ClientMoney
from sales.models import LedgerSettings
from sales.periods import company_today
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, sale

pytestmark = pytest.mark.django_db


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna)


def test_it_sums_up_what_the_documents_say_before_and_after_the_roll_up(dmitri: User, lefevre: Client) -> None:
    today = company_today()
    sale(lefevre, 100, today, direct_cost=60, due_on=today - timedelta(days=3))
    sale(lefevre, 300, today - relativedelta(months=14))
    sale(lefevre, -20, today)
    cost(lefevre, 15, today)
    complaint(lefevre, 5, today)
    told = []
    for _twice in range(2):
        money = ClientMoney(lefevre, dmitri)
        now = money.standing
        told.append((money.year, money.change, now.owes, now.late, now.complaints_open, now.last_order_on))
        rollup.refresh_all()
    assert told[0] == told[1]
    year = told[0][0]
    figures: list[Decimal | int] = [year.revenue, year.margin, year.after_own_costs, year.orders, year.returns, year.complaints]
    assert [float(figure) for figure in figures] == [80, 20, 0, 1, 1, 1]
    assert told[0][1:] == (Decimal(-220) / 3, Decimal(100), Decimal(100), 1, today)


def test_a_sale_stands_there_as_soon_as_it_is_entered(dmitri: User, lefevre: Client) -> None:
    sale(lefevre, 100, company_today())
    rollup.refresh_all()
    assert ClientMoney(lefevre, dmitri).year.revenue == 100
    second = sale(lefevre, 11, company_today())
    assert ClientMoney(lefevre, dmitri).year.revenue == 111
    second.delete()
    assert ClientMoney(lefevre, dmitri).year.revenue == 100


def test_how_it_pays_is_weighed_by_amount(dmitri: User, lefevre: Client) -> None:
    today = company_today()
    for amount, late in ((900, 10), (100, -10)):
        sale(lefevre, amount, today - timedelta(days=20), due_on=today - timedelta(days=15)).payments.create(
            amount=amount, day=today - timedelta(days=15 - late)
        )
    assert ClientMoney(lefevre, dmitri).year.days_late == 8


def test_its_figures_open_the_documents_behind_them(client: Browser, anna: User, lefevre: Client) -> None:
    one = sale(lefevre, 100, company_today(), due_on=company_today() - timedelta(days=3))
    client.force_login(anna)
    page = client.get(f"/clients/{lefevre.pk}/").content.decode()
    panel = page.split('id="money"', 1)[1].split("</section>", 1)[0]
    for address in (f"/sales/open/?client={lefevre.pk}&kind=sale", f"/sales/open/?client={lefevre.pk}&kind=sale&open=overdue"):
        assert address.replace("&", "&amp;") in panel
        assert [row.pk for row in client.get(address).context["list"].records] == [one.pk]
    year = panel.split('href="/sales/?', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert [row.pk for row in client.get(f"/sales/?{year}").context["list"].records] == [one.pk]


def test_margin_and_costs_are_for_whoever_sees_profit(client: Browser, anna: User, clara: User, dmitri: User, lefevre: Client) -> None:
    sale(lefevre, 1000, company_today(), direct_cost=617)
    cost(lefevre, 29, company_today())

    def told(user: User) -> bool:
        client.force_login(user)
        panel = client.get(f"/clients/{lefevre.pk}/").content.decode().split('id="money"', 1)[1].split("</section>", 1)[0]
        return "€383" in panel and "€29" in panel

    assert [told(user) for user in (anna, clara, dmitri)] == [False, False, True]
    LedgerSettings.objects.create(managers_see_profit=True)
    assert [told(user) for user in (anna, clara, dmitri)] == [True, False, True]


def test_a_month_with_nothing_but_a_cost_leaves_no_trace_for_whoever_sees_no_profit(
    client: Browser, anna: User, dmitri: User, lefevre: Client
) -> None:
    today = company_today()
    cost(lefevre, 29, today)
    for _twice in range(2):  # from the documents, then from the roll-up
        assert ClientMoney(lefevre, anna).is_empty
        assert not ClientMoney(lefevre, dmitri).is_empty
        rollup.refresh_all()
    sale(lefevre, 100, today - relativedelta(months=3))
    for _twice in range(2):
        assert [one.figures.revenue for one in ClientMoney(lefevre, anna).earlier] == [100]
        assert [one.figures.own_cost for one in ClientMoney(lefevre, dmitri).earlier] == [29, 0]
        rollup.refresh_all()
    client.force_login(anna)
    table = client.get(f"/clients/{lefevre.pk}/").content.decode().split('id="money"', 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    assert table.count("<tr>") == 1


def test_a_month_of_which_all_was_removed_is_no_row(dmitri: User, lefevre: Client) -> None:
    sale(lefevre, 100, company_today()).delete()
    assert ClientMoney(lefevre, dmitri).earlier == []
    assert ClientMoney(lefevre, dmitri).is_empty


def test_a_month_below_zero_hangs_from_the_axis(dmitri: User, lefevre: Client) -> None:
    sale(lefevre, 300, company_today() - relativedelta(months=1))
    sale(lefevre, -100, company_today())
    money = ClientMoney(lefevre, dmitri)
    assert money.axis == 57
    assert [(one.y, one.height) for one in money.months[-2:]] == [(0, 57), (57, 19)]


def test_a_client_that_never_bought_says_so_and_leads_on(client: Browser, anna: User, clara: User, lefevre: Client) -> None:
    for user, leads in ((anna, True), (clara, False)):
        client.force_login(user)
        page = client.get(f"/clients/{lefevre.pk}/").content.decode()
        assert "Nothing has been sold to this client yet." in page
        assert (f"/sales/new/?client={lefevre.pk}" in page) is leads
