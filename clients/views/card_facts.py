"""Changing the facts of a client: in place, field by field, and as a whole form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients import card_facts, custom_fields
from clients.criteria import criteria_in_force
from clients.errors import Refused, StaleVersion
from clients.forms.clients import ClientForm
from clients.forms.fields import Choices, FactForm, RegistryForm
from clients.history import last_change_id, last_changed_by
from clients.models import Client, CustomField
from clients.services import Clash, Outcome, change_as_read, fingerprints, undo_change
from clients.views.card import CardPage, answer, find_client, find_own_client
from clients.views.card_contacts import say_refusal
from ui.conflicts import Conflict, compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def _save(request: SignedInRequest, client: Client, form: RegistryForm) -> Outcome:
    return change_as_read(user=request.user, client_id=client.pk, version=form.version, was=form.read_was(), changes=form.typed())


def _tell(request: SignedInRequest, read: Client, outcome: Outcome) -> None:
    """Say that it is saved, and offer to take it back where something has changed since the client was `read`."""
    text = _("Saved. Somebody else changed other facts meanwhile; both are kept.") if outcome.merged else _("Saved")
    changed = outcome.client.version != read.version
    say(request, text, undo_url=reverse("clients:change_undo", args=[read.pk, last_change_id(read)]) if changed else "")


def conflict_of(mine: RegistryForm, theirs: RegistryForm, clash: Clash) -> Conflict:
    """Return both sides of what clashes. What does not clash goes along as it stands now, or as the form changed it."""
    sides = compare(mine, theirs, version=clash.current.version, changed_by=last_changed_by(clash.current))
    was = mine.read_was()
    theirs_now = fingerprints(clash.current, mine.fields)
    kept = list(sides.kept)
    for difference in sides.differences:
        if difference.name not in clash.fields:
            only_mine = theirs_now.get(difference.name) == was.get(difference.name)
            posted = (difference.mine if only_mine else difference.theirs).posted
            kept += [(difference.name, posted)]
    kept.append(("was", json.dumps(theirs_now)))
    return Conflict([one for one in sides.differences if one.name in clash.fields], kept, sides.version, sides.changed_by)


# --- one fact ----------------------------------------------------------------------------------


def _fact_form(client: Client, fact: card_facts.CardFact, own: list[CustomField], data: Any = None, focus: str = "") -> FactForm:
    return FactForm(data, fields=fact.fields, choices=Choices(client), custom_fields=own, focus=focus)


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def fact(request: SignedInRequest, pk: int, key: str) -> HttpResponse:
    """Show one fact as a form in its place, or, with ?shown, as it is read; save it. ?focus=city puts the cursor there."""
    own = list(custom_fields.active())
    found = card_facts.find_fact(key, own)
    if found is None:
        raise Http404
    if request.method == "GET" and "shown" in request.GET:
        return _shown(request, CardPage(request, find_client(request, pk)), found)
    client = find_own_client(request, pk)
    if request.method == "GET":
        return _editing(request, client, found, _fact_form(client, found, own, focus=request.GET.get("focus", "")))
    form = _fact_form(client, found, own, request.POST)
    try:
        outcome = _save(request, client, form)
    except Refused as refusal:
        form.take_refusal(refusal.errors)
        return _editing(request, client, found, form, status=422)
    except Clash as clash:
        theirs = _fact_form(clash.current, found, own)
        return _conflict(request, conflict_of(form, theirs, clash), clash.current, reverse("clients:fact", args=[pk, key]))
    _tell(request, client, outcome)
    row = ("clients/card/fact.html", {"shown": found.on(find_client(request, pk)), "focus": True})
    return answer(request, pk, "head", "missing", "minor_facts", "ages", "timeline", row=row)


def _shown(request: SignedInRequest, page: CardPage, found: card_facts.CardFact) -> HttpResponse:
    return render(request, "clients/card/fact.html", page.context() | {"shown": found.on(page.client), "focus": True})


def _editing(request: SignedInRequest, client: Client, found: card_facts.CardFact, form: FactForm, *, status: int = 200) -> HttpResponse:
    context = {"client": client, "fact": found, "form": form, "card": CardPage(request, client)}
    return render(request, "clients/card/fact_form.html" if request.htmx else "clients/fact_page.html", context, status=status)


def _conflict(request: SignedInRequest, conflict: Conflict, client: Client, action: str) -> HttpResponse:
    context = {"conflict": conflict, "client": client, "action": action}
    if not request.htmx:
        return render(request, "clients/conflict.html", context, status=409)
    response = render(request, "clients/card/conflict.html", context, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#drawer", "innerHTML"
    return response


@requires("clients.change_client")
@require_POST
def undo(request: SignedInRequest, pk: int, event_id: int) -> HttpResponse:
    """Put back the facts that one change has changed."""
    find_own_client(request, pk)
    try:
        undo_change(user=request.user, client_id=pk, event_id=event_id)
    except StaleVersion:
        say(request, _("These facts have been changed again since; they stay as they are."))
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("The facts are as they were before."))
    return redirect("clients:card", pk=pk)


# --- the whole form ----------------------------------------------------------------------------


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change any of the facts of a client at once."""
    client = find_own_client(request, pk)
    if client.archived_at is not None:
        return redirect("clients:card", pk=pk)
    form = _whole_form(request, client)
    if request.method == "POST":
        form = _whole_form(request, client, request.POST)
        try:
            outcome = _save(request, client, form)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except Clash as clash:
            theirs = _whole_form(request, clash.current)
            return _conflict(request, conflict_of(form, theirs, clash), clash.current, request.path)
        else:
            _tell(request, client, outcome)
            return redirect("clients:card", pk=pk)
    context = {"client": client, "form": form, "refused_fields": [field for field in form if field.errors]}
    return render(request, "clients/edit.html", context, status=422 if form.errors else 200)


def _whole_form(request: SignedInRequest, client: Client, data: Any = None) -> ClientForm:
    own = list(custom_fields.active())
    may_hand_over = request.user.has_perm("clients.hand_over_client")
    form = ClientForm(data, choices=Choices(client), custom_fields=own, hand_over=may_hand_over)
    form.mark(criteria_in_force())
    return form
