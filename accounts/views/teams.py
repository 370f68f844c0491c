"""Teams."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.forms.people import TeamForm
from accounts.models import Team, User
from accounts.services import company

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("accounts.manage_users")
def teams(request: "SignedInRequest") -> HttpResponseBase:
    """List the teams with their members, and make a new one."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = company.save_team(by=request.user, name=form.cleaned_data["name"], head=form.cleaned_data["head"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Team %(team)s added") % {"team": made})
            return redirect("accounts:teams")
    members = Prefetch("members", User.objects.active().order_by("full_name", "id"))
    return render(request, "accounts/teams.html", {"form": form, "teams": Team.objects.select_related("head").prefetch_related(members)})


@requires("accounts.manage_users")
def team(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Change the name and the head of a team."""
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            company.save_team(by=request.user, team_id=pk, name=form.cleaned_data["name"], head=form.cleaned_data["head"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("Team saved"))
            return redirect("accounts:teams")
    return render(request, "accounts/team.html", {"form": form, "team": found, "members": found.members.active()})


@requires("accounts.manage_users")
@require_POST
def remove_team(request: "SignedInRequest", pk: int) -> HttpResponseBase:
    """Remove a team; its members stay without one."""
    found = get_object_or_404(Team, pk=pk)
    company.remove_team(by=request.user, team_id=pk)
    messages.success(request, _("Team %(team)s removed") % {"team": found})
    return redirect("accounts:teams")
