"""Complaints: logged, changed, resolved, removed."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Client
from sales import services
from sales.models import Complaint, LedgerSettings
from sales.periods import company_today
from tests.clients.registry import register
from tests.sales.asking import refusal
from tests.sales.ledger import complaint, sale


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def log(user: User, client: Client | None, **more: Any) -> Complaint:
    return services.log_complaint(user=user, data={"client": client.pk if client else None} | more)


def test_a_complaint_is_of_today_and_serious_unless_said_otherwise(anna: User, client: Client) -> None:
    kept = log(anna, client, what="Two boxes\nwere wet")
    assert (kept.day, kept.severity, kept.fault, kept.what, kept.cost) == (company_today(), 2, "unknown", "Two boxes\nwere wet", 0)
    other = log(anna, client, day="2026-03-10", severity="grave", fault="ours", document=sale(client).pk)
    assert (other.severity, other.fault, other.created_by) == (3, "ours", anna)


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"client": None}, {"client": "required"}),
        ({"severity": 9}, {"severity": "choice"}),
        ({"fault": "the moon"}, {"fault": "choice"}),
        ({"day": "2199-01-01"}, {"day": "future"}),
        ({"day": "2026-03-10", "resolved_on": "2026-03-09"}, {"resolved_on": "order"}),
        ({"cost": "-5"}, {"cost": "money"}),
        ({"document": 12345}, {"document": "choice"}),
        ({"what": "w" * 20_001}, {"what": "too_long"}),
        ({"created_by": 1}, {"created_by": "unknown"}),
    ],
)
def test_odd_complaints_are_named_field_by_field(given: dict[str, Any], errors: dict[str, str], dmitri: User, client: Client) -> None:
    assert refusal(lambda: services.log_complaint(user=dmitri, data={"client": client.pk} | given)) == errors


def test_complaints_are_logged_by_whoever_has_the_client_in_hand(anna: User, clara: User, eve: User, client: Client) -> None:
    kept = log(anna, client)
    with pytest.raises(PermissionDenied):
        log(clara, client)
    with pytest.raises(PermissionDenied):
        log(eve, client)
    with pytest.raises(PermissionDenied):
        services.change_complaint(user=clara, complaint_id=kept.pk, version=1, changes={"what": "x"})
    with pytest.raises(Complaint.DoesNotExist):
        services.change_complaint(user=eve, complaint_id=kept.pk, version=1, changes={"what": "x"})


def test_what_a_complaint_cost_is_written_by_whoever_sees_it(anna: User, dmitri: User, client: Client) -> None:
    kept = log(anna, client)
    change: dict[str, Any] = {"user": anna, "complaint_id": kept.pk, "version": 1, "changes": {"cost": 5}}
    assert refusal(lambda: services.change_complaint(**change)) == {"cost": "forbidden"}
    assert services.change_complaint(**change | {"user": dmitri}).cost == 5
    LedgerSettings.objects.create(managers_see_profit=True)
    assert services.change_complaint(**change | {"version": 2, "changes": {"cost": 7}}).cost == 7


def test_a_guess_at_what_a_complaint_cost_is_refused_right_or_wrong(anna: User, client: Client) -> None:
    kept = complaint(client, 5)
    change: dict[str, Any] = {"user": anna, "complaint_id": kept.pk, "version": 1}
    for guess in (0, 4, 5):
        changes = {"cost": guess}
        assert refusal(partial(services.change_complaint, **change, changes=changes)) == {"cost": "forbidden"}
    assert services.change_complaint(**change, changes={"cost": None, "what": "wet"}).cost == 5


def test_a_complaint_is_resolved_and_opened_again(anna: User, client: Client) -> None:
    kept = log(anna, client)
    done = services.resolve_complaint(user=anna, complaint_id=kept.pk, version=1, resolution="Sent anew")
    assert (done.resolved_on, done.resolution, done.version) == (company_today(), "Sent anew", 2)
    with pytest.raises(StaleVersion):
        services.resolve_complaint(user=anna, complaint_id=kept.pk, version=1)
    again = services.change_complaint(user=anna, complaint_id=kept.pk, version=2, changes={"resolved_on": None})
    assert Complaint.objects.unresolved().get() == again


def test_a_complaint_is_removed_and_put_back(anna: User, dmitri: User, client: Client) -> None:
    kept = log(anna, client, what="wet")
    with pytest.raises(PermissionDenied):
        services.remove_complaint(user=anna, complaint_id=kept.pk, now=kept.created_at + timedelta(days=2))
    event = services.remove_complaint(user=anna, complaint_id=kept.pk, version=1)
    back = services.restore_complaint(user=anna, event_id=event)
    assert (back.pk, back.what, back.version, back.created_at) == (kept.pk, "wet", 2, kept.created_at)
    services.remove_complaint(user=dmitri, complaint_id=kept.pk)
    assert not Complaint.objects.exists()


def test_in_a_closed_period_a_complaint_may_be_resolved_but_not_change_its_weight(dmitri: User, client: Client) -> None:
    kept = complaint(client, 5)
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))
    change: dict[str, Any] = {"user": dmitri, "complaint_id": kept.pk, "version": 1}
    assert refusal(lambda: services.change_complaint(**change, changes={"severity": 1})) == {"day": "closed"}
    assert refusal(lambda: services.remove_complaint(user=dmitri, complaint_id=kept.pk)) == {"day": "closed"}
    assert refusal(lambda: log(dmitri, client, day="2026-03-10")) == {"day": "closed"}
    assert services.resolve_complaint(**change).resolved_on == company_today()
