"""Payments: partial, early, late, given back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import User
from clients.models import Client
from sales import services
from sales.models import Document, LedgerSettings, Payment
from tests.clients.registry import register
from tests.sales.asking import refusal
from tests.sales.ledger import DAY, sale


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def now(document: Document) -> Document:
    return Document.objects.get(pk=document.pk)


def test_what_is_not_said_is_what_is_open_and_today(anna: User, client: Client) -> None:
    document = sale(client, 100, due_on=DAY + timedelta(days=30))
    first = services.record_payment(user=anna, document_id=document.pk, amount="30,50", day="2026-03-11", number="B-1")
    rest = services.record_payment(user=anna, document_id=document.pk)
    assert (first.amount, first.day, first.created_by, rest.amount) == (Decimal("30.50"), date(2026, 3, 11), anna, Decimal("69.50"))
    assert (now(document).home_open, now(document).version) == (0, 1)
    assert refusal(lambda: services.record_payment(user=anna, document_id=document.pk)) == {"amount": "required"}


def test_money_goes_back_for_a_return(dmitri: User) -> None:
    document = sale(register(dmitri), -40)
    assert services.record_payment(user=dmitri, document_id=document.pk).amount == -40


def test_odd_payments_are_refused(anna: User, client: Client) -> None:
    document = sale(client, 100, due_on=DAY)
    services.record_payment(user=anna, document_id=document.pk, amount=1, day=DAY, number="B-1")

    def pay(**given: object) -> dict[str, str]:
        return refusal(lambda: services.record_payment(user=anna, document_id=document.pk, **given))  # type: ignore[arg-type]

    assert pay(amount="0") == {"amount": "money"}
    assert pay(amount="ten", day="soon") == {"amount": "money", "day": "date"}
    assert pay(amount=5, day="2199-01-01") == {"day": "future"}
    assert pay(amount=5, number="B-1") == {"number": "taken"}


def test_a_removed_payment_comes_back(anna: User, boris: User, eve: User, client: Client) -> None:
    document = sale(client, 100, due_on=DAY)
    payment = services.record_payment(user=anna, document_id=document.pk, amount=60, day=DAY)
    stood = Payment.objects.values().get()
    with pytest.raises(PermissionDenied):
        services.remove_payment(user=boris, payment_id=payment.pk)
    with pytest.raises(Payment.DoesNotExist):
        services.remove_payment(user=eve, payment_id=payment.pk)

    event = services.remove_payment(user=anna, payment_id=payment.pk)
    assert now(document).home_open == 100
    services.restore_payment(user=anna, event_id=event)

    assert Payment.objects.values().get() == stood
    assert now(document).home_open == 40


def test_a_payment_of_a_closed_period_stays(anna: User, client: Client) -> None:
    payment = services.record_payment(user=anna, document_id=sale(client, 100).pk, amount=60, day=DAY)
    LedgerSettings.objects.create(locked_before=date(2026, 4, 1))
    assert refusal(lambda: services.remove_payment(user=anna, payment_id=payment.pk)) == {"day": "closed"}


def test_money_that_went_the_wrong_way_settles_nothing(client: Client) -> None:
    document = sale(client, 100, due_on=DAY)
    Payment.objects.create(document=document, day=DAY, amount=-100)
    assert (now(document).settled_on, now(document).home_open) == (None, 200)
    back = sale(client, -100, due_on=DAY)
    Payment.objects.create(document=back, day=DAY, amount=-100)
    assert now(back).settled_on == DAY
