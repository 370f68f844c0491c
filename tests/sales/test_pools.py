"""Cost pools, closed periods and the other settings of the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEntry, User
from clients.errors import StaleVersion
from sales import services
from sales.models import CostPool, LedgerSettings, PoolWeight
from tests.clients.registry import register
from tests.sales.asking import refusal
from tests.sales.ledger import MARCH, pool

APRIL = date(2026, 4, 1)


def new(user: User, weights: dict[int, Any] | None = None, **more: Any) -> CostPool:
    data = {"name": "Warehouse", "month": "2026-03", "amount": "900", "driver": "orders"} | more
    return services.set_pool(user=user, data=data, weights=weights)


def test_a_pool_is_kept_as_it_was_typed(dmitri: User) -> None:
    kept = new(dmitri, note="rent")
    assert (kept.name, kept.month, kept.amount, kept.driver, kept.created_by) == ("Warehouse", MARCH, 900, "orders", dmitri)
    changed = services.set_pool(user=dmitri, pool_id=kept.pk, version=1, data={"amount": "950.50"})
    assert (changed.amount, changed.driver, changed.version) == (Decimal("950.50"), "orders", 2)
    with pytest.raises(StaleVersion):
        services.set_pool(user=dmitri, pool_id=kept.pk, version=1, data={"amount": "1"})


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": "", "month": "", "amount": ""}, {"name": "required", "month": "required", "amount": "required"}),
        ({"month": "2026-13"}, {"month": "date"}),
        ({"amount": "-1"}, {"amount": "money"}),
        ({"driver": "moonlight"}, {"driver": "choice"}),
        ({"name": "RENT"}, {"name": "taken"}),
        ({"home": 1}, {"home": "unknown"}),
    ],
)
def test_odd_pools_are_named_field_by_field(given: dict[str, Any], errors: dict[str, str], dmitri: User) -> None:
    pool(10, "equal", name="Rent")
    assert refusal(lambda: new(dmitri, **given)) == errors


def test_weights_by_hand_are_replaced_as_a_whole(dmitri: User) -> None:
    first, second = register(dmitri), register(dmitri)
    kept = new(dmitri, {first.pk: "2,5", second.pk: 0}, driver="by_hand")
    assert dict(PoolWeight.objects.values_list("client", "weight")) == {first.pk: Decimal("2.5")}
    services.set_pool(user=dmitri, pool_id=kept.pk, version=1, data={}, weights={second.pk: 1})
    assert dict(PoolWeight.objects.values_list("client", "weight")) == {second.pk: 1}
    wrong = refusal(lambda: services.set_pool(user=dmitri, pool_id=kept.pk, version=2, data={}, weights={first.pk: "x", 10**15: 1}))
    assert wrong == {f"weights.{first.pk}": "number", f"weights.{10**15}": "choice"}
    assert refusal(lambda: new(dmitri, {first.pk: 1}, name="Other")) == {"weights": "driver"}
    services.set_pool(user=dmitri, pool_id=kept.pk, version=2, data={"driver": "equal"})
    assert not PoolWeight.objects.exists()


def test_a_removed_pool_comes_back_with_its_weights(dmitri: User) -> None:
    client = register(dmitri)
    kept = new(dmitri, {client.pk: 3}, driver="by_hand")
    event = services.remove_pool(user=dmitri, pool_id=kept.pk, version=1)
    assert not CostPool.objects.exists()
    back = services.restore_pool(user=dmitri, event_id=event)
    assert (back.pk, back.version, [(one.client_id, int(one.weight)) for one in back.weights.all()]) == (kept.pk, 2, [(client.pk, 3)])


def test_the_pools_of_the_month_before_are_copied(dmitri: User) -> None:
    client = register(dmitri)
    new(dmitri, {client.pk: 3}, driver="by_hand")
    new(dmitri, name="Telephone")
    new(dmitri, name="telephone", month="2026-04", amount=1)
    (copy,) = services.copy_pools(user=dmitri, month=APRIL)
    assert (copy.name, copy.month, copy.amount, copy.weights.get().client) == ("Warehouse", APRIL, 900, client)
    assert refusal(lambda: services.copy_pools(user=dmitri, month=APRIL)) == {"month": "nothing"}


def test_pools_are_managements(anna: User, eve: User, dmitri: User) -> None:
    LedgerSettings.objects.create(managers_see_profit=True)
    kept = new(dmitri)
    for user in (anna, eve):
        with pytest.raises(PermissionDenied):
            new(user, name="Mine")
        with pytest.raises(PermissionDenied):
            services.copy_pools(user=user, month=APRIL)
        with pytest.raises(CostPool.DoesNotExist):
            services.remove_pool(user=user, pool_id=kept.pk)


def test_a_closed_month_keeps_its_pools(dmitri: User) -> None:
    kept = new(dmitri)
    services.change_ledger_settings(user=dmitri, values={"locked_before": "2026-04-01"})
    closed = {"month": "closed"}
    assert refusal(lambda: new(dmitri, name="Other")) == closed
    assert refusal(lambda: services.set_pool(user=dmitri, pool_id=kept.pk, version=1, data={"amount": 1})) == closed
    assert refusal(lambda: services.set_pool(user=dmitri, pool_id=kept.pk, version=1, data={"month": "2026-05"})) == closed
    assert refusal(lambda: services.remove_pool(user=dmitri, pool_id=kept.pk)) == closed
    assert refusal(lambda: services.copy_pools(user=dmitri, month=MARCH)) == closed


def test_periods_are_closed_and_opened_by_management_and_the_audit_says_so(dmitri: User, anna: User) -> None:
    services.change_ledger_settings(user=dmitri, values={"locked_before": APRIL})
    services.change_ledger_settings(user=dmitri, values={"locked_before": MARCH, "former_after_months": "18"})
    services.change_ledger_settings(user=dmitri, values={"locked_before": "", "managers_see_profit": "yes"})
    kept = LedgerSettings.current()
    assert (kept.locked_before, kept.former_after_months, kept.managers_see_profit) == (None, 18, True)
    lines = AuditEntry.objects.filter(by=dmitri).order_by("pk").values_list("action", flat=True)
    assert list(lines) == ["period_closed", "period_opened", "ledger_settings_changed", "period_opened", "ledger_settings_changed"]
    with pytest.raises(PermissionDenied):
        services.change_ledger_settings(user=anna, values={"managers_see_profit": True})


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"locked_before": "2199-01-01"}, {"locked_before": "future"}),
        ({"former_after_months": "0"}, {"former_after_months": "number"}),
        ({"former_after_months": ""}, {"former_after_months": "required"}),
        ({"managers_see_profit": "perhaps"}, {"managers_see_profit": "yes_or_no"}),
        ({"id": 2}, {"id": "unknown"}),
    ],
)
def test_odd_settings_are_refused(given: dict[str, Any], errors: dict[str, str], dmitri: User) -> None:
    assert refusal(lambda: services.change_ledger_settings(user=dmitri, values=given)) == errors


def test_setting_what_is_set_says_nothing(dmitri: User) -> None:
    services.change_ledger_settings(user=dmitri, values={"former_after_months": 12})
    assert not AuditEntry.objects.filter(action="ledger_settings_changed").exists()
