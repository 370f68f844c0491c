"""The first page."""

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import requires
from accounts.roles import Role

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires()
def home(request: "SignedInRequest") -> HttpResponse:
    """Lead to the page that the day begins with: Today for whoever has clients to call, the registry for who looks after it."""
    return redirect("reminders:today" if request.user.role in (Role.MANAGER, Role.MANAGEMENT) else "clients:list")
