"""The finder (Ctrl K): clients as somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import requires
from clients.models import Client
from clients.search import find_clients

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SHOWN = 8


@requires("clients.view_client")
@require_GET
def find(request: SignedInRequest) -> HttpResponseBase:
    """The clients that may be meant, best first, as lines of the finder."""
    typed = request.GET.get("q", "")[:200]
    hits = {hit.client_id: hit for hit in find_clients(typed, limit=SHOWN)}
    clients = Client.objects.visible_to(request.user).only("full_name", "short_name", "city", "kind").in_bulk(hits)
    found = [(clients[pk], hit) for pk, hit in hits.items() if pk in clients]
    return render(request, "clients/found.html", {"found": found})
