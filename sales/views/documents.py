"""The page of one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import requires
from sales.document_page import DocumentPage
from sales.models import Document
from sales.tables import with_profit_shown
from sales.views.guards import READ

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def find_document(request: SignedInRequest, pk: int) -> Document:
    """Return the document as its page needs it; 404 for whoever may not see it."""
    rows = with_profit_shown(request.user)(Document.objects.visible_to(request.user))
    related = ("client__manager", "line_of_business", "reverses", "created_by")
    found: Document = get_object_or_404(rows.select_related(*related), pk=pk)
    return found


def find_own_document(request: SignedInRequest, pk: int) -> Document:
    """Return a document that the user may change; 403 for a reader, 404 for a stranger."""
    document = find_document(request, pk)
    if not Document.objects.editable_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return document


@require_GET
@requires(READ)
def document(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one document: its lines, payments, credit notes, costs, complaints and history."""
    return render(request, "sales/document/page.html", DocumentPage(find_document(request, pk), request.user).context())
