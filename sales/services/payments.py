"""Payments: several for a document, partial, early, late."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clients.errors import FieldError
from clients.services.acting import acting
from clients.services.preparing import refuse
from sales.models import Document, Payment
from sales.periods import company_today
from sales.services.closed import closed_errors, keeping, refuse_closed
from sales.services.documents import lock_document
from sales.services.following import follow
from sales.services.preparing import DAY, MONEY, day_errors, line, read, required
from sales.services.restoring import event_of_removal


@acting
def record_payment(
    *, user: User, document_id: int, amount: object = None, day: object = None, number: object = "", now: datetime | None = None
) -> Payment:
    """Note money that came in for a sale (or went out for a purchase), in its currency; negative: given back.

    Without an amount it is what is still open, without a day it was today. A payment raises no version: nobody's open
    form of the document grows stale by it. Raises `Refused`, `PermissionDenied`, `Document.DoesNotExist`.
    """
    document = lock_document(user=user, document_id=document_id)
    today = company_today(now)
    kept, errors = read({"day": day or today, "amount": amount, "number": number}, {"day": DAY, "amount": MONEY, "number": line(64)})
    if kept.get("amount") is None and "amount" in kept:
        kept["amount"] = left_to_pay(document) or None
    errors += required(kept, errors, "day", "amount")
    if kept.get("amount") == 0:
        errors.append(FieldError("amount", "money", _("A payment of nothing is none.")))
    errors += [*day_errors(kept.get("day"), today), *closed_errors(kept.get("day"))]
    if kept.get("number") and document.payments.filter(number=kept["number"]).exists():
        errors.append(FieldError("number", "taken", _("A payment of this document has this number already.")))
    refuse(errors)
    with keeping():
        payment = Payment.objects.create(document=document, created_by=user, **kept)
    follow([document.client_id])
    return payment


def left_to_pay(document: Document) -> Decimal:
    """Return what is still to be paid, in the document's currency; what goes back for a return is below zero."""
    return Decimal(document.amount + document.credited - document.paid)


@acting
def remove_payment(*, user: User, payment_id: int) -> int:
    """Remove a payment; returns the id of the event by which `restore_payment` puts it back.

    Raises `Refused` for a closed period, `PermissionDenied`, `Payment.DoesNotExist`.
    """
    seen = Payment.objects.filter(document__in=Document.objects.visible_to(user)).get(pk=payment_id)
    document = lock_document(user=user, document_id=seen.document_id)
    payment = Payment.objects.get(pk=payment_id)
    refuse_closed(payment.day)
    with keeping():
        payment.delete()
    follow([document.client_id])
    return event_of_removal("PaymentEvent", payment_id)
