"""Registering a client by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from accounts.roles import Role
from clients.alike import Alike, clients_alike
from clients.errors import FieldError, MayBeDuplicate, Refused
from clients.forms.clients import NewClientForm
from clients.forms.fields import Choices, as_number
from clients.models import Client
from clients.search import find_clients
from clients.services import register_client
from clients.services.preparing import prepare_client
from clients.services.rules import Rules
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

KEPT_FOR_THE_NEXT = ("kind", "source", "manager", "is_customer", "is_supplier", "lifecycle", "country")
"""What "Save and add another" carries over: clients entered in a row tend to come from one place."""


@requires("clients.add_client")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Register a client with its contacts. The query may preset fields (?source=3&manager=5)."""
    rules = Rules.load()
    form = _form(request, rules, request.POST if request.method == "POST" else None)
    candidates: list[Alike] = []
    if request.method == "POST":
        because = form.reason()
        try:
            client = register_client(
                user=request.user, data=form.typed(), contacts=form.typed_contacts(), allow_duplicate=because or "", rules=rules
            )
        except Refused as refusal:
            form.take_refusal(refusal.errors)
            candidates = _candidates(request, form, rules) if because is not None else []
        except MayBeDuplicate as found:
            candidates = found.candidates
            if because is not None:
                form.take_refusal([FieldError("allow_duplicate", "required", _("Say in a few words why it is another client."))])
        else:
            say(request, _("%(name)s registered") % {"name": client})
            return redirect(_next_one(client) if "another" in request.POST else reverse("clients:card", args=[client.pk]))
    context = {"form": form, **_aside(request, form, rules)} | ({"candidates": candidates, "alike": []} if candidates else {})
    refused = form.refused_fields or form.client.errors or candidates
    return render(request, "clients/new.html", context, status=422 if refused else 200)


def _form(request: SignedInRequest, rules: Rules, data: Any = None) -> NewClientForm:
    preset = {name: request.GET[name] for name in KEPT_FOR_THE_NEXT if name in request.GET}
    if request.user.role == Role.MANAGER:
        preset.setdefault("manager", str(request.user.pk))
    initial = {"kind": "organisation", "lifecycle": "potential", "is_customer": not preset.get("is_supplier"), **preset}
    return NewClientForm(data, choices=Choices(), custom_fields=rules.custom_fields, criteria=rules.criteria, initial=initial)


def _next_one(client: Client) -> str:
    held = {name: getattr(client, f"{name}_id" if name in {"source", "manager"} else name) for name in KEPT_FOR_THE_NEXT}
    query = HttpRequest().GET.copy()
    query.update({name: "on" if value is True else str(value) for name, value in held.items() if value})
    return f"{reverse('clients:new')}?{query.urlencode()}"


def _aside(request: SignedInRequest, form: NewClientForm, rules: Rules) -> dict[str, Any]:
    """Return how complete the form is as it stands, and which clients it may mean. Nothing is saved."""
    if not form.client.is_bound:
        return {}
    prepared = prepare_client(form.typed(), form.typed_contacts(), rules)
    return {"evaluation": prepared.evaluation, "alike": clients_alike(request.user, prepared.values, prepared.contacts)}


def _candidates(request: SignedInRequest, form: NewClientForm, rules: Rules) -> list[Alike]:
    """Return whom a form that comes back for other reasons asks about still: the reason that was typed stays beside them."""
    prepared = prepare_client(form.typed(), form.typed_contacts(), rules)
    return clients_alike(request.user, prepared.values, prepared.contacts)


@requires("clients.add_client")
@require_POST
def check(request: SignedInRequest) -> HttpResponse:
    """Tell, while somebody types, what is still missing and which clients it may be already."""
    rules = Rules.load()
    form = _form(request, rules, request.POST)
    return render(request, "clients/new_aside.html", _aside(request, form, rules))


@requires("clients.view_client")
@require_GET
def referrers(request: SignedInRequest) -> JsonResponse:
    """Answer the picker of referrers: clients that ?q may mean (leaving out ?not, the client itself)."""
    typed = request.GET.get("q", "")[:200]
    itself = as_number(request.GET.get("not"))
    hits = [hit.client_id for hit in find_clients(typed, limit=20) if hit.client_id != itself] if typed.strip() else []
    clients = Client.objects.visible_to(request.user).in_bulk(hits)
    results = [{"id": pk, "text": str(clients[pk]), "hint": clients[pk].city} for pk in hits if pk in clients]
    return JsonResponse({"results": results})
