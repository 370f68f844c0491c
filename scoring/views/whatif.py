"""What if: other terms of a client, another driver of a pool. All by the address, and nothing is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.models import Client
from scoring.models import TurnaroundCase
from scoring.services import keep_in_view
from scoring.services.cases import open_case
from scoring.whatif_page import ClientWhatIfPage, PoolWhatIfPage
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "sales.see_profit"


@require_GET
@requires(SEE)
def client(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """What other terms of a client would come to."""
    found = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    page = ClientWhatIfPage(request.user, found, request.GET)
    keep_in_view(page.shown)
    return _answer(request, "scoring/whatif/client.html", page)


@require_GET
@requires(SEE)
def pool(request: SignedInRequest) -> HttpResponseBase:
    """What another driver or amount of a pool would come to."""
    page = PoolWhatIfPage(request.user, request.GET)
    keep_in_view(page.shown)
    return _answer(request, "scoring/whatif/pool.html", page)


def _answer(request: SignedInRequest, template: str, page: ClientWhatIfPage | PoolWhatIfPage) -> HttpResponse:
    status = 422 if page.form.errors else 200
    return render(request, f"{template}#answer" if request.htmx else template, {"page": page}, status=status)


@require_POST
@requires(SEE, "scoring.change_turnaroundcase")
def propose(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take the terms of the address to the client's case, and open one first where there is none. There they stand in a form,
    to be looked at and saved."""
    found = get_object_or_404(Client.objects.visible_to(request.user), pk=pk)
    page = ClientWhatIfPage(request.user, found, request.GET)
    case: TurnaroundCase | None = page.case
    if page.form.errors or not page.said:
        return redirect(page.url)
    if case is None:
        try:
            case = open_case(user=request.user, client_id=pk, first=page.period.first, end=page.period.end)
        except Refused as refusal:
            for error in refusal.errors:
                messages.warning(request, str(error.message))
            return redirect(page.url)
        undo = reverse("scoring:case_close", args=[case.pk]) + "?mistake=1"
        say(request, _("Case {number} is open: {client}").format(number=case.pk, client=found), undo_url=undo)
    return redirect(f"{reverse('scoring:case_decide', args=[case.pk])}?{page.proposal}")
