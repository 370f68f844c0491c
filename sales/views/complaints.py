"""Complaints: one of them, logging, changing, resolving, removing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.fields import as_number
from clients.views.card import posted
from sales.forms.costs import ComplaintForm, ResolveForm
from sales.models import Complaint
from sales.services import (
    change_complaint,
    log_complaint,
    may_remove_complaint,
    remove_complaint,
    resolve_complaint,
    restore_complaint,
)
from sales.tables import with_profit_shown
from sales.views.answering import answered, dialog, not_yours, say_refusal, stale
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

READ, CHANGE = "sales.view_complaint", "sales.change_complaint"


def find_complaint(request: SignedInRequest, pk: int) -> Complaint:
    """Return the complaint as its page needs it; 404 for whoever may not see it."""
    rows = with_profit_shown(request.user)(Complaint.objects.visible_to(request.user))
    found: Complaint = get_object_or_404(rows.select_related("client__manager", "document", "created_by"), pk=pk)
    return found


def find_own_complaint(request: SignedInRequest, pk: int) -> Complaint:
    """Return a complaint that the user may change; 403 for a reader, 404 for a stranger."""
    found = find_complaint(request, pk)
    if not _may_change(request, found):
        raise PermissionDenied
    return found


def _may_change(request: SignedInRequest, complaint: Complaint) -> bool:
    return Complaint.objects.editable_by(request.user).filter(pk=complaint.pk).exists()


@require_GET
@requires(READ)
def complaint(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one complaint."""
    found = find_complaint(request, pk)
    may_change = _may_change(request, found)
    may_remove = may_change and may_remove_complaint(found, request.user, timezone.now())
    context = {"complaint": found, "client": found.client, "may_change": may_change, "may_remove": may_remove}
    return render(request, "sales/complaints/page.html", context)


@requires("sales.add_complaint")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Log a complaint. The address may propose: ?client=5&document=81."""
    form = ComplaintForm(posted(request), user=request.user, initial=request.GET)
    if request.method == "POST":
        try:
            made = log_complaint(user=request.user, data=form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        else:
            undo = reverse("sales:remove_complaint", args=[made.pk])
            say(request, _("Complaint of %(client)s logged") % {"client": made.client}, undo_url=undo)
            return redirect("sales:complaint", pk=made.pk)
    return _form(request, form)


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change a complaint. What somebody else changed meanwhile stands beside what was typed, and nothing is lost."""
    found = find_own_complaint(request, pk)
    form = ComplaintForm(posted(request), user=request.user, complaint=found)
    if request.method == "POST":
        try:
            change_complaint(user=request.user, complaint_id=pk, version=form.version, changes=form.for_service())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        except StaleVersion:
            return _conflict(request, form, find_own_complaint(request, pk))
        except Complaint.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("Complaint saved"))
            return redirect("sales:complaint", pk=pk)
    return _form(request, form)


def _form(request: SignedInRequest, form: ComplaintForm) -> HttpResponse:
    context = {"form": form, "complaint": form.complaint}
    return render(request, "sales/complaints/form.html", context, status=422 if form.errors else 200)


def _conflict(request: SignedInRequest, mine: ComplaintForm, current: Complaint) -> HttpResponse:
    theirs = ComplaintForm(user=request.user, complaint=current)
    context: dict[str, Any] = {
        "conflict": compare(mine, theirs, version=current.version),
        "conflict_title": _("Somebody else changed this complaint while you wrote"),
        "complaint": current,
        "action": reverse("sales:edit_complaint", args=[current.pk]),
    }
    return render(request, "sales/complaints/conflict.html", context, status=409)


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def resolve(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Note how and when a complaint was resolved."""
    found = find_own_complaint(request, pk)
    form = ResolveForm(posted(request), complaint=found)
    if request.method == "POST":
        try:
            resolve_complaint(user=request.user, complaint_id=pk, version=form.version, **form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion as changed:
            form.version = changed.current.version
            form.take_refusal([stale()])
        except Complaint.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("Complaint resolved"), undo_url=reverse("sales:reopen_complaint", args=[pk]))
            return answered(request, reverse("sales:complaint", args=[pk]))
    context = {"form": form, "complaint": found, "title": _("Resolve the complaint"), "back": str(found.client)}
    context["back_url"] = reverse("sales:complaint", args=[pk])
    return dialog(request, "sales/dialogs/resolve.html", context, refused=bool(form.errors))


@requires(CHANGE)
@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Open a resolved complaint again; how it was resolved stays written."""
    found = find_own_complaint(request, pk)
    try:
        change_complaint(user=request.user, complaint_id=pk, version=found.version, changes={"resolved_on": ""})
    except Refused as refusal:
        say_refusal(request, refusal)
    except StaleVersion:
        messages.warning(request, _("Somebody changed this meanwhile; look at it again."))
    except Complaint.DoesNotExist:
        raise Http404 from None
    else:
        say(request, _("The complaint is open again"))
    return answered(request, reverse("sales:complaint", args=[pk]))


@requires(CHANGE)
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a complaint; it can be put back from the toast."""
    found = find_own_complaint(request, pk)
    try:
        event = remove_complaint(user=request.user, complaint_id=pk, version=as_number(request.POST.get("version")) or None)
    except Refused as refusal:
        say_refusal(request, refusal)
        return redirect("sales:complaint", pk=pk)
    except StaleVersion:
        messages.warning(request, _("Somebody changed this meanwhile; look at it again before you remove it."))
        return redirect("sales:complaint", pk=pk)
    except Complaint.DoesNotExist:
        raise Http404 from None
    undo = reverse("sales:restore_complaint", args=[event])
    say(request, _("Complaint of %(client)s removed") % {"client": found.client}, undo_url=undo)
    return redirect("sales:complaints")


@requires(CHANGE)
@require_POST
def restore(request: SignedInRequest, event_id: int) -> HttpResponseBase:
    """Put a removed complaint back."""
    try:
        back = restore_complaint(user=request.user, event_id=event_id)
    except (Complaint.DoesNotExist, StaleVersion):
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
        return redirect("sales:complaints")
    say(request, _("The complaint is back"))
    return redirect("sales:complaint", pk=back.pk)
