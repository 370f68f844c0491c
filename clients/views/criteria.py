"""Entry criteria: the list, one criterion beside it, and its way from draft to force and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from accounts.models import User
from clients.criteria import words
from clients.criteria.facts import Fact
from clients.criteria.overview import overview
from clients.criteria.rules import Rule, company_today, criteria_in_force, rule_of
from clients.criteria.standing import Shortage, shortage_of
from clients.errors import Refused
from clients.forms.criteria import DraftForm, NewCriterionForm
from clients.models import Criterion, RuleChange
from clients.models.criteria import CriterionState
from clients.services import criteria as services
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SEE = "clients.view_client"
SET = "clients.set_rules"


@require_GET
@requires(SEE)
def criteria_list(request: SignedInRequest) -> HttpResponseBase:
    """The criteria with how far the registry meets each; the first draft, if there is one, stands open beside them."""
    facts = services.facts_offered()
    drafts = Criterion.objects.drafts().filter(fact__in=facts).order_by("-pk") if request.user.has_perm(SET) else Criterion.objects.none()
    return _page(request, facts, drafts.first(), opened=False)


@requires(SEE)
def criterion(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One criterion beside the list. Posting changes a draft and answers with what it would do."""
    facts = services.facts_offered()
    if request.method != "POST":
        return _page(request, facts, _shown(request, pk), opened=True)
    services.may_set_rules(request.user)
    draft = _shown(request, pk)
    form = _draft_form(draft, facts, request.POST)
    status = 200
    if form is None:
        raise Http404
    if not form.is_valid():
        status = 422
    else:
        try:
            draft = services.change_draft(user=request.user, criterion_id=pk, version=form.cleaned_data["version"], values=form.said())
        except Refused as refused:
            form.refuse(refused.errors)
            status = 422
        except services.StaleDraft as stale:
            return render(request, "clients/criteria/conflict.html", {"draft": stale.current}, status=409)
        except Criterion.DoesNotExist:
            raise Http404 from None
    if not request.htmx:
        return redirect("criteria:criterion", pk) if status == 200 else _page(request, facts, draft, opened=True, form=form, status=status)
    context = {"criterion": draft, "form": form} if status != 200 else _effect_of(request, draft, facts)
    response = render(request, "clients/criteria/effect.html", context, status=status)
    response["HX-Trigger"] = "criteria:changed"
    return response


