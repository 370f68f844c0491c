"""Removing what was entered, and putting it back (Undo)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied

from accounts.models import User
from clients.errors import StaleVersion
from clients.models import Client
from sales import services
from sales.models import Complaint, Cost, Document, DocumentLine, Payment
from tests.clients.registry import register
from tests.sales.asking import refusal
from tests.sales.ledger import complaint, cost, sale
from tests.sales.test_documents import now, post


@pytest.fixture
def client(anna: User) -> Client:
    return register(anna)


def test_a_removed_document_comes_back_with_all_that_went_with_it(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client, "-", lines=[{"amount": 70}, {"amount": 30}], due_on="2026-04-10", number="7")
    services.record_payment(user=dmitri, document_id=document.pk, amount="40", day="2026-03-12")
    spent, heard = cost(client, document=document), complaint(client, document=document)
    services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"note": "x"})
    stood = Document.objects.filter(pk=document.pk).values().get()
    kept = list(DocumentLine.objects.values()), list(Payment.objects.values())

    event = services.remove_document(user=dmitri, document_id=document.pk, version=2)
    assert (Document.objects.count(), Payment.objects.count()) == (0, 0)
    assert Cost.objects.get().document is None

    back = services.restore_document(user=dmitri, event_id=event)

    again = Document.objects.filter(pk=back.pk).values().get()
    assert {**again, "updated_at": None, "version": 0} == {**stood, "updated_at": None, "version": 0}
    assert again["version"] == 3  # a form that was opened before is stale
    assert (list(DocumentLine.objects.values()), list(Payment.objects.values())) == kept
    assert Cost.objects.get(pk=spent.pk).document == Complaint.objects.get(pk=heard.pk).document == document
    with pytest.raises(StaleVersion):
        services.restore_document(user=dmitri, event_id=event)


def test_a_manager_removes_what_was_entered_by_mistake_today_and_no_more(anna: User, boris: User, client: Client) -> None:
    document, old = post(anna, client), sale(client)
    with pytest.raises(PermissionDenied):
        services.remove_document(user=anna, document_id=old.pk)
    with pytest.raises(PermissionDenied):
        services.remove_document(user=anna, document_id=document.pk, now=document.created_at + timedelta(days=2))
    event = services.remove_document(user=anna, document_id=document.pk)
    with pytest.raises(PermissionDenied):
        services.restore_document(user=boris, event_id=event)
    assert services.restore_document(user=anna, event_id=event) == document
    with pytest.raises(Document.DoesNotExist):
        services.restore_document(user=anna, event_id=event + 1000)


def test_what_something_takes_back_is_not_removed(dmitri: User) -> None:
    client = register(dmitri)
    document = post(dmitri, client)
    back = services.reverse_document(user=dmitri, document_id=document.pk)
    assert refusal(lambda: services.remove_document(user=dmitri, document_id=document.pk)) == {"document": "reversed"}
    services.remove_document(user=dmitri, document_id=back.pk)
    services.remove_document(user=dmitri, document_id=document.pk)
    assert not Document.objects.exists()


def test_a_return_does_not_come_back_where_it_would_take_back_more_or_of_somebody_else(dmitri: User) -> None:
    client, other = register(dmitri), register(dmitri)
    document = post(dmitri, client, 100)

    def removed() -> int:
        back = services.reverse_document(user=dmitri, document_id=document.pk, amount=60)
        return services.remove_document(user=dmitri, document_id=back.pk)

    def restoring(event: int) -> Any:
        return lambda: services.restore_document(user=dmitri, event_id=event)

    first, second = removed(), removed()
    services.restore_document(user=dmitri, event_id=first)
    assert refusal(restoring(second)) == {"amount": "too_much"}
    assert now(document).credited == -60
    services.remove_document(user=dmitri, document_id=document.reversals.get().pk)
    services.change_document(user=dmitri, document_id=document.pk, version=1, changes={"client": other.pk})
    assert refusal(restoring(second)) == {"reverses": "choice"}
    services.remove_document(user=dmitri, document_id=document.pk)
    assert refusal(restoring(second)) == {"reverses": "choice"}


def test_whoever_may_not_put_it_back_is_not_shown_what_is_there(anna: User, eve: User, dmitri: User, client: Client) -> None:
    document, heard = post(anna, client), complaint(client)
    spent, money = cost(client), services.record_payment(user=anna, document_id=document.pk, amount=1)
    events = {
        services.restore_payment: services.remove_payment(user=dmitri, payment_id=money.pk),
        services.restore_document: services.remove_document(user=dmitri, document_id=document.pk),
        services.restore_cost: services.remove_cost(user=dmitri, cost_id=spent.pk),
        services.restore_complaint: services.remove_complaint(user=dmitri, complaint_id=heard.pk),
    }
    for restore, event in reversed(events.items()):
        restore(user=dmitri, event_id=event)
    for restore, event in events.items():
        with pytest.raises(ObjectDoesNotExist):
            restore(user=eve, event_id=event)
    for restore, event in list(events.items())[1:]:
        with pytest.raises(PermissionDenied):
            restore(user=anna, event_id=event)
