"""Payments of a document, and taking it back by a credit note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import posted
from sales.forms.documents import CreditForm, PaymentForm
from sales.models import Document, Payment
from sales.services import record_payment, remove_payment, restore_payment, reverse_document
from sales.views.answering import answered, dialog, say_refusal
from sales.views.documents import find_own_document
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

CHANGE = "sales.change_document"


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def pay(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Record a payment; what is still open is proposed."""
    document = find_own_document(request, pk)
    form = PaymentForm(posted(request), document=document)
    if request.method == "POST":
        try:
            payment = record_payment(user=request.user, document_id=pk, **form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except Document.DoesNotExist:
            raise Http404 from None
        else:
            amount = formats.money(payment.amount, document.currency, 2)
            undo = reverse("sales:remove_payment", args=[payment.pk])
            say(request, _("Payment of %(amount)s recorded") % {"amount": amount}, undo_url=undo)
            return answered(request, document.get_absolute_url())
    return dialog(request, "sales/dialogs/payment.html", _context(document, form, _("Record a payment")), refused=bool(form.errors))


@requires(CHANGE)
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a payment; it can be put back from the toast."""
    rows = Payment.objects.filter(document__in=Document.objects.visible_to(request.user)).select_related("document")
    payment = get_object_or_404(rows, pk=pk)
    document = payment.document
    try:
        event = remove_payment(user=request.user, payment_id=pk)
    except (Payment.DoesNotExist, Document.DoesNotExist):
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        amount = formats.money(payment.amount, document.currency, 2)
        undo = reverse("sales:restore_payment", args=[event])
        say(request, _("Payment of %(amount)s removed") % {"amount": amount}, undo_url=undo)
    return answered(request, document.get_absolute_url())


@requires(CHANGE)
@require_POST
def restore(request: SignedInRequest, event_id: int) -> HttpResponseBase:
    """Put a removed payment back."""
    try:
        payment = restore_payment(user=request.user, event_id=event_id)
    except (Payment.DoesNotExist, Document.DoesNotExist, StaleVersion):
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
        return answered(request, reverse("sales:list"))
    say(request, _("The payment is back"))
    return answered(request, payment.document.get_absolute_url())


@requires(CHANGE, "sales.add_document")
@require_http_methods(["GET", "POST"])
def credit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Take a document back, wholly or in part, by a credit note that is linked to it."""
    document = find_own_document(request, pk)
    form = CreditForm(posted(request), document=document)
    if request.method == "POST":
        typed = form.typed()
        goods = bool(typed.pop("goods_come_back", True))
        try:
            back = reverse_document(user=request.user, document_id=pk, goods_come_back=goods, **typed)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except Document.DoesNotExist:
            raise Http404 from None
        else:
            undo = reverse("sales:remove", args=[back.pk])
            amount = formats.money(-back.amount, back.currency, 2)
            say(request, _("Credit note of %(amount)s entered") % {"amount": amount}, undo_url=undo)
            return answered(request, document.get_absolute_url())
    return dialog(request, "sales/dialogs/credit.html", _context(document, form, _("Enter a credit note")), refused=bool(form.errors))


def _context(document: Document, form: Any, title: str) -> dict[str, Any]:
    back = {"back": str(document), "back_url": document.get_absolute_url()}
    return {"document": document, "form": form, "title": title, **back}
