"""The queue of pairs: one pair after another is merged, set apart as two clients, or skipped."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import requires
from clients.duplicates.review import Place, ReviewQueue
from clients.errors import Merged
from clients.models import DuplicatePair
from clients.services.duplicates import UNDO_DAYS, rejoin, set_apart
from clients.views.duplicates.comparing import TwoClients, read_two
from clients.views.duplicates.search import current_search
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_SKIPPED = "skipped_pairs"
_MOST_SKIPPED = 500


def _queue(request: SignedInRequest) -> ReviewQueue:
    show = request.POST.get("show") or request.GET.get("show") or ""
    return ReviewQueue(request.user, show=show, skipped=_skipped(request), after=Place.read(request.GET.get("after", "")))


def _skipped(request: SignedInRequest) -> Collection[int]:
    found: list[int] = request.session.get(_SKIPPED, [])
    return found


def _address(queue: ReviewQueue, pair: DuplicatePair | None) -> str:
    path = reverse("duplicates:pair", args=[pair.pk]) if pair else reverse("duplicates:queue")
    return f"{path}?show={queue.show}"


def _found(request: SignedInRequest, pk: int) -> DuplicatePair | None:
    found: DuplicatePair | None = DuplicatePair.objects.visible_to(request.user).for_queue(request.user).filter(pk=pk).first()
    return found


def _own_pair(request: SignedInRequest, pk: int) -> DuplicatePair | None:
    """Return a pair that the user may decide, None for one that is not there; 403 for one that is somebody else's."""
    pair = _found(request, pk)
    if pair is not None and pair.state != DuplicatePair.State.MERGED and not getattr(pair, "is_editable", False):
        raise PermissionDenied
    return pair


def _go_on(request: SignedInRequest, pair: DuplicatePair | None) -> HttpResponse:
    """Lead to the pair that stands behind `pair`."""
    queue = _queue(request)
    return redirect(_address(queue, queue.next_after(Place.of(pair) if pair else None)))


def _gone(request: SignedInRequest, pair: DuplicatePair | None) -> HttpResponse:
    """Say what became of a pair that is not as it was when its button was drawn, and go on with the next."""
    if pair is None:
        say(request, _("This pair is not in the queue any more: the two have changed, or one of them is gone."))
        return _go_on(request, None)
    if pair.state == DuplicatePair.State.OPEN:
        return redirect(_address(_queue(request), pair))
    names = {"name": pair.first, "other": pair.second, "user": pair.decided_by or _("somebody")}
    if pair.state == DuplicatePair.State.MERGED:
        say(request, _("%(name)s and %(other)s are one already: %(user)s has merged them.") % names)
    else:
        say(request, _("%(name)s and %(other)s are two clients: %(user)s has said so.") % names)
    return _go_on(request, pair)


def _page(request: SignedInRequest, queue: ReviewQueue, pair: DuplicatePair | None, two: TwoClients | None, **more: Any) -> HttpResponse:
    context = {
        "queue": queue,
        "pair": pair,
        "two": two,
        "skipped": queue.skipped,
        "neighbours": queue.neighbours(pair) if pair else (None, None),
        "search": current_search(),
        "undo_days": UNDO_DAYS,
    }
    return render(request, "clients/duplicates/queue.html", context | more, status=two.status if two else 200)


@requires("clients.view_client")
@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """Show the pairs that wait, and on a wide screen the first of them side by side."""
    queue = _queue(request)
    if request.htmx:
        return render(request, "clients/duplicates/queue.html#more_pairs", {"queue": queue, "skipped": queue.skipped})
    first = next((one for one in queue.page if one.pk not in queue.skipped), queue.page[0] if queue.page else None)
    two = _two(request, first) if first else None
    return _page(request, queue, first if two else None, two)


def _two(request: SignedInRequest, pair: DuplicatePair) -> TwoClients | None:
    clients = read_two(request.user, pair.first_id, pair.second_id)
    return TwoClients(request.user, *clients, posted=request.POST or None) if clients else None


@requires("clients.view_client")
@require_http_methods(["GET", "POST"])
def pair(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show one pair side by side. What is posted here changes nothing: the other one shall be kept, with the choices made."""
    found = _found(request, pk)
    if found is None or found.state != DuplicatePair.State.OPEN:
        return _gone(request, found)
    return _page(request, _queue(request), found, _two(request, found), opened=True)


@requires("clients.change_client")
@require_POST
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Make one client of the two, and go on with the next pair."""
    found = _own_pair(request, pk)
    if found is None or found.state != DuplicatePair.State.OPEN:
        return _gone(request, found)
    two = _two(request, found)
    if two is None:
        raise Http404
    try:
        made = two.merge()
    except Merged as merged:
        say(request, str(merged.errors[0]))
        return _go_on(request, found)
    if made is None:
        return _refused(request, found, two)
    text = _("%(other)s is merged into %(name)s") % {"other": two.other, "name": two.kept}
    say(request, text, undo_url=reverse("duplicates:merge_undo", args=[made.pk]))
    return _go_on(request, found)


def _refused(request: SignedInRequest, pair: DuplicatePair, refused: TwoClients) -> HttpResponse:
    """Show the two as they stand now, with the choices that were made and why it was not done."""
    now = _two(request, pair)
    if now is None:
        raise Http404
    now.stale, now.errors = refused.stale, refused.errors
    return _page(request, _queue(request), pair, now, opened=True)


@requires("clients.change_client")
@require_POST
def apart(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remember that these are two clients, and go on with the next pair."""
    found = _own_pair(request, pk)
    if found is None or found.state != DuplicatePair.State.OPEN:
        return _gone(request, found)
    try:
        set_apart(user=request.user, pair_id=pk)
    except Merged as merged:
        say(request, str(merged.errors[0]))
        return _go_on(request, found)
    text = _("%(name)s and %(other)s stay two clients") % {"name": found.first, "other": found.second}
    say(request, text, undo_url=reverse("duplicates:rejoin", args=[pk]))
    return _go_on(request, found)


@requires("clients.change_client")
@require_POST
def put_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask again whether the two are one."""
    found = _own_pair(request, pk)
    if found is None or found.state != DuplicatePair.State.TWO_CLIENTS:
        return _gone(request, found)
    rejoin(user=request.user, pair_id=pk)
    say(request, _("%(name)s and %(other)s stand in the queue again") % {"name": found.first, "other": found.second})
    return redirect("duplicates:queue")


@requires("clients.view_client")
@require_POST
def skip(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave a pair for the end, for as long as one is signed in."""
    found = _found(request, pk)
    if found is None:
        return _gone(request, None)
    skipped = [one for one in _skipped(request) if one != pk]
    request.session[_SKIPPED] = [*skipped, pk][-_MOST_SKIPPED:]
    return _go_on(request, found)
