"""Confirming what the card shows: all of it, or one fact; each with Undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.touches import read_shown
from clients.models import FactConfirmation
from clients.services import confirm_fact, confirm_facts, take_back_confirmation
from clients.views.card import answer, find_own_client
from clients.views.card_contacts import say_refusal
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_TOUCHED = ("missing", "facts_confirmed", "ages", "timeline")


@requires("clients.change_client")
@require_POST
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that the facts on the card hold as of now."""
    find_own_client(request, pk)
    try:
        done = confirm_facts(user=request.user, client_id=pk, shown_at=read_shown(request.POST))
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("Facts confirmed"), undo_url=_undo(done))
    return answer(request, pk, *_TOUCHED)


@requires("clients.change_client")
@require_POST
def confirm_one(request: SignedInRequest, pk: int, fact: str) -> HttpResponse:
    """Note that one fact holds as of now."""
    find_own_client(request, pk)
    try:
        done = confirm_fact(user=request.user, client_id=pk, fact=fact, shown_at=read_shown(request.POST))
    except Refused as refusal:
        say_refusal(request, refusal)
    except StaleVersion:
        say(request, _("This has been changed or confirmed since you opened the card; read it again."))
    else:
        say(request, _("Confirmed"), undo_url=_undo(done))
    return answer(request, pk, *_TOUCHED)


def _undo(done: FactConfirmation) -> str:
    return reverse("clients:confirm_undo", args=[done.client_id, done.pk])


@requires("clients.change_client")
@require_POST
def undo(request: SignedInRequest, pk: int, confirmation_id: int) -> HttpResponse:
    """Take a confirmation back."""
    find_own_client(request, pk)
    try:
        take_back_confirmation(user=request.user, client_id=pk, confirmation_id=confirmation_id)
    except FactConfirmation.DoesNotExist:  # pressed twice
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        say(request, _("The confirmation is taken back"))
    return answer(request, pk, *_TOUCHED)
