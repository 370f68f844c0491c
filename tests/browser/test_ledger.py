"""Walks through the pages of the ledger: entering a sale from the card, paying it, taking part of it back; costs, complaints, pools."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clients.models import Client
from sales.models import Complaint, CostPool, Document
from sales.periods import company_today, first_of_month
from tests.browser.conftest import Look, Watch, every_look
from tests.clients.registry import register
from tests.sales.ledger import complaint, cost, pool, sale

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[User], User]
LONG = "Société Coopérative d’Approvisionnement et de Transformation des Céréales du Haut-Doubs"


@pytest.fixture
def lefevre(anna: User) -> Client:
    return register(anna, full_name="Ateliers Lefèvre")


@pytest.fixture
def ugly(anna: User, lefevre: Client) -> Document:
    """Long names, scripts, big and small sums, late and settled, in one ledger."""
    today = company_today()
    other = register(anna, full_name=LONG)
    one = sale(lefevre, "1234567.89", today - timedelta(days=60), due_on=today - timedelta(days=40), number="RE-2026/0000017-Б", note=LONG)
    for number, product in enumerate([LONG * 2, "<script>alert(1)</script>", "Винты М8"], 1):
        one.lines.create(position=number, product=product, quantity="12.5", amount="411522.63", discount="0.01", direct_cost="300000")
    one.payments.create(amount="234567.89", day=today - timedelta(days=10), number="Überweisung 17")
    sale(lefevre, "-10000.00", today, reverses=one, number="RE-C")
    sale(other, "0.05", today, currency="USD", rate="0.91")
    sale(None, 700, today)
    cost(lefevre, "410.55", document=one, note=LONG)
    complaint(lefevre, 431, document=one, what=f"{LONG}: третий раз за квартал. " * 3, severity=3)
    complaint(other, 0, resolved_on=today)
    pool("9800.00", "by_hand", first_of_month(today), LONG)
    return one


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_sale_is_entered_by_keyboard_and_stands_on_the_card_at_once(page: Page, signed_in: SignIn, anna: User, lefevre: Client) -> None:
    signed_in(anna)
    page.goto(f"/clients/{lefevre.pk}/")
    page.locator("#money").get_by_role("link", name="Sale").click()
    expect(page.get_by_role("heading", name="Enter a sale")).to_be_visible()
    page.locator("#doc_number").fill("RE-1")
    page.locator("[data-row]").first.get_by_label("Product").fill("Boxes")
    page.locator("[data-row]").first.get_by_label("Amount").fill("1,200.50")
    page.keyboard.press("Enter")
    page.locator("[data-row]").nth(1).get_by_label("Product").fill("Film")
    page.locator("[data-row]").nth(1).get_by_label("Amount").fill("99.50")
    expect(page.locator("output[data-total]")).to_have_text("€1,300.00")
    expect(page.locator("[data-whole]")).to_be_hidden()
    page.wait_for_timeout(500)  # the draft is kept after a pause
    page.reload()
    expect(page.locator("[data-row]").nth(1).get_by_label("Amount")).to_have_value("99.50")
    page.locator("#doc_number").press("Control+Enter")
    expect(page.get_by_role("heading", name="Sale RE-1")).to_be_visible()
    page.goto(f"/clients/{lefevre.pk}/")
    expect(page.locator("#money")).to_contain_text("€1,300")


def test_it_is_paid_and_taken_back_in_dialogs(page: Page, signed_in: SignIn, anna: User, lefevre: Client, watch: Watch) -> None:
    watch.allow("422")
    one = sale(lefevre, 100, company_today(), due_on=company_today(), number="RE-1")
    signed_in(anna)
    page.goto(f"/sales/{one.pk}/")
    page.get_by_role("link", name="Payment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(re.compile("Amount")).fill("nothing")
    dialog.get_by_role("button", name="Record payment").click()
    expect(dialog.get_by_text("Write an amount like").first).to_be_visible()
    dialog.get_by_label(re.compile("Amount")).fill("60")
    dialog.get_by_role("button", name="Record payment").click()
    expect(page.locator("#document")).to_contain_text("€40.00")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#document")).to_contain_text("Nothing has been paid yet.")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Credit note…").click()
    dialog.get_by_label(re.compile("Amount")).fill("25")
    dialog.get_by_role("button", name="Enter credit note").click()
    expect(page.locator("#document")).to_contain_text("−€25.00")


def test_what_can_be_done_follows_what_was_done_in_a_dialog(page: Page, signed_in: SignIn, dmitri: User, lefevre: Client) -> None:
    one, whole = complaint(lefevre), sale(lefevre, 100)
    signed_in(dmitri)
    page.goto(f"/complaints/{one.pk}/")
    page.get_by_role("link", name="Resolve").click()
    page.get_by_role("dialog").get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    expect(page.get_by_role("link", name="Resolve")).to_have_count(0)
    page.get_by_role("button", name="Remove", exact=True).click()  # the version that it sends is the newest
    expect(page.get_by_text("removed").first).to_be_visible()
    assert not Complaint.objects.exists()
    page.goto(f"/sales/{whole.pk}/")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Credit note…").click()
    page.get_by_role("dialog").get_by_role("button", name="Enter credit note").click()
    expect(page.locator("#document")).to_contain_text("−€100.00")
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Credit note…")).to_have_count(0)


def test_the_sales_that_are_offered_are_those_of_the_client_that_was_chosen(
    page: Page, signed_in: SignIn, dmitri: User, anna: User, lefevre: Client
) -> None:
    sale(lefevre, 100, number="RE-1")
    sale(register(anna, full_name="Rassvet"), 100, number="RE-2")
    signed_in(dmitri)
    for address, form in ((f"/complaints/new/?client={lefevre.pk}", "complaint"), ("/costs/", "cost")):
        page.goto(address)
        if form == "cost":
            page.get_by_role("link", name="Enter a cost").first.click()
        offered = page.locator(f"#{form}_document option")
        expect(offered).to_have_count(2 if form == "complaint" else 1)
        page.locator(f"#{form}_client-ts-control").fill("Rassvet")
        page.get_by_role("option", name="Rassvet").click()
        expect(offered).to_have_count(2)
        expect(offered.last).to_contain_text("RE-2")


def test_a_pool_is_spread_by_hand(page: Page, signed_in: SignIn, dmitri: User, lefevre: Client) -> None:
    signed_in(dmitri)
    page.goto("/cost-pools/")
    page.get_by_role("link", name="Add a pool").first.click()
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label(re.compile("Amount")).fill("900")
    expect(page.get_by_role("heading", name="Weights by hand")).to_be_hidden()
    page.get_by_label("Spread by").select_option("by_hand")
    row = page.locator("[data-row]").first
    row.get_by_role("combobox").fill("Lefèvre")
    page.get_by_role("option", name=re.compile("Lefèvre")).click()
    row.get_by_label("Weight").fill("2")
    page.get_by_role("button", name="Save pool").click()
    expect(page.get_by_role("rowheader", name="Warehouse")).to_be_visible()
    assert CostPool.objects.get().weights.get().client == lefevre


@every_look
def test_every_page_can_be_seen(
    page: Page,
    signed_in: SignIn,
    dmitri: User,
    ugly: Document,
    lefevre: Client,
    axe: Callable[[], None],
    shot: Callable[..., None],
    look: Look,
) -> None:
    signed_in(dmitri)
    grievance = lefevre.complaints.get()
    for name, address in {
        "sales": "/sales/?columns=number,client,day,amount,open,margin",
        "open": "/sales/open/",
        "document": f"/sales/{ugly.pk}/",
        "document-form": f"/sales/{ugly.pk}/edit/",
        "sale-new": "/sales/new/",
        "costs": "/costs/",
        "complaints": "/complaints/",
        "complaint": f"/complaints/{grievance.pk}/",
        "complaint-form": "/complaints/new/",
        "pools": "/cost-pools/",
        "pool": f"/cost-pools/{CostPool.objects.get().pk}/",
        "ledger-settings": "/ledger-settings/",
        "card-money": f"/clients/{lefevre.pk}/",
    }.items():
        page.goto(address)
        shot(f"ledger-{name}", full_page=True)
        assert fits(page), name
        axe()
