"""What clients earn: the whale curve, angels and demons, and where the money of one client goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.access import requires
from clients.models import Client
from scoring.page import ProfitPage
from scoring.services import keep_in_view

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "sales.see_profit"


@require_GET
@requires(SEE)
def page(request: SignedInRequest) -> HttpResponseBase:
    """The profit of a period at a glance; while it is worked out, how far that is."""
    shown = ProfitPage(request.user, request.GET)
    keep_in_view(shown.shown)
    template = "scoring/profitability/page.html"
    return render(request, f"{template}#report" if request.htmx else template, {"page": shown})


@require_GET
@requires(SEE)
def waterfall(request: SignedInRequest) -> HttpResponseBase:
    """The way from revenue to profit of one client (`client`)."""
    shown = ProfitPage(request.user, request.GET)
    asked = request.GET.get("client", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else 0
    client = get_object_or_404(Client.objects.visible_to(request.user), pk=number)
    return render(request, "scoring/profitability/waterfall.html", {"page": shown, "client": client, "steps": shown.waterfall_of(client)})


@require_GET
@requires(SEE)
def moved(request: SignedInRequest) -> HttpResponseBase:
    """Who moved between angel and demon since the period before; the page asks for it once it stands."""
    return render(request, "scoring/profitability/moved.html", {"page": ProfitPage(request.user, request.GET)})


@require_GET
@requires(SEE)
def way(request: SignedInRequest) -> HttpResponseBase:
    """The way from revenue to profit of the clients chosen (of the company, if none are); the page asks for it once it stands."""
    return render(request, "scoring/profitability/company.html", {"page": ProfitPage(request.user, request.GET)})
