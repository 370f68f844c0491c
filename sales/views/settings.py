"""The settings of the ledger, and its cost categories."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.views.card import posted
from sales.forms.pools import CategoryForm, LedgerSettingsForm
from sales.models import CostCategory, LedgerSettings
from sales.services import add_cost_category, change_cost_category, change_ledger_settings, retire_cost_category
from sales.views.answering import dialog, say_refusal
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "sales.set_ledger"


@requires(SET)
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponseBase:
    """What is closed, when a client is former, who sees profit; and the categories of costs."""
    form = LedgerSettingsForm(posted(request))
    if request.method == "POST":
        before = _kept(LedgerSettings.current())
        try:
            saved = _kept(change_ledger_settings(user=request.user, values=form.typed()))
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            closing, others = before[0] != saved[0], before[1:] != saved[1:]
            words = _("Settings saved; Undo takes back the closing alone") if closing and others else _("Settings saved")
            say(request, words, undo_url=_undo_of(before[0]) if closing else "")
            return redirect("sales:settings")
    return _page(request, form=form)


def _kept(settings: LedgerSettings) -> tuple[date | None, int, bool]:
    return settings.locked_before, settings.former_after_months, settings.managers_see_profit


def _undo_of(before: object) -> str:
    return reverse("sales:closed_before", args=[str(before or "never")])


@requires(SET)
@require_POST
def closed_before(request: SignedInRequest, day: str) -> HttpResponseBase:
    """Undo of a change of the day before which the ledger is closed."""
    try:
        change_ledger_settings(user=request.user, values={"locked_before": "" if day == "never" else day})
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("The ledger is closed as it was before"))
    return redirect("sales:settings")


def _page(request: SignedInRequest, *, form: LedgerSettingsForm | None = None, category: CategoryForm | None = None) -> HttpResponse:
    refused = bool((form and form.errors) or (category and category.errors))
    categories = list(CostCategory.objects.all())
    context = {
        "form": form or LedgerSettingsForm(),
        "category_form": category or CategoryForm(),
        "active": [one for one in categories if not one.retired],
        "retired": [one for one in categories if one.retired],
    }
    return render(request, "sales/settings/page.html", context, status=422 if refused else 200)


@requires(SET)
@require_POST
def add_category(request: SignedInRequest) -> HttpResponseBase:
    """Add a category of costs."""
    form = CategoryForm(request.POST)
    try:
        made = add_cost_category(user=request.user, **form.typed())
    except Refused as refusal:
        form.take_refusal(refusal.errors)
        return _page(request, category=form)
    say(request, _("%(what)s added") % {"what": made})
    return redirect("sales:settings")


@requires(SET)
@require_http_methods(["GET", "POST"])
def category(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Rename a category, or say whether it wins clients."""
    found = get_object_or_404(CostCategory, pk=pk)
    form = CategoryForm(posted(request), category=found)
    if request.method == "POST":
        try:
            saved = change_cost_category(user=request.user, category_id=pk, **form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("%(what)s saved") % {"what": saved})
            return redirect("sales:settings")
    context = {"form": form, "category": found, "title": str(found), "back": _("Ledger"), "back_url": reverse("sales:settings")}
    return dialog(request, "sales/dialogs/category.html", context, refused=bool(form.errors))


@requires(SET)
@require_POST
def retire(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a category no longer; Undo offers it again."""
    found = get_object_or_404(CostCategory, pk=pk)
    retire_cost_category(user=request.user, category_id=pk)
    say(request, _("%(what)s is no longer offered") % {"what": found}, undo_url=reverse("sales:category_back", args=[pk]))
    return redirect("sales:settings")


@requires(SET)
@require_POST
def bring_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a category again."""
    found = get_object_or_404(CostCategory, pk=pk)
    retire_cost_category(user=request.user, category_id=pk, retired=False)
    say(request, _("%(what)s is offered again") % {"what": found})
    return redirect("sales:settings")
