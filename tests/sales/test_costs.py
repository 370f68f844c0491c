"""Costs of clients: entered, changed and removed by management."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Client
from sales import services
from sales.models import Cost, CostCategory, LedgerSettings
from tests.clients.registry import fair, register
from tests.sales.asking import refusal
from tests.sales.ledger import DAY, cost, sale


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def enter(user: User, client: Client | None, **more: Any) -> Cost:
    given = {"client": client.pk if client else None, "category": "delivery", "day": DAY, "amount": "12.50"} | more
    return services.enter_cost(user=user, data={name: value for name, value in given.items() if value != "-"})


def test_a_cost_is_kept_as_it_was_typed(dmitri: User, client: Client) -> None:
    document = sale(client)
    kept = enter(dmitri, client, currency="USD", rate="2", number="F-1", document=document.pk, note="by road")
    assert (str(kept.category), kept.amount, kept.home_amount, kept.document, kept.created_by) == (
        "Delivery",
        Decimal("12.50"),
        Decimal(25),
        document,
        dmitri,
    )


def test_service_hours_at_a_rate_are_the_amount(dmitri: User, client: Client) -> None:
    kept = enter(dmitri, client, category="service", amount="-", hours="1.5", hourly_rate="80.50")
    assert (kept.amount, kept.hours) == (Decimal("120.75"), Decimal("1.5"))
    assert refusal(lambda: enter(dmitri, client, hours="2", hourly_rate="50", amount="99")) == {"amount": "hours"}
    assert refusal(lambda: enter(dmitri, client, amount="-", hourly_rate="50")) == {"hours": "required", "amount": "required"}
    changed = services.change_cost(user=dmitri, cost_id=kept.pk, version=1, changes={"hours": "2", "hourly_rate": "10"})
    assert changed.amount == 20


def test_a_campaign_has_no_client_but_a_source(dmitri: User) -> None:
    kept = enter(dmitri, None, category="campaigns", source=fair().name)
    assert (kept.client, kept.source) == (None, fair())


def test_categories_are_named_in_the_readers_language(dmitri: User, client: Client) -> None:
    with translation.override("en"):
        assert enter(dmitri, client, category="visits").category.key == "visits"
    own = services.add_cost_category(user=dmitri, name="Samples")
    assert enter(dmitri, client, category="samples").category == own
    services.retire_cost_category(user=dmitri, category_id=own.pk)
    assert refusal(lambda: enter(dmitri, client, category="samples")) == {"category": "choice"}


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"category": None, "amount": "", "day": ""}, {"category": "required", "amount": "required", "day": "required"}),
        ({"hours": "-1"}, {"hours": "number"}),
        ({"document": 999}, {"document": "choice"}),
        ({"source": "Nowhere"}, {"source": "choice"}),
        ({"home_amount": 1}, {"home_amount": "unknown"}),
        ({"note": "n" * 301}, {"note": "too_long"}),
    ],
)
def test_odd_costs_are_named_field_by_field(given: dict[str, Any], errors: dict[str, str], dmitri: User, client: Client) -> None:
    assert refusal(lambda: enter(dmitri, client, **given)) == errors


def test_a_cost_names_a_sale_of_its_own_client(dmitri: User, client: Client) -> None:
    other = sale(register(dmitri))
    assert refusal(lambda: enter(dmitri, client, document=other.pk)) == {"document": "choice"}


def test_costs_are_managements(anna: User, eve: User, dmitri: User, client: Client) -> None:
    kept = cost(client)
    with pytest.raises(PermissionDenied):
        enter(anna, client)
    for user in (anna, eve):
        with pytest.raises(Cost.DoesNotExist):
            services.change_cost(user=user, cost_id=kept.pk, version=1, changes={"amount": 1})
        with pytest.raises(Cost.DoesNotExist):
            services.remove_cost(user=user, cost_id=kept.pk)
    LedgerSettings.objects.create(managers_see_profit=True)
    with pytest.raises(PermissionDenied):  # seen, not written
        services.change_cost(user=anna, cost_id=kept.pk, version=1, changes={"amount": 1})


def test_a_cost_is_changed_removed_and_put_back(dmitri: User, client: Client) -> None:
    kept = enter(dmitri, client, number="F-1")
    services.change_cost(user=dmitri, cost_id=kept.pk, version=1, changes={"amount": "20"})
    with pytest.raises(StaleVersion):
        services.change_cost(user=dmitri, cost_id=kept.pk, version=1, changes={"amount": "30"})
    with pytest.raises(StaleVersion):
        services.remove_cost(user=dmitri, cost_id=kept.pk, version=1)
    event = services.remove_cost(user=dmitri, cost_id=kept.pk, version=2)
    enter(dmitri, client, number="F-1")
    assert refusal(lambda: services.restore_cost(user=dmitri, event_id=event)) == {"number": "taken"}
    Cost.objects.all().delete()
    back = services.restore_cost(user=dmitri, event_id=event)
    assert (back.pk, back.amount, back.version) == (kept.pk, 20, 3)


def test_a_closed_period_keeps_its_costs(dmitri: User, client: Client) -> None:
    kept = enter(dmitri, client)
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))
    assert refusal(lambda: enter(dmitri, client)) == {"day": "closed"}
    assert refusal(lambda: services.change_cost(user=dmitri, cost_id=kept.pk, version=1, changes={"amount": 1})) == {"day": "closed"}
    assert refusal(lambda: services.remove_cost(user=dmitri, cost_id=kept.pk)) == {"day": "closed"}
    assert services.change_cost(user=dmitri, cost_id=kept.pk, version=1, changes={"note": "by sea"}).note == "by sea"


def test_the_administrator_names_categories(admin: User, dmitri: User, anna: User) -> None:
    own = services.add_cost_category(user=admin, name=" Samples ", wins_clients=True)
    assert (own.name, own.wins_clients) == ("Samples", True)
    assert refusal(lambda: services.add_cost_category(user=admin, name="samples")) == {"name": "taken"}
    assert refusal(lambda: services.add_cost_category(user=admin, name="Delivery")) == {"name": "taken"}
    assert refusal(lambda: services.add_cost_category(user=admin, name="")) == {"name": "required"}
    shipped = CostCategory.objects.get(key="visits")
    services.change_cost_category(user=dmitri, category_id=shipped.pk, name="Travel", wins_clients=False)
    assert str(CostCategory.objects.get(key="visits")) == "Travel"
    services.change_cost_category(user=dmitri, category_id=shipped.pk, name="", wins_clients=False)
    assert str(CostCategory.objects.get(key="visits")) == "Visits"
    with pytest.raises(PermissionDenied):
        services.add_cost_category(user=anna, name="Mine")


def test_hours_at_a_rate_round_half_a_cent_up_as_the_database_does(dmitri: User) -> None:
    given = {"client": register(dmitri).pk, "category": "service", "day": "2026-03-10", "hours": "0.5"}
    assert services.enter_cost(user=dmitri, data=given | {"hourly_rate": "0.25"}).amount == Decimal("0.13")
    too_much = given | {"hours": "900000", "hourly_rate": "99999999999999"}
    assert refusal(lambda: services.enter_cost(user=dmitri, data=too_much)) == {"amount": "money"}
