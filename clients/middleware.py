"""Old addresses: what stood under the number of a client that was merged is found under the survivor's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import reswap, retarget

from clients.errors import Merged

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


class MergedMiddleware:
    """Leads on from the number of a merged client. Not for good, since the merge may be undone.

    What is read is read under the survivor's number. What would be written is not: whoever typed it saw another client;
    they are told, with the way to the survivor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: SignedInRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a view that met a merged client."""
        if not isinstance(exception, Merged):
            return None
        match = request.resolver_match
        if request.method in {"GET", "HEAD"} and match is not None and match.kwargs.get("pk") == exception.client.pk:
            address = reverse(match.view_name, kwargs=match.kwargs | {"pk": exception.survivor.pk})
            query = request.META.get("QUERY_STRING", "")
            return redirect(f"{address}?{query}" if query else address)
        context = {"merged": exception.client, "survivor": exception.survivor}
        if request.htmx:
            answer = render(request, "clients/card/merged.html", context, status=409)
            return reswap(retarget(answer, "#modal"), "innerHTML")
        return render(request, "clients/merged.html", context, status=409)
