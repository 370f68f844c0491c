"""The way of one demon, from the file with its sales to the money that turning it round brought."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from clients.criteria.days import add_months
from clients.models import Client
from sales import tasks as ledger
from sales.periods import company_today, first_of_month
from scoring import tasks as analysis
from scoring.models import TurnaroundCase
from tests.browser.conftest import DESK, PHONE
from tests.clients.imports.files import csv_file
from tests.clients.registry import register
from tests.sales.ledger import cost, sale

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("import_worker")]
SignIn = Callable[[User], User]
DEMON = "Société Coopérative des Céréales du Haut-Doubs"


@pytest.fixture
def last_month() -> date:
    return add_months(first_of_month(company_today()), -1)


@pytest.fixture
def registry(anna: User, last_month: date) -> list[Client]:
    """Anna's clients: to the last of them everything is driven out one by one."""
    clients = [register(anna, full_name=name) for name in (*(f"Atelier {letter}" for letter in "ABCDEF"), DEMON)]
    for number, client in enumerate(clients[:-1]):
        cost(client, 40 + number, last_month)
    cost(clients[-1], 300, last_month)
    return clients


@dataclass(frozen=True)
class Walk:
    """A walk through pages: each is looked at where it has come to rest."""

    page: Page
    axe: Callable[[], None]
    shot: Callable[..., None]

    def seen(self, name: str) -> None:
        self.axe()
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        self.shot(f"turnaround-{name}", full_page=True)

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name)

    def figure(self, name: str) -> Locator:
        return self.page.locator(".stat", has=self.page.get_by_text(name, exact=True)).locator(".v")


@pytest.fixture
def walk(page: Page, axe: Callable[[], None], shot: Callable[..., None]) -> Walk:
    return Walk(page, axe, shot)


@pytest.mark.parametrize("look", [DESK, PHONE], indirect=True, ids=str)
def test_a_demon_is_found_turned_round_and_counted(
    walk: Walk, signed_in: SignIn, dmitri: User, anna: User, registry: list[Client], last_month: date, tmp_path: Path
) -> None:
    demon, page = registry[-1], walk.page
    signed_in(dmitri)
    bring_in(walk, sales_of(registry, last_month, tmp_path))
    ledger.refresh()
    case = open_from_the_curve(walk)
    deadline = decide(walk)
    case.refresh_from_db()
    assert (case.state, case.owner, case.deadline, case.expected_gain) == ("agreed", anna, deadline, 2400)

    signed_in(anna)
    page.goto("/today/")
    expect(page.locator("#queue")).to_contain_text(f"Turnaround case {case.pk}: its deadline")
    walk.seen("today")

    signed_in(dmitri)
    act(walk, case)
    with time_machine.travel(datetime.combine(case.measure_on or last_month, time(9), tzinfo=UTC)):
        months_go_by(demon, company_today())
        signed_in(anna)
        page.goto("/today/")
        expect(page.locator("#queue")).to_contain_text(f"Turnaround case {case.pk} was measured again: turned round")
        signed_in(dmitri)
        see_what_came_of_it(walk, case)


def sales_of(clients: list[Client], month: date, folder: Path) -> Path:
    """Write the file of a month in which everybody bought for as much."""
    rows = [["Invoice", "Date", "Customer", "Amount", "Direct cost"]]
    for number, client in enumerate(clients, 1):
        direct = "740.00" if client.full_name == DEMON else "700.00"
        rows.append([f"RE-{number}", (month + timedelta(days=number)).isoformat(), client.full_name, "1000.00", direct])
    return csv_file(folder, rows, name="sales.csv")


def bring_in(walk: Walk, file: Path) -> None:
    """The file goes through the importer."""
    page = walk.page
    page.goto("/imports/")
    page.get_by_text("Sales or purchases", exact=True).click()
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Upload and look into it").click()
    expect(page.get_by_text("5 of 5 recognised")).to_be_visible()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Write 7 rows").click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    walk.seen("imported")


