"""Cost pools: one month at a glance, a pool with its weights, last month's once more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.fields import as_number
from clients.views.card import posted
from sales.forms.pools import PoolForm
from sales.models import ClientMonth, CostPool, LedgerSettings
from sales.periods import company_today, first_of_month
from sales.services import copy_pools, remove_pool, restore_pool, set_pool
from sales.views.answering import say_refusal
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

READ = "sales.view_costpool"
_EARLIEST, _LATEST = 1990, 2200


def month_asked(request: SignedInRequest) -> date:
    """Return the month that the address names ("2026-11"), else the one that it is."""
    text = request.GET.get("month", "")
    try:
        asked = date.fromisoformat(f"{text}-01") if len(text) == 7 else first_of_month(company_today())
    except ValueError:
        asked = first_of_month(company_today())
    return asked if _EARLIEST < asked.year < _LATEST else first_of_month(company_today())


def url_of(month: date) -> str:
    """Return the page of the pools of `month`."""
    return f"{reverse('sales:pools')}?month={month:%Y-%m}"


@require_GET
@requires(READ)
def pools(request: SignedInRequest) -> HttpResponse:
    """The pools of one month, with what they add up to beside the month's revenue."""
    month = month_asked(request)
    rows = list(CostPool.objects.visible_to(request.user).filter(month=month).annotate(by_hand=Count("weights")).order_by("name", "pk"))
    before = month - relativedelta(months=1)
    revenue = ClientMonth.objects.filter(month=month).aggregate(of=Sum("revenue"))["of"] or Decimal(0)
    locked = LedgerSettings.current().locked_before
    total = sum((one.amount for one in rows), Decimal(0))
    context = {
        "month": month,
        "rows": rows,
        "total": total,
        "share": 100 * total / revenue if revenue > 0 else None,
        "closed": locked is not None and month < locked,
        "may_copy": not rows and CostPool.objects.visible_to(request.user).filter(month=before).exists(),
        "earlier_url": url_of(before),
        "later_url": url_of(month + relativedelta(months=1)),
    }
    return render(request, "sales/pools/month.html", context)


@requires("sales.add_costpool")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Add a pool to the month of the address."""
    month = month_asked(request)
    form = PoolForm(posted(request), user=request.user, month=month)
    if request.method == "POST":
        try:
            values, weights = form.for_service()
            made = set_pool(user=request.user, data=values, weights=weights)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("%(what)s added") % {"what": made}, undo_url=reverse("sales:remove_pool", args=[made.pk]))
            return redirect(url_of(month))
    return _form(request, form)


@requires("sales.change_costpool")
@require_http_methods(["GET", "POST"])
def pool(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change a pool. What somebody else changed meanwhile stands beside what was typed, and nothing is lost."""
    found = get_object_or_404(CostPool.objects.visible_to(request.user), pk=pk)
    form = PoolForm(posted(request), user=request.user, month=found.month, pool=found, driver=request.GET.get("driver", ""))
    if request.method == "POST":
        try:
            values, weights = form.for_service()
            saved = set_pool(user=request.user, pool_id=pk, version=form.version, data=values, weights=weights)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion:
            return _conflict(request, form, get_object_or_404(CostPool.objects.visible_to(request.user), pk=pk))
        except CostPool.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("%(what)s saved") % {"what": saved})
            return redirect(url_of(found.month))
    return _form(request, form)


def _form(request: SignedInRequest, form: PoolForm) -> HttpResponse:
    context = {"form": form, "pool": form.pool, "month": form.month, "month_url": url_of(form.month)}
    return render(request, "sales/pools/form.html", context, status=422 if form.is_refused else 200)


def _conflict(request: SignedInRequest, mine: PoolForm, current: CostPool) -> HttpResponse:
    theirs = PoolForm(user=request.user, month=current.month, pool=current)
    conflict = compare(mine, theirs, version=current.version)
    for row in mine.rows:
        conflict.kept.extend([("weight_client", row.client), ("weight", row.weight)])
    context = {
        "conflict": conflict,
        "conflict_title": _("Somebody else changed this pool while you wrote"),
        "pool": current,
        "month_url": url_of(current.month),
        "action": reverse("sales:pool", args=[current.pk]),
    }
    return render(request, "sales/pools/conflict.html", context, status=409)


@requires("sales.add_costpool")
@require_POST
def copy(request: SignedInRequest) -> HttpResponseBase:
    """Give the month of the address the pools of the one before."""
    month = month_asked(request)
    try:
        made = copy_pools(user=request.user, month=month)
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, ngettext("%(count)s pool copied", "%(count)s pools copied", len(made)) % {"count": len(made)})
    return redirect(url_of(month))


@requires("sales.delete_costpool")
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a pool; it can be put back from the toast."""
    found = get_object_or_404(CostPool.objects.visible_to(request.user), pk=pk)
    try:
        event = remove_pool(user=request.user, pool_id=pk, version=as_number(request.POST.get("version")) or None)
    except CostPool.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    except StaleVersion:
        messages.warning(request, _("Somebody changed this meanwhile; look at it again before you remove it."))
    else:
        say(request, _("%(what)s removed") % {"what": found}, undo_url=reverse("sales:restore_pool", args=[event]))
    return redirect(url_of(found.month))


@requires("sales.delete_costpool")
@require_POST
def restore(request: SignedInRequest, event_id: int) -> HttpResponseBase:
    """Put a removed pool back."""
    try:
        back = restore_pool(user=request.user, event_id=event_id)
    except (CostPool.DoesNotExist, StaleVersion):
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
        return redirect("sales:pools")
    say(request, _("%(what)s is back") % {"what": back})
    return redirect(url_of(back.month))
