"""What counts as alike: from which likeness pairs are shown, and from which they are clear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import Refused
from clients.forms.duplicates import DuplicateSettingsForm
from clients.models import DuplicatePair, DuplicateSettings
from clients.services.duplicates import change_duplicate_settings
from clients.views.duplicates.search import current_search
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_STEPS = (50, 60, 70, 75, 80, 85, 90, 95, 100)


def _open_pairs_from(least: int) -> list[tuple[int, int]]:
    """Return how many open pairs there are from each likeness on; below `least` nobody has looked for any."""
    pairs = DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).order_by()
    numbers = dict(pairs.values_list("score").annotate(n=Count("pk")))
    return [(step, sum(number for score, number in numbers.items() if score >= step)) for step in _STEPS if step >= least]


@requires("clients.set_duplicates")
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponseBase:
    """Show what counts as alike with the number of pairs that each likeness would show; save it."""
    chosen = DuplicateSettings.current()
    form = DuplicateSettingsForm(request.POST if request.method == "POST" else None, settings=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            change_duplicate_settings(user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Saved"))
            url = reverse("duplicates:queue")
            return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    context = {"form": form, "steps": _open_pairs_from(chosen.review_from), "search": current_search()}
    template = "clients/duplicates/settings.html"
    return render(request, f"{template}#dialog" if request.htmx else template, context, status=422 if form.errors else 200)
