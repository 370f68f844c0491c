"""The search of the whole registry for alike clients: how far it is, when it last ended, and having it begin again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.duplicates.tasks import search_again
from clients.models import DuplicateScan
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def current_search() -> DuplicateScan | None:
    """Return how the search stands; None while nobody has searched yet."""
    found: DuplicateScan | None = DuplicateScan.objects.defer("words").first()
    return found


@requires("clients.view_client")
@require_GET
def progress(request: SignedInRequest) -> HttpResponse:
    """Show how far the search is; the page asks for it again while it runs."""
    if not request.htmx:
        return redirect("duplicates:queue")
    return render(request, "clients/duplicates/search.html", {"search": current_search(), "watched": True})


@requires("clients.set_duplicates")
@require_POST
def search(request: SignedInRequest) -> HttpResponse:
    """Have the whole registry searched again; what was decided of pairs stands."""
    search_again()
    say(request, _("The whole registry is being searched"))
    return redirect("duplicates:queue")