def open_from_the_curve(walk: Walk) -> TurnaroundCase:
    """The curve shows that somebody takes back what others bring, the demons say who; its card opens the case."""
    page = walk.page
    page.goto("/profitability/?period=rolling")
    expect(page.locator("[data-chart=whale] .plot canvas")).to_be_visible()
    expect(page.locator("#moved")).not_to_have_attribute("aria-busy", "true")
    walk.seen("profitability")
    demons = page.locator("section", has=page.get_by_role("heading", name="Demons", exact=True)).last
    expect(demons.locator("tbody tr")).to_have_count(1)
    demons.get_by_role("link", name=DEMON).click()

    turnaround = page.locator("#turnaround")
    expect(turnaround).to_contain_text("−€40 in the last 12 months")
    walk.seen("card")
    turnaround.get_by_role("button", name="Open a case").click()
    expect(page.get_by_role("heading", name=re.compile("Delivery 30.% of revenue, median 4.2.%"))).to_be_visible()
    expect(page.get_by_text("This points to: Ours: logistics")).to_be_visible()
    walk.seen("diagnosis")
    return TurnaroundCase.objects.get()


def decide(walk: Walk) -> date:
    """Whose fault it is, what is done, by whom, until when and for how much; and the terms that were agreed."""
    page, dialog = walk.page, walk.page.get_by_role("dialog")
    deadline = company_today() + timedelta(days=1)
    page.get_by_role("link", name="Decide…").click()
    expect(dialog.get_by_label("Why does this client cost money?")).to_have_value("logistics")
    dialog.get_by_text("Renegotiate terms").click()
    dialog.get_by_label("In force by").fill(deadline.isoformat())
    dialog.get_by_label("Expected gain a year").fill("2 400")
    walk.seen("decide")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="It is in force…")).to_be_visible()

    walk.region("Terms agreed").get_by_role("link", name="Record").click()
    dialog.get_by_label("What changes?").select_option("minimum_order")
    dialog.get_by_label("To", exact=True).fill("€500 an order")
    dialog.get_by_role("button", name="Record").click()
    expect(walk.region("Terms agreed")).to_contain_text("€500 an order")
    walk.seen("agreed")
    return deadline


def act(walk: Walk, case: TurnaroundCase) -> None:
    """What was agreed holds from today."""
    page = walk.page
    page.goto(f"/cases/{case.pk}/")
    page.get_by_role("link", name="It is in force…").click()
    page.get_by_role("dialog").get_by_role("button", name="It is in force").click()
    expect(walk.region("What was decided")).to_contain_text("In force from")
    case.refresh_from_db()


def months_go_by(demon: Client, today: date) -> None:
    """The client orders more at once in each of the three months, and the night's work measures what came of it."""
    for months in (1, 2, 3):
        sale(demon, 1500, add_months(today, -months), direct_cost=1000)
        cost(demon, 100, add_months(today, -months))
    ledger.refresh()
    analysis.measure()


def see_what_came_of_it(walk: Walk, case: TurnaroundCase) -> None:
    """The case, the board and the card say so."""
    page, today = walk.page, company_today()
    page.goto(f"/cases/{case.pk}/")
    expect(page.get_by_role("heading", name="Turned round: profit −€40 before, €1,200 after")).to_be_visible()
    walk.seen("measured")
    page.goto("/cases/")
    expect(walk.figure(f"Money turned round in {today.year}")).to_have_text("€1,240")
    expect(walk.region("Measured")).to_contain_text(DEMON)
    walk.seen("board")
    page.goto(f"/clients/{case.client_id}/")
    expect(page.locator("#turnaround")).to_contain_text("turned round")
    expect(page.locator("#timeline")).to_contain_text(f"Turnaround case {case.pk} was measured again: turned round")
    expect(page.locator("#money")).to_contain_text("€1,160")  # of all twelve months
    walk.seen("card-turned")
