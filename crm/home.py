"""The first page."""

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import requires

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires()
def home(request: "SignedInRequest") -> HttpResponse:
    """Lead to the page that the day begins with: the clients, until there is Today."""
    return redirect("clients:list")
