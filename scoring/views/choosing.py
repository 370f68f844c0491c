"""Choosing which clients the page of profitability shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from reminders.views.rules import draw_condition
from scoring.choosing import fields_of, views_for
from scoring.page import ProfitPage

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "sales.see_profit"


@require_GET
@requires(SEE)
def choose(request: SignedInRequest) -> HttpResponseBase:
    """The dialog with the conditions that the address says; with those of a `view` of the list of clients, if it names one."""
    return _dialog(request, ProfitPage(request.user, request.GET), view=request.GET.get("view", ""))


@require_GET
@requires(SEE)
def chosen(request: SignedInRequest) -> HttpResponseBase:
    """Lead to the page with the conditions that were chosen, or say in the dialog what is wrong with them."""
    page = ProfitPage(request.user, request.GET)
    if page.audience.problems:
        return _dialog(request, page, status=422)
    return HttpResponseClientRedirect(page.url) if request.htmx else redirect(page.url)


@require_GET
@requires(SEE)
def condition(request: SignedInRequest) -> HttpResponseBase:
    """The field of one condition (`add`), to be put into the dialog."""
    return draw_condition(request)


def _dialog(request: SignedInRequest, page: ProfitPage, *, view: str = "", status: int = 200) -> HttpResponseBase:
    views = list(views_for(request.user))
    audience = next((one.audience for one in views if one.key == view), page.audience)
    context = {
        "page": page,
        "audience": audience,
        "conditions": fields_of(audience),
        "problems": audience.problems if audience.said else [],
        "views": views,
        "title": _("Which clients"),
        "dialog": "scoring/profitability/choose.html",
    }
    template = context["dialog"] if request.htmx else "scoring/profitability/choose_page.html"
    return render(request, str(template), context, status=status)
