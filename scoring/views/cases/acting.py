"""What one does with a turnaround case: deciding, agreeing on terms, acting, stopping, closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import FieldError, Refused, StaleVersion
from clients.views.card import dialog, posted
from sales.periods import company_today
from scoring.case_page import CasePage
from scoring.forms.cases import ActForm, CaseForm, CloseForm, StopForm, TermForm
from scoring.models import TurnaroundCase
from scoring.services import cases as services
from scoring.views.cases.board import asked_by_mistake, find_page
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

CHANGE = "scoring.change_turnaroundcase"
_STALE = FieldError("", "stale", gettext_lazy("Somebody changed this case meanwhile. Save again if you still mean it."))


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Decide: the cause, the action, the owner, the deadline."""
    page = _to_work_on(request, pk)
    form = CaseForm(posted(request), case=page.case, shows_figures=page.shows_figures, proposed=request.GET.dict())

    def save() -> None:
        services.change_case(user=request.user, case_id=pk, version=form.version, changes=form.for_service())
        say(request, _("Saved."))

    return _dialog(request, page, form, "decide", save)


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def terms(request: SignedInRequest, pk: int) -> HttpResponse:
    """Record a change of terms."""
    page = _to_work_on(request, pk)
    known = {name: request.GET[name][:200] for name in ("what", "before", "becomes") if name in request.GET}  # from a what-if
    form = TermForm(posted(request), case=page.case, initial={"agreed_on": company_today()} | known)

    def save() -> None:
        typed: dict[str, Any] = {"was" if name == "before" else name: value or "" for name, value in form.typed().items()}
        term = services.agree_terms(user=request.user, case_id=pk, **typed)
        say(request, _("Recorded: {terms}").format(terms=term), undo_url=reverse("scoring:case_drop_terms", args=[pk, term.pk]))

    return _dialog(request, page, form, "terms", save)


@requires(CHANGE)
@require_POST
def drop_terms(request: SignedInRequest, pk: int, term_id: int) -> HttpResponse:
    """Take back a change of terms that was recorded by mistake."""
    _to_work_on(request, pk)
    return _at_once(request, pk, lambda: services.drop_terms(user=request.user, case_id=pk, term_id=term_id), _("Taken back."))


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that what was agreed holds."""
    page = _to_work_on(request, pk)
    form = ActForm(posted(request), case=page.case, initial={"acted_on": company_today()})

    def save() -> None:
        case = services.act(user=request.user, case_id=pk, version=form.version, acted_on=form.typed()["acted_on"] or None)
        day = formats.full(case.measure_on) if case.measure_on else ""
        say(request, _("In force; measured again on {day}").format(day=day), undo_url=reverse("scoring:case_undo_act", args=[pk]))

    return _dialog(request, page, form, "act", save)


@requires(CHANGE)
@require_POST
def undo_act(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back that what was agreed holds."""
    _to_work_on(request, pk)
    return _at_once(request, pk, lambda: services.not_acting_yet(user=request.user, case_id=pk), _("Taken back: not in force yet."))


@requires("scoring.stop_working")
@require_http_methods(["GET", "POST"])
def stop(request: SignedInRequest, pk: int) -> HttpResponse:
    """Stop working with the client: management's word."""
    page = _to_work_on(request, pk)
    form = StopForm(posted(request), case=page.case)

    def save() -> None:
        services.stop_working(user=request.user, case_id=pk, version=form.version, reason=form.typed()["reason"] or "")
        told = _("{client} is a former client and archived").format(client=page.client)
        say(request, told, undo_url=reverse("scoring:case_reopen", args=[pk]))

    return _dialog(request, page, form, "stop", save)


@requires(CHANGE)
@require_http_methods(["GET", "POST"])
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close the case; without a form where it was opened by mistake (`mistake`)."""
    page = _to_work_on(request, pk)
    if request.method == "POST" and asked_by_mistake(request):
        because = _("Opened by mistake")
        return _at_once(request, pk, lambda: services.close_case(user=request.user, case_id=pk, because=because), _("Closed again."))
    form = CloseForm(posted(request), case=page.case)

    def save() -> None:
        services.close_case(user=request.user, case_id=pk, version=form.version, because=form.typed()["because"] or "")
        say(request, _("Case {number} is closed").format(number=pk), undo_url=reverse("scoring:case_reopen", args=[pk]))

    return _dialog(request, page, form, "close", save)


@requires(CHANGE)
@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the case again; a client that we had stopped working with comes back."""
    page = find_page(request, pk)
    if not page.may_edit:
        raise PermissionDenied
    return _at_once(request, pk, lambda: services.reopen_case(user=request.user, case_id=pk), _("The case is open again."))


def _to_work_on(request: SignedInRequest, pk: int) -> CasePage:
    page = find_page(request, pk)
    if not page.may_edit:
        raise PermissionDenied
    return page


def _dialog(request: SignedInRequest, page: CasePage, form: Any, name: str, save: Callable[[], None]) -> HttpResponse:
    if request.method == "POST":
        try:
            save()
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion as changed:
            form.version = changed.current.version
            form.take_refusal([_STALE])
        else:
            return _to_case(request, page.case.pk)
    context = {"form": form, "page": page, "case": page.case, "client": page.client}
    return dialog(request, f"scoring/cases/dialogs/{name}.html", context, status=422 if form.errors else 200)


def _at_once(request: SignedInRequest, pk: int, do: Callable[[], Any], told: str) -> HttpResponse:
    try:
        do()
        say(request, told)
    except Refused as refusal:
        for error in refusal.errors:
            messages.warning(request, str(error.message))
    except StaleVersion:
        messages.warning(request, _("Somebody changed this case meanwhile; it stays as it is."))
    return _to_case(request, pk)


def _to_case(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lead to the page of the case, or to the board for whoever sees it no more (it has another owner now)."""
    seen = TurnaroundCase.objects.visible_to(request.user).filter(pk=pk).exists()
    url = reverse("scoring:case", args=[pk]) if seen else reverse("scoring:cases")
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
