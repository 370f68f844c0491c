"""Clear pairs: seen in a list, then merged many at once in the background."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import requires
from clients.errors import Refused
from clients.forms.fields import as_number
from clients.models import ClearMerging, DuplicatePair, DuplicateSettings
from clients.services.duplicates import UNDO_DAYS, clear_pairs, merge_clear_pairs
from clients.views.duplicates.lately import merges_for
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_LISTED = 200


@requires("clients.set_duplicates")
@require_http_methods(["GET", "POST"])
def clear(request: SignedInRequest) -> HttpResponse:
    """Show the clear pairs; posted, they are merged in the background, but for those that were unticked."""
    running = ClearMerging.objects.filter(finished_at=None).first()
    if running is not None:
        return redirect("duplicates:cleared", running.pk)
    if request.method == "POST" and request.POST.getlist("shown"):
        return _merge(request)
    count = clear_pairs().order_by().count()
    listed = list(clear_pairs().values_list("pk", flat=True)[:_LISTED])
    context = {
        "pairs": DuplicatePair.objects.filter(pk__in=listed).for_queue(request.user).most_alike_first(),
        "count": count,
        "more": max(0, count - _LISTED),
        "settings": DuplicateSettings.current(),
        "undo_days": UNDO_DAYS,
        "last": ClearMerging.objects.first(),
    }
    return render(request, "clients/duplicates/clear.html", context)


def _merge(request: SignedInRequest) -> HttpResponse:
    ticked = {as_number(text) for text in request.POST.getlist("pair")}
    leave = [pk for pk in map(as_number, request.POST.getlist("shown")) if pk not in ticked]
    pair_ids = clear_pairs().exclude(pk__in=leave).values_list("pk", flat=True) if leave else None
    if not clear_pairs().exclude(pk__in=leave).exists():
        say(request, _("No pair was ticked; nothing is merged"))
        return redirect("duplicates:clear")
    try:
        merging = merge_clear_pairs(user=request.user, pair_ids=pair_ids)
    except Refused as refused:  # somebody else began the same moment
        say(request, str(refused.errors[0]))
        return redirect("duplicates:clear")
    return redirect("duplicates:cleared", merging.pk)


@requires("clients.set_duplicates")
@require_GET
def cleared(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show how far the merging is, and what it did; it can be left and found again."""
    merging = get_object_or_404(ClearMerging.objects.select_related("by"), pk=pk)
    merges = merges_for(request.user).filter(clear=merging).order_by("-pk") if merging.finished_at else ClearMerging.objects.none()
    made = merging.done - len(merging.left)
    context = {
        "merging": merging,
        "share": 100 * merging.done // merging.total if merging.total else 0,
        "made": made,
        "left": Counter(merging.left.values()).most_common(),
        "merges": merges[:_LISTED],
        "more": max(0, made - _LISTED),
    }
    return render(request, "clients/duplicates/cleared.html#work" if request.htmx else "clients/duplicates/cleared.html", context)
