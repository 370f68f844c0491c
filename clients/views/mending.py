"""Mend these: what a manager's own clients lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.models import Client
from clients.quality.mending import MendList
from clients.services import confirm_fact
from clients.views.card import find_own_client
from clients.views.card_contacts import say_refusal
from ui.lists import BadCursor
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@require_GET
@requires("clients.change_client")
def mend(request: SignedInRequest) -> HttpResponse:
    """The own clients with what is to be mended, the most urgent first."""
    found = MendList(request.user, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    try:
        items = found.items
    except BadCursor:
        return redirect("quality:mend")
    return render(request, "clients/quality/mend.html", {"items": items, "keys": found.keys})


@require_POST
@requires("clients.change_client")
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that one fact of a client holds as of now; its entry of the list shows what is left."""
    find_own_client(request, pk)
    try:
        done = confirm_fact(user=request.user, client_id=pk, fact=request.POST.get("fact", ""))
        say(request, _("Confirmed"), undo_url=reverse("clients:confirm_undo", args=[pk, done.pk]))
    except Refused as refusal:
        say_refusal(request, refusal)
    if not request.htmx:
        return redirect("quality:mend")
    client = Client.objects.prefetch_related("contacts", "waivers").get(pk=pk)
    return render(request, "clients/quality/mend_item.html", {"item": MendList(request.user).item(client)})
