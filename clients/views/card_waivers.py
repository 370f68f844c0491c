"""Waivers on the card: granted with a reason and an end, and ended early."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients import custom_fields
from clients.criteria.days import add_months
from clients.criteria.facts import all_facts
from clients.errors import Refused
from clients.forms.lifecycle import WaiverForm
from clients.models import Waiver
from clients.services import end_waiver, grant_waiver
from clients.views.card import CardPage, answer, dialog, find_own_client, posted
from clients.views.card_contacts import say_refusal
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("clients.change_client", "clients.grant_waiver")
@require_http_methods(["GET", "POST"])
def waive(request: SignedInRequest, pk: int, fact: str) -> HttpResponse:
    """Excuse the client from what the criteria ask of one fact."""
    client = find_own_client(request, pk)
    known = all_facts(custom_fields.active()).get(fact)
    if known is None:
        raise Http404
    form = WaiverForm(posted(request), proposed=add_months(CardPage(request, client).today, 3))
    if request.method == "POST":
        typed = form.typed()
        try:
            grant_waiver(user=request.user, client_id=pk, fact=fact, reason=typed["reason"] or "", until=typed["until"] or "")
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("Waiver granted: %(fact)s") % {"fact": known.label})
            return answer(request, pk, "missing", "timeline", close=True)
    context = {"client": client, "form": form, "fact": known, "action": request.path}
    return dialog(request, "clients/card/waiver_form.html", context, status=422 if form.errors else 200)


@requires("clients.change_client", "clients.grant_waiver")
@require_POST
def end(request: SignedInRequest, pk: int, waiver_id: int) -> HttpResponse:
    """Let the criteria ask again at once."""
    client = find_own_client(request, pk)
    waiver = get_object_or_404(Waiver, pk=waiver_id, client=client)
    try:
        end_waiver(user=request.user, waiver_id=waiver.pk)
        say(request, _("Waiver ended"))
    except Refused as refusal:
        say_refusal(request, refusal)
    return answer(request, pk, "missing", "timeline")
