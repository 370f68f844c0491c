"""All reminders of somebody for the time of a holiday: to a colleague, and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Min
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.models import User
from clients.errors import Refused
from clients.forms.fields import as_number
from reminders.forms.moving import HolidayForm
from reminders.models import Reminder
from reminders.services import hand_back_reminders, hand_over_reminders
from reminders.services.moving import done_for, handed_over_between
from ui import formats
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_SHOWN = 5
ANYBODY = "reminders.change_any_reminder"


@dataclass(frozen=True)
class Preview:
    """What a hand-over would give: how many, and the first of them."""

    number: int
    first_ones: list[Reminder]

    @property
    def more(self) -> int:
        return self.number - len(self.first_ones)


@dataclass(frozen=True)
class StandIn:
    """A colleague who does something for `owner` now: how much, from when until when."""

    owner: User
    colleague: User
    number: int
    first: date
    last: date


@requires("reminders.change_reminder")
@require_http_methods(["GET", "POST"])
def hand_over_many(request: SignedInRequest) -> HttpResponse:
    """Show how many reminders a range of days holds, and give them to a colleague."""
    anybody = request.user.has_perm(ANYBODY)
    given = request.POST if request.method == "POST" else request.GET if "first" in request.GET else None
    form = HolidayForm(given, user=request.user, anybody=anybody)
    if request.method == "POST":
        if form.owner_id != request.user.pk and not anybody:
            raise PermissionDenied
        try:
            return _hand_over(request, form)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
    fragment = request.headers.get("HX-Request") == "true" and request.method == "GET" and given is not None
    context: dict[str, Any] = {"form": form, "preview": _preview(form) if given is not None else None}
    if fragment:
        return render(request, "reminders/hand_over/preview.html", context)
    context["stand_ins"] = _stand_ins(None if anybody else request.user)
    context["done_for_others"] = _does_for_others(request.user)
    return render(request, "reminders/hand_over/page.html", context, status=422 if form.errors else 200)


def _hand_over(request: SignedInRequest, form: HolidayForm) -> HttpResponse:
    first, last = form.days()
    now = timezone.now()
    to = as_number(form.typed()["to"])
    number = hand_over_reminders(user=request.user, owner_id=form.owner_id, to_id=to, first=first, last=last, now=now)
    colleague = User.objects.get(pk=to)
    told = ngettext("%(number)s reminder handed over to %(name)s", "%(number)s reminders handed over to %(name)s", number)
    back = f"{reverse('reminders:hand_back')}?{urlencode({'owner': form.owner_id, 'given': now.isoformat()})}" if number else ""
    say(request, told % {"number": formats.number(number), "name": colleague}, undo_url=back)
    return redirect("reminders:hand_over_many")


def _preview(form: HolidayForm) -> Preview | None:
    """Return what the form would give; None while its days are none."""
    owner = User.objects.filter(pk=form.owner_id).first()
    try:
        first, last = form.days()
    except Refused:
        return None
    if owner is None:
        return None
    found = handed_over_between(owner, first, last)
    return Preview(found.count(), list(found.for_rows().soonest_first()[:_SHOWN]))


def _stand_ins(owner: User | None) -> list[StandIn]:
    """Return who does what for `owner` now; for anybody where that is None."""
    rows = Reminder.objects.open().filter(stands_in_for__isnull=False) if owner is None else done_for(owner)
    groups = rows.order_by().values("stands_in_for", "owner").annotate(number=Count("pk"), first=Min("on_day"), last=Max("on_day"))
    found = list(groups.order_by("first", "stands_in_for", "owner"))
    people = User.objects.in_bulk({pk for one in found for pk in (one["stands_in_for"], one["owner"]) if pk})
    return [
        StandIn(people[one["stands_in_for"]], people[one["owner"]], one["number"], one["first"], one["last"])
        for one in found
        if one["owner"] in people
    ]


def _does_for_others(user: User) -> list[StandIn]:
    """Return for whom `user` does something now."""
    rows = Reminder.objects.open().owned_by(user).filter(stands_in_for__isnull=False)
    groups = rows.order_by().values("stands_in_for").annotate(number=Count("pk"), first=Min("on_day"), last=Max("on_day"))
    found = list(groups.order_by("first"))
    people = User.objects.in_bulk({one["stands_in_for"] for one in found})
    return [StandIn(people[one["stands_in_for"]], user, one["number"], one["first"], one["last"]) for one in found]


@requires("reminders.change_reminder")
@require_POST
def hand_back(request: SignedInRequest) -> HttpResponse:
    """Give back what others do: ?owner= for whom (oneself, without it), ?from= which colleague, ?given= which hand-over is undone."""
    owner = get_object_or_404(User, pk=as_number(_asked(request, "owner")) or request.user.pk)
    colleague = as_number(_asked(request, "from")) or None
    number = hand_back_reminders(user=request.user, owner_id=owner.pk, from_id=colleague, given_at=_given_at(request))
    told = ngettext("%(number)s reminder is back with %(name)s", "%(number)s reminders are back with %(name)s", number)
    say(request, told % {"number": formats.number(number), "name": owner})
    return redirect("reminders:hand_over_many")


def _asked(request: SignedInRequest, name: str) -> str:
    return str(request.POST.get(name) or request.GET.get(name) or "")


def _given_at(request: SignedInRequest) -> datetime | None:
    """Return the moment of the hand-over that is undone; None where none is named. One that is none belongs to no hand-over."""
    asked = _asked(request, "given")
    if not asked:
        return None
    try:
        found = parse_datetime(asked[:40])
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Http404
    return found
