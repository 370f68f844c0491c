"""Entering, changing and removing a cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.views.card import posted
from sales.forms.costs import CostForm
from sales.models import Cost
from sales.services import change_cost, enter_cost, remove_cost, restore_cost
from sales.views.answering import answered, dialog, not_yours, say_refusal
from sales.views.guards import for_who_sees_profit
from ui import formats
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("sales.add_cost")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Enter a cost. The address may propose: ?client=5&document=81."""
    form = CostForm(posted(request), user=request.user, initial=request.GET)
    if request.method == "POST":
        try:
            made = enter_cost(user=request.user, data=form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        else:
            undo = reverse("sales:remove_cost", args=[made.pk])
            say(request, _("%(what)s entered") % {"what": _called(made)}, undo_url=undo)
            return answered(request, reverse("sales:costs"))
    return _form(request, form)


@for_who_sees_profit
@require_http_methods(["GET", "POST"])
def cost(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Show a cost, to be changed by whoever may."""
    found = get_object_or_404(Cost.objects.visible_to(request.user).select_related("client", "category", "created_by"), pk=pk)
    may_change = Cost.objects.editable_by(request.user).filter(pk=pk).exists()
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    form = CostForm(posted(request), user=request.user, cost=found)
    if request.method == "POST":
        try:
            saved = change_cost(user=request.user, cost_id=pk, version=form.version, changes=form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        except StaleVersion:
            return _conflict(request, form)
        except Cost.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("%(what)s saved") % {"what": _called(saved)})
            return answered(request, reverse("sales:costs"))
    return _form(request, form, may_change=may_change)


def _conflict(request: SignedInRequest, mine: CostForm) -> HttpResponseBase:
    """Show both values of what somebody else changed meanwhile; nothing is saved, and nothing is lost."""
    assert mine.cost is not None  # it was sent to be changed
    rows = Cost.objects.visible_to(request.user).select_related("client", "category", "created_by")
    current = get_object_or_404(rows, pk=mine.cost.pk)
    context: dict[str, Any] = {
        "conflict": compare(mine, CostForm(user=request.user, cost=current), version=current.version),
        "conflict_title": _("Somebody else changed this cost while you wrote"),
        "cost": current,
        "title": _("Change the cost"),
        "back": _("Costs"),
        "back_url": reverse("sales:costs"),
        "action": reverse("sales:cost", args=[current.pk]),
    }
    return dialog(request, "sales/dialogs/cost_conflict.html", context, status=409)


def _called(cost: Cost) -> str:
    return f"{cost.category}, {formats.money(cost.amount, cost.currency, 2)}"


def _form(request: SignedInRequest, form: CostForm, *, may_change: bool = True) -> HttpResponseBase:
    title = _("Enter a cost") if form.cost is None else _("Change the cost") if may_change else _("Cost")
    context: dict[str, Any] = {"form": form, "cost": form.cost, "title": title, "may_change": may_change}
    context |= {"back": _("Costs"), "back_url": reverse("sales:costs")}
    return dialog(request, "sales/dialogs/cost.html", context, refused=bool(form.errors))


@requires("sales.change_cost")
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a cost; it can be put back from the toast."""
    found = get_object_or_404(Cost.objects.visible_to(request.user).select_related("category"), pk=pk)
    try:
        event = remove_cost(user=request.user, cost_id=pk)
    except Cost.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        undo = reverse("sales:restore_cost", args=[event])
        say(request, _("%(what)s removed") % {"what": _called(found)}, undo_url=undo)
    return answered(request, reverse("sales:costs"))


@requires("sales.change_cost")
@require_POST
def restore(request: SignedInRequest, event_id: int) -> HttpResponseBase:
    """Put a removed cost back."""
    try:
        back = restore_cost(user=request.user, event_id=event_id)
    except (Cost.DoesNotExist, StaleVersion):
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("%(what)s is back") % {"what": _called(back)})
    return answered(request, reverse("sales:costs"))