@require_GET
@requires(SEE)
def effect(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Who falls short of a criterion, or would."""
    return render(request, "clients/criteria/effect.html", _effect_of(request, _shown(request, pk), services.facts_offered()))


@require_GET
@requires(SEE)
def table(request: SignedInRequest) -> HttpResponseBase:
    """The list alone, drawn again after a draft was changed or a pass has come further."""
    here = request.GET.get("here", "")
    context = {"page": overview(), "here": int(here) if here.isascii() and here.isdigit() and len(here) < 10 else None}
    return render(request, "clients/criteria/table.html", context)


@requires(SET)
def new(request: SignedInRequest) -> HttpResponseBase:
    """Choose the field of a new criterion; a draft begins at once."""
    form = NewCriterionForm(request.POST or None, facts=services.facts_offered())
    if request.method == "POST" and form.is_valid():
        draft = services.draft_criterion(user=request.user, values=form.cleaned_data)
        return _to(request, reverse("criteria:criterion", args=[draft.pk]))
    template = "clients/criteria/new.html#dialog" if request.htmx else "clients/criteria/new.html"
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@require_POST
@requires(SET)
def change(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Begin the next version of a criterion in force."""
    try:
        draft = services.draft_change(user=request.user, criterion_id=pk)
    except Criterion.DoesNotExist:
        raise Http404 from None
    return redirect("criteria:criterion", draft.pk)


@requires(SET)
def publish(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Say what putting a draft in force will do, and do it."""
    facts = services.facts_offered()
    draft = _shown(request, pk)
    if draft.state != CriterionState.DRAFT or draft.fact not in facts:
        raise Http404
    errors: list[Any] = []
    if request.method == "POST":
        try:
            done = services.publish_criterion(user=request.user, criterion_id=pk, version=_version(request))
        except Refused as refused:
            errors = refused.errors
        except (services.StaleDraft, Criterion.DoesNotExist):
            return render(request, "clients/criteria/publish.html", {"draft": draft, "stale": True}, status=409)
        else:
            today = company_today()
            in_force = done.valid_from or today
            text = _("In force") if in_force <= today else _("In force from {day}").format(day=formats.day(in_force))
            say(request, text, undo_url=reverse("criteria:take_back", args=[pk]))
            return _to(request, reverse("criteria:criterion", args=[pk]))
    context = {**_effect_of(request, draft, facts), "draft": draft, "errors": errors, "before": draft.replaces}
    context |= {"fact_label": facts[draft.fact].label, "nobody": dict(context["shortage"].by_manager).get(None, 0)}
    return render(request, "clients/criteria/publish.html", context, status=422 if errors else 200)


@require_POST
@requires(SET)
def discard(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Throw a draft away; Undo brings it back."""
    try:
        line = services.discard_draft(user=request.user, criterion_id=pk, version=_version(request))
    except Criterion.DoesNotExist:
        raise Http404 from None
    except services.StaleDraft:
        return redirect("criteria:criterion", pk)
    say(request, _("Draft discarded"), undo_url=reverse("criteria:restore", args=[line.pk]))
    return redirect("criteria:list")


@require_POST
@requires(SET)
def restore(request: SignedInRequest, change_id: int) -> HttpResponseBase:
    """Undo a discard."""
    try:
        draft = services.restore_draft(user=request.user, change_id=change_id)
    except RuleChange.DoesNotExist:
        raise Http404 from None
    return _to(request, reverse("criteria:criterion", args=[draft.pk]))


@require_POST
@requires(SET)
def take_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Undo a publication."""
    return _act(request, pk, services.take_back_criterion, _("Taken back: it is a draft again"))


@require_POST
@requires(SET)
def retire(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """End a criterion; Undo brings it back."""
    text = _("Retired: nobody is asked for it any more")
    return _act(request, pk, services.retire_criterion, text, undo="criteria:bring_back", to="criteria:list")


@require_POST
@requires(SET)
def bring_back(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Undo a retirement."""
    return _act(request, pk, services.bring_back_criterion, _("In force again"))


def _act(request: SignedInRequest, pk: int, service: Any, text: str, *, undo: str = "", to: str = "") -> HttpResponseBase:
    try:
        service(user=request.user, criterion_id=pk)
    except Criterion.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        say(request, str(refused.errors[0].message))
    else:
        say(request, text, undo_url=reverse(undo, args=[pk]) if undo else "")
    return _to(request, reverse(to) if to else reverse("criteria:criterion", args=[pk]))


def _version(request: SignedInRequest) -> int:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _to(request: SignedInRequest, url: str) -> HttpResponseBase:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _shown(request: SignedInRequest, pk: int) -> Criterion:
    """Return a criterion that the user may see: drafts are the administrator's."""
    found = Criterion.objects.filter(pk=pk).select_related("replaces", "published_by", "created_by", "retired_by").first()
    if found is None or (found.state == CriterionState.DRAFT and not request.user.has_perm(SET)):
        raise Http404
    return found


def _draft_form(draft: Criterion, facts: dict[str, Fact], data: Any = None, names: words.Names | None = None) -> DraftForm | None:
    fact = facts.get(draft.fact)
    if draft.state != CriterionState.DRAFT or fact is None:
        return None
    return DraftForm(data, criterion=draft, fact=fact, names=names or words.Names.load())


def _page(
    request: SignedInRequest,
    facts: dict[str, Fact],
    opened_one: Criterion | None,
    *,
    opened: bool,
    form: DraftForm | None = None,
    status: int = 200,
) -> HttpResponseBase:
    context: dict[str, Any] = {"page": overview(facts), "here": opened_one.pk if opened_one else None, "opened": opened}
    if opened_one is not None:
        fact = facts.get(opened_one.fact)
        names = words.Names.load()
        context |= {
            "criterion": opened_one,
            "fact": fact,
            "label": str(fact.label) if fact else opened_one.fact,
            "audience": words.audience(opened_one, fact, names),
            "check": words.check(opened_one, fact),
            "form": form or _draft_form(opened_one, facts, names=names),
            "versions": _versions(opened_one),
            "may_be_taken_back": services.may_be_taken_back(opened_one),
            "newer": Criterion.objects.filter(replaces=opened_one).first(),
            "in_force": any(rule.id == opened_one.pk for rule in criteria_in_force().rules),
        }
    fragment = request.htmx and not request.htmx.history_restore_request
    return render(request, "clients/criteria/criteria.html#cols" if fragment else "clients/criteria/criteria.html", context, status=status)


def _versions(newest: Criterion) -> list[Criterion]:
    """Return the versions that a criterion has replaced, newest first."""
    found: list[Criterion] = []
    one = newest.replaces
    while one is not None and len(found) < 20:
        found.append(one)
        one = one.replaces
    return found


def _effect_of(request: SignedInRequest, one: Criterion, facts: dict[str, Fact]) -> dict[str, Any]:
    """Return what the template needs to say who falls short, or would."""
    criteria = criteria_in_force()
    rule = rule_of(one, facts, criteria.as_of, criteria.zone)
    context: dict[str, Any] = {"criterion": one, "draft": one.state == CriterionState.DRAFT, "fact": facts.get(one.fact)}
    if rule is None:
        return context
    shortage = shortage_of(rule)
    in_force = max(one.valid_from or criteria.as_of, criteria.as_of) if context["draft"] else (one.valid_from or criteria.as_of)
    return {
        **context,
        "rule": rule,
        "shortage": shortage,
        "reasons": _reasons(rule, shortage),
        "people": _people(shortage),
        "in_force_from": in_force,
        "due": in_force + timedelta(days=one.grace_days),
        "begins_later": in_force > criteria.as_of,
        "audience": words.audience(one, context["fact"], words.Names.load()),
    }


def _reasons(rule: Rule, shortage: Shortage) -> list[tuple[str, int, int]]:
    months = rule.criterion.max_age_months or 0
    stale = ngettext("Not confirmed for {months} month", "Not confirmed for {months} months", months).format(months=months)
    reasons = [(_("Nothing there"), shortage.empty), (stale, shortage.stale), (_("Does not look as asked"), shortage.unlike)]
    return [(text, number, max(2, 100 * number // shortage.short)) for text, number in reasons if number]


def _people(shortage: Shortage) -> list[dict[str, Any]]:
    names = {user.pk: user for user in User.objects.filter(pk__in=[pk for pk, _number in shortage.by_manager if pk])}
    most = max((number for _pk, number in shortage.by_manager), default=1)
    shown = [
        {"user": names.get(pk) if pk else None, "pk": pk or "none", "number": number, "share": max(2, 100 * number // most)}
        for pk, number in shortage.by_manager[:12]
    ]
    return sorted(shown, key=lambda one: (one["user"] is None, -one["number"]))
