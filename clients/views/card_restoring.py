"""Bringing back what the history keeps: one value, or a client as it was before a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import FieldError, Refused, StaleVersion
from clients.forms.fields import as_number
from clients.history import event_models, last_change_id
from clients.history_words import Change, differences
from clients.models import Client, Contact
from clients.services import restore_contact_fact, restore_facts
from clients.services.restoring import NoSuchEvent, Version, version_before
from clients.views.card import find_own_client
from clients.views.card_contacts import say_refusal
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lead back to where the button stood."""
    return redirect("clients:history" if request.POST.get("from") == "history" else "clients:card", pk=pk)


def _say_moved_on(request: SignedInRequest) -> None:
    messages.warning(request, _("This has been changed meanwhile; look at it as it is now, then decide."))


# --- one value -----------------------------------------------------------------------------------


@requires("clients.change_client")
@require_POST
def put_back(request: SignedInRequest, pk: int, event_id: int, key: str) -> HttpResponse:
    """Give one fact the value that it had before a change."""
    client = find_own_client(request, pk)
    version = as_number(request.POST.get("version"))
    try:
        after = restore_facts(user=request.user, client_id=pk, event_id=event_id, version=version, fields=[key])
    except NoSuchEvent:
        raise Http404 from None
    except StaleVersion:
        _say_moved_on(request)
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        changed = after.version != client.version
        say(request, _("Put back"), undo_url=reverse("clients:change_undo", args=[pk, last_change_id(client)]) if changed else "")
    return _back(request, pk)


@requires("clients.change_client")
@require_POST
def put_back_of_contact(request: SignedInRequest, pk: int, event_id: int, key: str) -> HttpResponse:
    """Give one value of a contact back what it was before a change; without a version, as Undo."""
    client = find_own_client(request, pk)
    version = as_number(request.POST["version"]) if "version" in request.POST else None
    before = _last_contact_event(client)
    try:
        restore_contact_fact(user=request.user, client_id=pk, event_id=event_id, field=key, version=version)
    except (NoSuchEvent, Contact.DoesNotExist):
        raise Http404 from None
    except StaleVersion:
        _say_moved_on(request)
    except Refused as refusal:
        say_refusal(request, refusal)
    else:
        made = _last_contact_event(client)
        say(request, _("Put back"), undo_url=reverse("clients:contact_change_put_back", args=[pk, made, key]) if made != before else "")
    return _back(request, pk)


def _last_contact_event(client: Client) -> int:
    of_contacts = event_models()[1].objects.filter(client_id=client.pk)
    return int(of_contacts.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0)


# --- a whole version -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One fact that differs: how it stands now, how it stood, and whether it is to come back."""

    change: Change
    chosen: bool
    errors: list[FieldError]

    @property
    def label(self) -> str:
        return str(capfirst(self.change.label))


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def restore(request: SignedInRequest, pk: int, event_id: int) -> HttpResponse:
    """Show a client as it was before a change, field by field; bring back what is chosen."""
    client = find_own_client(request, pk)
    if client.archived_at is not None:
        return redirect("clients:card", pk=pk)
    try:
        version = version_before(user=request.user, client=client, event_id=event_id)
    except NoSuchEvent:
        raise Http404 from None
    if request.method == "GET":
        return _page(request, client, version, _suggested(request, client, version))
    chosen = {field for field in version.fields if request.POST.get(field) == "then"}
    try:
        after = restore_facts(
            user=request.user, client_id=pk, event_id=event_id, version=as_number(request.POST.get("version")), fields=chosen
        )
    except StaleVersion:
        _say_moved_on(request)
        return _page(request, client, version, chosen, status=409)
    except PermissionDenied:  # the client is theirs: it is the manager that may not be changed
        return _page(request, client, version, chosen, status=422)
    except Refused as refusal:
        return _page(request, client, version, chosen, refused=refusal.errors, status=422)
    count = len(chosen)
    if after.version == client.version:
        say(request, _("Nothing was chosen; everything stays as it is."))
    else:
        said = ngettext("%(count)s fact restored", "%(count)s facts restored", count) % {"count": count}
        say(request, said, undo_url=reverse("clients:change_undo", args=[pk, last_change_id(client)]))
    return redirect("clients:card", pk=pk)


def _suggested(request: SignedInRequest, client: Client, version: Version) -> set[str]:
    """Return what is ticked at first: all that nothing forbids, or, with ?only, one of it."""
    only = request.GET.getlist("only")
    return {field for field in version.fields if not version.errors_of(field) and (not only or field in only)}


def _page(
    request: SignedInRequest,
    client: Client,
    version: Version,
    chosen: set[str],
    *,
    refused: list[FieldError] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = version.errors if refused is None else tuple(refused)
    shown = differences(client, version.event, version.fields)
    lines = [Line(one, one.field in chosen, [error for error in errors if error.field == one.field]) for one in shown]
    elsewhere = [error for error in errors if error.field not in {one.field for one in shown}]
    context: dict[str, Any] = {"client": client, "version": version, "lines": lines, "elsewhere": elsewhere}
    return render(request, "clients/restore.html", context, status=status)
