"""The people at a client: added, changed and removed in a drawer of the card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.contacts import ContactForm
from clients.history import last_changed_by
from clients.models import Client, Contact
from clients.services import add_contact, change_contact, put_back_contact, remove_contact
from clients.views.card import answer, dialog, find_own_client, posted
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

_TOUCHED = ("contacts", "head", "missing", "timeline")


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add a contact. ?is_head=on or ?is_main=on ticks that mark."""
    client = find_own_client(request, pk)
    form = ContactForm(
        posted(request), initial={name: name in request.GET for name in ("is_main", "is_head")}, focus=request.GET.get("focus")
    )
    if request.method == "POST":
        try:
            contact = add_contact(user=request.user, client_id=pk, data=form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        else:
            say(request, _("%(name)s added") % {"name": contact})
            return answer(request, pk, *_TOUCHED, "log_contact", close=True)
    return _form(request, client, form, title=_("Add a contact"), action=request.path)


@requires("clients.change_client")
@require_http_methods(["GET", "POST"])
def contact(request: SignedInRequest, pk: int, contact_id: int) -> HttpResponse:
    """Change a contact. ?focus=phones puts the cursor there."""
    client = find_own_client(request, pk)
    found = get_object_or_404(Contact, pk=contact_id, client=client)
    form = ContactForm.of(found, posted(request), focus=request.GET.get("focus"))
    if request.method == "POST":
        try:
            found = change_contact(user=request.user, contact_id=contact_id, version=form.version, changes=form.typed())
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except StaleVersion as stale:
            return _conflict(request, client, form, stale)
        except Contact.DoesNotExist:  # somebody has just removed it
            raise Http404 from None
        else:
            say(request, _("%(name)s saved") % {"name": found})
            return answer(request, pk, *_TOUCHED, "log_contact", close=True)
    return _form(request, client, form, title=str(found), action=request.path, contact=found)


def _form(
    request: SignedInRequest, client: Client, form: ContactForm, *, title: str, action: str, contact: Contact | None = None
) -> HttpResponse:
    context = {"client": client, "form": form, "title": title, "action": action.split("?", maxsplit=1)[0], "contact": contact}
    return dialog(request, "clients/card/contact_form.html", context, status=422 if form.errors else 200)


def _conflict(request: SignedInRequest, client: Client, form: ContactForm, stale: StaleVersion) -> HttpResponse:
    current = stale.current
    assert isinstance(current, Contact)
    conflict = compare(form, ContactForm.of(current), version=current.version, changed_by=last_changed_by(current))
    context = {"conflict": conflict, "client": client, "action": reverse("clients:contact", args=[client.pk, current.pk])}
    return render(request, "clients/card/conflict.html" if request.htmx else "clients/conflict.html", context, status=409)


@requires("clients.change_client")
@require_POST
def remove(request: SignedInRequest, pk: int, contact_id: int) -> HttpResponse:
    """Take a contact off; the toast offers to put it back."""
    client = find_own_client(request, pk)
    found = get_object_or_404(Contact, pk=contact_id, client=client)
    try:
        remove_contact(user=request.user, contact_id=found.pk, version=found.version)
    except Refused as refusal:
        say_refusal(request, refusal)
        return answer(request, pk, *_TOUCHED)
    except StaleVersion:
        say(request, _("Somebody else changed %(name)s meanwhile; read it again, then decide.") % {"name": found})
        return answer(request, pk, *_TOUCHED)
    except Contact.DoesNotExist:  # pressed twice, or somebody else was quicker
        raise Http404 from None
    say(request, _("%(name)s removed") % {"name": found}, undo_url=reverse("clients:contact_put_back", args=[pk, contact_id]))
    return answer(request, pk, *_TOUCHED, "log_contact", close=True)


@requires("clients.change_client")
@require_POST
def put_back(request: SignedInRequest, pk: int, contact_id: int) -> HttpResponse:
    """Undo a removal."""
    find_own_client(request, pk)
    try:
        found = put_back_contact(user=request.user, client_id=pk, contact_id=contact_id)
    except Contact.DoesNotExist:
        raise Http404 from None
    say(request, _("%(name)s is back") % {"name": found}, undo_url=reverse("clients:contact_remove", args=[pk, contact_id]))
    if request.POST.get("from") == "history":
        return redirect("clients:history", pk=pk)
    return answer(request, pk, *_TOUCHED, "log_contact")


def say_refusal(request: SignedInRequest, refusal: Refused) -> None:
    """Say why a service refused what has no form to show it in."""
    for error in refusal.errors:
        messages.error(request, str(error.message))
