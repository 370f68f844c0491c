"""What happened with a client: the timeline of its card, and the history as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import requires
from clients.history import CHANGES, Cursor, read_page
from clients.views.card import CardPage, find_client

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("clients.view_client")
def timeline(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the timeline narrowed by ?show, or what is older than ?before."""
    page = CardPage(request, find_client(request, pk))
    if not request.htmx or page.client.erased_at:
        return redirect("clients:card", pk=pk)
    before = Cursor.read(request.GET.get("before", ""))
    if before is None:
        return render(request, "clients/card/timeline.html", page.context())
    page.timeline_before = before
    return render(request, "clients/card/timeline_months.html", page.context())


@requires("clients.view_client")
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show every change of the client, its contacts and its touches as a list with the old values; of a merged one too."""
    client = find_client(request, pk, merged_too=True)
    if client.erased_at:
        return redirect("clients:card", pk=pk)
    before = Cursor.read(request.GET.get("before", ""))
    page = read_page(client, ranks=CHANGES, before=before, limit=50, merge_touches=False)
    return render(request, "clients/history.html", {"client": client, "card": CardPage(request, client), "page": page, "before": before})
