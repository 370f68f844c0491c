"""Entering a sale or a purchase, changing and removing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from clients.errors import Refused, StaleVersion
from clients.forms.fields import as_number
from clients.models import Client
from clients.views.card import posted
from sales.forms.documents import DocumentForm
from sales.models import Document
from sales.models.documents import DocumentKind
from sales.services import change_document, post_document, remove_document, restore_document
from sales.tables import kind_in_words
from sales.views.answering import not_yours, say_refusal
from sales.views.documents import find_own_document
from ui.conflicts import compare
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest


@requires("sales.add_document")
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponseBase:
    """Enter a sale, or with ?kind=purchase a purchase. The address may propose: ?client=5&amount=120."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in DocumentKind.values else DocumentKind.SALE
    form = DocumentForm(posted(request), user=request.user, kind=kind, initial=request.GET)
    if request.method == "POST":
        data, lines = form.for_service()
        try:
            made = post_document(user=request.user, kind=kind, data=data, lines=lines)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        else:
            undo = reverse("sales:remove", args=[made.pk])
            say(request, _("%(what)s %(number)s entered") % {"what": kind_in_words(made), "number": made}, undo_url=undo)
            return redirect(f"{reverse('sales:new')}?{_next_one(made)}" if "another" in request.POST else made.get_absolute_url())
    return _form(request, form)


def _next_one(made: Document) -> str:
    """Return what "Save and enter another" carries over: papers entered in a row tend to be of one day."""
    return f"day={made.day.isoformat()}&kind={made.kind}"


@requires("sales.change_document")
@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Change a document. What somebody else changed meanwhile stands beside what was typed, and nothing is lost."""
    document = find_own_document(request, pk)
    form = DocumentForm(posted(request), user=request.user, kind=document.kind, document=document)
    if request.method == "POST":
        changes, lines = form.for_service()
        try:
            saved = change_document(user=request.user, document_id=pk, version=form.version, changes=changes, lines=lines)
        except Refused as refusal:
            form.take_refusal(refusal.errors)
        except PermissionDenied:
            form.take_refusal([not_yours()])
        except StaleVersion:
            return _conflict(request, form, find_own_document(request, pk))
        except Document.DoesNotExist:
            raise Http404 from None
        else:
            say(request, _("%(what)s %(number)s saved") % {"what": kind_in_words(saved), "number": saved})
            return redirect(saved)
    return _form(request, form)


def _form(request: SignedInRequest, form: DocumentForm) -> HttpResponse:
    chosen = as_number(form["client"].value())
    client = Client.objects.visible_to(request.user).filter(pk=chosen).first() if chosen else None
    context: dict[str, Any] = {"form": form, "document": form.document, "client": client, "is_sale": form.kind == DocumentKind.SALE}
    return render(request, "sales/document/form.html", context, status=422 if form.is_refused else 200)


def _conflict(request: SignedInRequest, mine: DocumentForm, current: Document) -> HttpResponse:
    theirs = DocumentForm(user=request.user, kind=current.kind, document=current)
    conflict = compare(mine, theirs, version=current.version)
    conflict.kept.extend((f"line_{name}", row.typed.get(name, "")) for row in mine.rows for name in ("id", *mine.line_fields))
    context = {
        "conflict": conflict,
        "conflict_title": _("Somebody else changed this document while you wrote"),
        "document": current,
        "differ": [row.typed for row in mine.rows] != [row.typed for row in theirs.rows],
        "theirs": theirs,
        "action": reverse("sales:edit", args=[current.pk]),
    }
    return render(request, "sales/document/conflict.html", context, status=409)


@requires("sales.change_document")
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Remove a document; it can be put back from the toast."""
    document = find_own_document(request, pk)
    version = as_number(request.POST.get("version")) or None
    try:
        event = remove_document(user=request.user, document_id=pk, version=version)
    except Document.DoesNotExist:
        raise Http404 from None
    except Refused as refusal:
        say_refusal(request, refusal)
        return redirect(document)
    except StaleVersion:
        messages.warning(request, _("Somebody changed this meanwhile; look at it again before you remove it."))
        return redirect(document)
    words = _("%(what)s %(number)s removed") % {"what": kind_in_words(document), "number": document}
    say(request, words, undo_url=reverse("sales:restore", args=[event]))
    return redirect(reverse("sales:list") + ("?kind=purchase" if document.kind == DocumentKind.PURCHASE else ""))


@requires("sales.change_document")
@require_POST
def restore(request: SignedInRequest, event_id: int) -> HttpResponseBase:
    """Put a removed document back."""
    try:
        back = restore_document(user=request.user, event_id=event_id)
    except Document.DoesNotExist:
        raise Http404 from None
    except StaleVersion as there:
        return redirect(reverse("sales:document", args=[there.current.pk]))
    except Refused as refusal:
        say_refusal(request, refusal)
        return redirect("sales:list")
    say(request, _("%(what)s %(number)s is back") % {"what": kind_in_words(back), "number": back})
    return redirect(back)
