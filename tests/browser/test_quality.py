"""Data quality in a real browser: the figures and what they open, the measure chosen, and mending."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Team, User
from accounts.roles import Role
from clients.criteria import passes
from clients.criteria.rules import company_today
from clients.models import Client, Criterion, DuplicatePair, QualityRun, QualitySnapshot, Touch, Waiver
from clients.quality.figures import COLUMNS
from clients.quality.snapshots import take_due_snapshot
from tests.browser.conftest import every_look
from tests.conftest import make_user

SignIn = Callable[[User], User]


@pytest.fixture
def registry(anna: User, boris: User, clara: User, dmitri: User) -> Any:
    """Managers with names as they come, clients of all sorts, and eight weeks of snapshots."""
    since = company_today() - timedelta(days=60)
    Criterion.objects.update(state="retired")
    Criterion.objects.create(fact="city", level="required", state="published", valid_from=since, grace_days=10)
    Criterion.objects.create(fact="address", level="required", state="published", valid_from=since, max_age_months=12)
    Criterion.objects.create(fact="website", level="recommended", state="published", valid_from=since)
    east = Team.objects.create(name="Восток и Дальний Восток")
    others = [
        make_user("eleonore", "Éléonore de La Rochefoucauld-Beaumarchais", Role.MANAGER, east),
        make_user("ivan", "Иван Константинопольский", Role.MANAGER, east),
    ]
    managers = [anna, boris, clara, *others]
    now = timezone.now()
    made = []
    for number in range(150):
        bad = number % (3 + number % 5)
        made.append(
            Client(
                full_name=f"ООО «Северо-Западная производственная компания № {number}»" if number % 2 else f"Ateliers {number}",
                manager=managers[number % 5] if number % 29 else None,
                is_customer=True,
                city="" if bad == 0 else "Lyon",
                address="Rue 1",
                website="https://x.example" if bad > 1 else "",
                fact_dates={"address": [now.isoformat() if number % 4 else "2020-01-01T00:00:00+00:00", None]},
                last_touch_at=now - timedelta(days=number * 2),
            )
        )
    Client.objects.bulk_create(made)
    Client.objects.update(created_at=now - timedelta(days=100))
    made = list(Client.objects.order_by("pk"))
    until = company_today() + timedelta(days=20)
    Waiver.objects.bulk_create(Waiver(client=one, fact="address", reason="has none", until=until) for one in made[3:70:8])
    Waiver.objects.bulk_create(
        Waiver(client=one, fact="website", reason="none", until=since) for one in made if not one.website and one.pk % 7 == 0
    )
    DuplicatePair.objects.bulk_create(
        DuplicatePair(first=first, second=second, score=90) for first, second in zip(made[5:60:9], made[6:60:9], strict=False)
    )
    Touch.objects.bulk_create(Touch(client=one, user=anna, at=now - timedelta(days=130)) for one in made[4::11])
    passes.settle_standing()
    today = company_today()
    take_due_snapshot()
    kept = list(QualitySnapshot.objects.filter(day=today))
    for week in range(1, 9):
        for one in kept:
            values = {name: getattr(one, name) for name in COLUMNS}
            for place, name in enumerate(COLUMNS[3:]):
                values[name] = min(one.clients, max(0, values[name] + (week * (3 + place) + one.pk) % (week + 3) - week // 2 - 1))
            day = today - timedelta(days=7 * week)
            QualitySnapshot.objects.create(day=day, taken_at=now, manager=one.manager, team=one.team, **values)


def test_a_figure_opens_exactly_the_clients_that_it_counts(page: Page, signed_in: SignIn, registry: None, dmitri: User) -> None:
    signed_in(dmitri)
    page.goto("/quality/")
    expect(page.locator(".says")).to_contain_text(re.compile("managers? keeps? the standard"))
    figure = page.locator("tr", has_text="Clara Moreau").locator("td.chosen a")
    number = int(figure.inner_text())

    figure.click()

    page.wait_for_url(re.compile(r"/clients/\?manager=\d+&falls_short=yes"))
    expect(page.locator("tbody[data-rows] tr")).to_have_count(number)


def test_another_measure_is_chosen_in_place(page: Page, signed_in: SignIn, registry: None, dmitri: User) -> None:
    signed_in(dmitri)
    page.goto("/quality/")

    page.get_by_role("link", name="Gone quiet").first.click()

    expect(page.locator(".says")).to_contain_text("clients have gone quiet")
    expect(page).to_have_url(re.compile("measure=quiet"))
    page.get_by_label("Period").select_option("26")
    expect(page).to_have_url(re.compile("weeks=26"))
    expect(page.locator("#trends-h")).to_have_text("Gone quiet, by team")


def test_management_has_it_counted_when_nobody_has_yet(page: Page, signed_in: SignIn, dmitri: User, anna: User) -> None:
    Client.objects.create(full_name="Ateliers", manager=anna)
    signed_in(dmitri)
    page.goto("/quality/")

    page.get_by_role("button", name="Count now").click()

    expect(page.get_by_text("Counting every client.")).to_be_visible()
    take_due_snapshot()
    expect(page.locator(".says")).to_be_visible()
    assert not QualityRun.current().waits


def test_a_manager_mends_one_field_after_another(page: Page, signed_in: SignIn, registry: None, anna: User) -> None:
    signed_in(anna)
    page.goto("/quality/mend/")
    first = page.locator(".mend > li", has=page.get_by_role("link", name=re.compile("Mend: City"))).first

    first.get_by_role("link", name=re.compile("Mend: City")).click()

    field = page.locator(".fact.editing input[name=city]")
    expect(field).to_be_visible()
    expect(field).to_be_focused()
    field.fill("Lyon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Mend these").first.click()

    item = page.locator(".mend > li", has=page.get_by_role("button", name=re.compile("Confirm: Address"))).first
    item_id = item.get_attribute("id")
    item.get_by_role("button", name=re.compile("Confirm: Address")).click()
    expect(page.locator(f"#{item_id}").get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()


@every_look
def test_every_page_of_data_quality_stands_in_every_look(
    page: Page, signed_in: SignIn, registry: None, dmitri: User, anna: User, axe: Callable[[], None], shot: Callable[..., None]
) -> None:
    for who, name, url in (
        (dmitri, "quality", "/quality/"),
        (dmitri, "quality-settings", "/quality/settings/"),
        (anna, "quality-manager", "/quality/?measure=stale"),
        (anna, "mend", "/quality/mend/"),
    ):
        signed_in(who)
        page.goto(url)
        expect(page.locator("h1")).to_be_visible()
        axe()
        shot(name, full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{url} is wider than the screen"
