"""Merging two clients that somebody picked: from the card of one of them, "Merge with…"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from clients.errors import FieldError, Merged
from clients.forms.duplicates import OtherClientForm
from clients.forms.fields import as_number
from clients.models import Client
from clients.services.duplicates import UNDO_DAYS
from clients.views.card import dialog, find_own_client, posted
from clients.views.duplicates.comparing import TwoClients, read_two
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def merge_with(request: SignedInRequest, pk: int) -> HttpResponse:
    """Pick the other client, then see both side by side (?with), then merge. With ?redraw a post only draws the page anew."""
    client = find_own_client(request, pk)
    if client.archived_at is not None:
        return redirect("clients:card", pk=pk)
    asked = request.GET.get("with") or ""
    if not asked:
        return _pick(request, client)
    clients = read_two(request.user, pk, as_number(asked))
    if clients is None:
        return _pick(request, client, [FieldError("with", "unknown", _("This client is not there any more. Choose another one."))])
    two = TwoClients(request.user, *clients, posted=posted(request))
    if request.method == "POST" and "redraw" not in request.GET:
        return _merge(request, client, two)
    return _side_by_side(request, client, two)


def _pick(request: SignedInRequest, client: Client, errors: list[FieldError] | None = None) -> HttpResponse:
    form = OtherClientForm(request.GET if errors else posted(request), client=client)
    if errors is None and request.method == "POST":
        if other := form.chosen():
            return redirect(f"{reverse('clients:merge', args=[client.pk])}?with={other}")
        errors = [FieldError("other", "required", _("Choose the client that it is the same as."))]
    if errors:
        form.take_refusal(errors)
    return dialog(request, "clients/duplicates/pick_form.html", {"client": client, "form": form}, status=422 if errors else 200)


def _merge(request: SignedInRequest, client: Client, two: TwoClients) -> HttpResponse:
    try:
        made = two.merge()
    except Merged as merged:
        say(request, str(merged.errors[0]))
        return redirect("clients:card", pk=merged.survivor.pk)
    if made is None:
        now = read_two(request.user, two.kept.pk, two.other.pk)
        if now is not None:
            fresh = TwoClients(request.user, *now, posted=request.POST)
            fresh.stale, fresh.errors = two.stale, two.errors
            two = fresh
        return _side_by_side(request, client, two)
    text = _("%(other)s is merged into %(name)s") % {"other": two.other, "name": two.kept}
    say(request, text, undo_url=reverse("duplicates:merge_undo", args=[made.pk]))
    return redirect("clients:card", pk=two.kept.pk)


def _side_by_side(request: SignedInRequest, client: Client, two: TwoClients) -> HttpResponse:
    context: dict[str, Any] = {
        "client": client,
        "two": two,
        "address": f"{reverse('clients:merge', args=[client.pk])}?with={(two.other if two.kept.pk == client.pk else two.kept).pk}",
        "undo_days": UNDO_DAYS,
    }
    return render(request, "clients/duplicates/by_hand.html", context, status=two.status)
