"""Archiving a client, bringing it back, and forgetting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import FieldError, Refused, StaleVersion
from clients.forms.lifecycle import ArchiveForm, EraseForm
from clients.models import Client
from clients.services import archive_client, erase_client, restore_client
from clients.views.card import dialog, find_client, find_own_client, posted
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def _to_card(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read the whole card again: it looks different now."""
    url = reverse("clients:card", args=[pk])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _changed_meanwhile() -> FieldError:
    return FieldError("", "stale", _("Somebody else changed this client meanwhile. Read the card again, then decide."))


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def archive(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a client out of the lists, with a reason; the toast offers to bring it back."""
    client = find_own_client(request, pk)
    form = ArchiveForm(posted(request), version=client.version)
    if request.method == "POST":
        try:
            archived = archive_client(user=request.user, client_id=pk, version=form.version, reason=form.typed()["reason"] or "")
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion:
            form.take_refusal([_changed_meanwhile()])
        else:
            undo = f"{reverse('clients:restore', args=[pk])}?version={archived.version}"
            say(request, _("%(name)s archived") % {"name": archived}, undo_url=undo)
            return _to_card(request, pk)
    return dialog(request, "clients/card/archive_form.html", {"client": client, "form": form}, status=422 if form.errors else 200)


@requires("clients.change_client")
@require_POST
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bring an archived client back; an undo names the version that it undoes in ?version."""
    client = find_own_client(request, pk)
    asked = request.GET.get("version", "")
    version = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else client.version
    try:
        restore_client(user=request.user, client_id=pk, version=version)
        say(request, _("%(name)s is back") % {"name": client})
    except StaleVersion:
        say(request, _("Somebody else changed this client meanwhile; it stays as it is."))
    return _to_card(request, pk)


@requires("clients.erase_client")
@require_http_methods(["GET", "POST"])
def erase(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget the personal data of a client for good; its name must be typed to confirm."""
    client: Client = find_client(request, pk)
    if not getattr(client, "is_editable", False):
        raise PermissionDenied
    form = EraseForm(posted(request), version=client.version, name=str(client))
    if request.method == "POST":
        try:
            form.check_name()
            erase_client(user=request.user, client_id=pk, version=form.version)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion:
            form.take_refusal([_changed_meanwhile()])
        else:
            say(request, _("The personal data of client %(number)s are erased") % {"number": pk})
            return redirect("clients:card", pk=pk)
    return render(request, "clients/erase.html", {"client": client, "form": form}, status=422 if form.errors else 200)
