"""The board of turnaround cases, the page of one, and opening one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.forms.fields import as_number
from clients.models import Client
from sales.periods import company_today
from scoring.case_board import CaseBoard
from scoring.case_page import CasePage
from scoring.models import TurnaroundCase
from scoring.periods import read_period
from scoring.services.cases import open_case
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "scoring.view_turnaroundcase"


@requires(SEE)
@require_GET
def board(request: SignedInRequest) -> HttpResponse:
    """The cases by how far they are, and what they brought this year."""
    return render(request, "scoring/cases/board.html", {"board": CaseBoard(request.user)})


@requires(SEE)
@require_GET
def page(request: SignedInRequest, pk: int) -> HttpResponse:
    """One case."""
    return render(request, "scoring/cases/page.html", {"page": find_page(request, pk)})


def find_page(request: SignedInRequest, pk: int) -> CasePage:
    """Return the page of a case; 404 for whoever may not see it."""
    try:
        return CasePage(request.user, pk)
    except TurnaroundCase.DoesNotExist:
        raise Http404 from None


@requires("scoring.add_turnaroundcase")
@require_POST
def open_one(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the case of a client, from the period that the page showed (`period`)."""
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    period = read_period(request.POST.get("period", ""), company_today())
    try:
        case = open_case(user=request.user, client_id=client.pk, first=period.first, end=period.end)
    except Refused as refusal:
        for error in refusal.errors:
            messages.warning(request, str(error.message))
        standing = TurnaroundCase.objects.visible_to(request.user).open().filter(client=client).first()
        return redirect("scoring:case", pk=standing.pk) if standing else redirect("clients:card", pk=client.pk)
    undo = reverse("scoring:case_close", args=[case.pk]) + "?mistake=1"
    say(request, _("Case {number} is open: {client}").format(number=case.pk, client=client), undo_url=undo)
    return redirect("scoring:case", pk=case.pk)


def asked_by_mistake(request: SignedInRequest) -> bool:
    """Whether this is the Undo of an opening."""
    return as_number(request.GET.get("mistake")) == 1
