"""Kinds of reminders: added, renamed, retired, put in another order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import Refused
from reminders.forms.rules import KindForm
from reminders.models import ReminderKind
from reminders.services import kinds as services
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "reminders.set_reminder_kinds"


@requires(SET)
def kinds(request: SignedInRequest) -> HttpResponseBase:
    """The kinds with the number of rules that use each; posting adds one."""
    form = KindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            kind = services.add_kind(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.take_refusal(refused.errors)
        else:
            say(request, _("Added: {name}").format(name=kind))
            return redirect("reminders:kinds")
    found = list(ReminderKind.objects.annotate(number_of_rules=Count("rules", filter=Q(rules__retired_at=None))).order_by("position", "pk"))
    context = {"form": form, "active": [one for one in found if not one.retired], "retired": [one for one in found if one.retired]}
    return render(request, "reminders/rules/kinds.html", {**context, "kept": services.KEPT}, status=422 if form.errors else 200)


@requires(SET)
def kind(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Rename a kind, or change what closes it."""
    one = ReminderKind.objects.filter(pk=pk).first()
    if one is None:
        raise Http404
    form = KindForm(request.POST if request.method == "POST" else None, kind=one)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_kind(user=request.user, kind_id=pk, **form.cleaned_data)
        except Refused as refused:
            form.take_refusal(refused.errors)
        else:
            say(request, _("Saved"))
            return _back(request)
    context: dict[str, Any] = {"kind": one, "form": form}
    template = "reminders/rules/kind.html#dialog" if request.htmx else "reminders/rules/kind.html"
    return render(request, template, context, status=422 if form.errors else 200)


@require_POST
@requires(SET)
def move_kind(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Put a kind one place up or down."""
    try:
        services.move_kind(user=request.user, kind_id=pk, up=request.POST.get("up") == "yes")
    except ReminderKind.DoesNotExist:
        raise Http404 from None
    return _back(request)


@require_POST
@requires(SET)
def retire_kind(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a kind no longer; Undo offers it again."""
    return _retire(request, pk, retired=True)


@require_POST
@requires(SET)
def kind_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Offer a retired kind again."""
    return _retire(request, pk, retired=False)


def _retire(request: SignedInRequest, pk: int, *, retired: bool) -> HttpResponseBase:
    try:
        one = services.retire_kind(user=request.user, kind_id=pk, retired=retired)
    except ReminderKind.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say(request, str(refused.errors[0].message))
    else:
        if retired:
            text = _("Retired: {name}. Reminders and rules that have it keep it.").format(name=one)
            say(request, text, undo_url=reverse("reminders:kind_back", args=[pk]))
    return _back(request)


def _back(request: SignedInRequest) -> HttpResponseBase:
    url = reverse("reminders:kinds")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
