"""What was decided of alike clients in the last days, with the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import requires
from clients.errors import Refused
from clients.models import Client, ClientMerge, DuplicatePair
from clients.services.duplicates import UNDO_DAYS, undo_merge
from ui.saying import say

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.access import SignedInRequest
    from accounts.models import User

_LISTED = 200


@dataclass(frozen=True)
class Decision:
    """Two clients that were merged (`merge`), or told apart (`pair`)."""

    at: datetime
    by: User | None
    one: Client
    other: Client
    undo_url: str
    merge: ClientMerge | None = None
    because: str = ""
    """Why somebody entered the second although it looks like the first."""

    @property
    def undone(self) -> bool:
        return self.merge is not None and self.merge.undone_at is not None


def merges_for(user: User) -> QuerySet[ClientMerge]:
    """Return merges with `is_editable`: whether `user` may take them back."""
    editable = Client.objects.editable_by(user).filter(pk=OuterRef("survivor"))
    visible = ClientMerge.objects.filter(survivor__in=Client.objects.visible_to(user).values("pk"))
    return visible.select_related("survivor", "other", "by", "undone_by").annotate(is_editable=Exists(editable))


@requires("clients.view_client")
@require_GET
def lately(request: SignedInRequest) -> HttpResponse:
    """Show who merged or told apart whom, the latest first."""
    since = timezone.now() - timedelta(days=UNDO_DAYS)
    # The numbers first: who may undo what is asked for the rows that are shown, not for all that there are.
    merged = list(ClientMerge.objects.filter(at__gte=since).order_by("-pk").values_list("pk", flat=True)[:_LISTED])
    apart = DuplicatePair.objects.visible_to(request.user).filter(state=DuplicatePair.State.TWO_CLIENTS, decided_at__gte=since)
    told_apart = list(apart.order_by("-decided_at", "-pk").values_list("pk", flat=True)[:_LISTED])
    found = [
        Decision(one.at, one.by, one.survivor, one.other, _undo_url("merge_undo", one, undone=one.undone_at is not None), one)
        for one in merges_for(request.user).filter(pk__in=merged)
    ]
    found += [
        Decision(one.decided_at or since, one.decided_by, one.first, one.second, _undo_url("rejoin", one), because=one.reason)
        for one in DuplicatePair.objects.filter(pk__in=told_apart).for_queue(request.user).select_related("first", "second", "decided_by")
    ]
    found.sort(key=lambda decision: decision.at, reverse=True)
    context = {"decisions": found[:_LISTED], "days": UNDO_DAYS, "cut": len(found) > _LISTED}
    return render(request, "clients/duplicates/lately.html", context)


def _undo_url(name: str, row: ClientMerge | DuplicatePair, *, undone: bool = False) -> str:
    return reverse(f"duplicates:{name}", args=[row.pk]) if getattr(row, "is_editable", False) and not undone else ""


@requires("clients.change_client")
@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make two clients again of what was merged."""
    merge = get_object_or_404(merges_for(request.user), pk=pk)
    if not getattr(merge, "is_editable", False):
        raise PermissionDenied
    try:
        undo_merge(user=request.user, merge_id=pk)
    except Refused as refused:
        say(request, str(refused.errors[0]))
    else:
        say(request, _("%(name)s and %(other)s are two clients again") % {"name": merge.survivor, "other": merge.other})
    return redirect("clients:card", pk=merge.survivor_id)
