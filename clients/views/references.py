"""Reference lists (sources, industries, lines of business) and the target profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import requires
from clients.errors import Refused
from clients.forms.rules import EntryForm, MergeForm, TargetForm
from clients.models import Client, ValueMove
from clients.models.references import Reference
from clients.services import references as services
from clients.services.target import change_target_profile, current_profile
from ui.saying import say

if TYPE_CHECKING:
    from accounts.access import SignedInRequest

SET = "clients.set_rules"
TITLES = {
    "source": gettext_lazy("Sources"),
    "industry": gettext_lazy("Industries"),
    "line_of_business": gettext_lazy("Lines of business"),
}
_COUNTS = {
    # Answered from the indexes client_of_source and client_of_industry alone; lines of business read the table.
    "source": "SELECT source_id, count(*) FROM clients_client WHERE archived_at IS NULL GROUP BY source_id",
    "industry": "SELECT industry_id, count(*) FROM clients_client WHERE archived_at IS NULL GROUP BY industry_id",
    "line_of_business": "SELECT line_of_business_id, count(*) FROM clients_client WHERE archived_at IS NULL GROUP BY line_of_business_id",
}

_INSIDE = """
SELECT count(*) FILTER (WHERE in_target), count(*) FILTER (WHERE NOT in_target), count(*) FROM clients_client WHERE archived_at IS NULL
"""


def _model(kind: str) -> type[Reference]:
    if kind not in services.LISTS:
        raise Http404
    return services.LISTS[kind]


@requires(SET)
def entries(request: SignedInRequest, kind: str = "source") -> HttpResponseBase:
    """The entries of one list with how many clients have each; posting adds one."""
    model = _model(kind)
    form = EntryForm(request.POST or None, kind=kind)
    if request.method == "POST" and form.is_valid():
        try:
            entry = services.add_reference(model, user=request.user, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Added: {name}").format(name=entry.name))
            return redirect("criteria:references", kind)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS[kind])
        numbers = dict(cursor.fetchall())
    listed: list[Any] = list(model._default_manager.select_related("merged_into"))
    context = {
        "kind": kind,
        "title": TITLES[kind],
        "tabs": TITLES.items(),
        "form": form,
        "active": [(entry, numbers.get(entry.pk, 0)) for entry in listed if not entry.retired],
        "retired": [(entry, numbers.get(entry.pk, 0)) for entry in listed if entry.retired],
        "without": numbers.get(None, 0),
        "moves": ValueMove.objects.filter(finished_at=None, field=kind),
    }
    return render(request, "clients/rules/references.html", context, status=422 if form.errors else 200)


@requires(SET)
def entry(request: SignedInRequest, kind: str, pk: int) -> HttpResponseBase:
    """Rename an entry; for sources, mark it as targeted or not."""
    one: Any = _found(kind, pk)
    initial = {"name": one.name, "targeted": getattr(one, "targeted", False)}
    form = EntryForm(request.POST or None, kind=kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_reference(user=request.user, kind=kind, entry_id=pk, **form.cleaned_data)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Saved"))
            return _back(request, kind)
    return _dialog(request, "clients/rules/reference.html", {"entry": one, "kind": kind, "form": form, "title": TITLES[kind]})


@requires(SET)
def merge(request: SignedInRequest, kind: str, pk: int) -> HttpResponseBase:
    """Merge an entry into another; its clients follow."""
    one = _found(kind, pk)
    others = _model(kind)._default_manager.filter(retired=False).exclude(pk=pk)
    form = MergeForm(request.POST or None, entries=[(other.pk, other.name) for other in others])
    if request.method == "POST" and form.is_valid():
        try:
            move = services.merge_reference(user=request.user, kind=kind, entry_id=pk, into_id=form.cleaned_data["into"])
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Merged") if move.finished_at else _("Merged; the clients follow in the background"))
            return _back(request, kind)
    clients = Client.objects.filter(**{f"{kind}_id": pk}).values("pk")[:10_001].count()
    return _dialog(
        request, "clients/rules/merge.html", {"entry": one, "kind": kind, "form": form, "title": TITLES[kind], "clients": clients}
    )


@require_POST
@requires(SET)
def retire(request: SignedInRequest, kind: str, pk: int) -> HttpResponseBase:
    """Offer an entry no longer; Undo offers it again."""
    return _retire(request, kind, pk, retired=True)


@require_POST
@requires(SET)
def bring_back(request: SignedInRequest, kind: str, pk: int) -> HttpResponseBase:
    """Offer a retired entry again."""
    return _retire(request, kind, pk, retired=False)


@require_POST
@requires(SET)
def usual_sources(request: SignedInRequest) -> HttpResponseBase:
    """Fill an empty list of sources with the usual ones."""
    services.add_usual_sources(user=request.user)
    return redirect("criteria:references", "source")


def _retire(request: SignedInRequest, kind: str, pk: int, *, retired: bool) -> HttpResponseBase:
    _found(kind, pk)
    try:
        one = services.retire_reference(user=request.user, kind=kind, entry_id=pk, retired=retired)
    except Refused as refused:
        say(request, str(refused.errors[0].message))
    else:
        if retired:
            text = _("Retired: {name}. Clients that have it keep it.").format(name=one.name)
            say(request, text, undo_url=reverse("criteria:reference_back", args=[kind, pk]))
    return _back(request, kind)


def _found(kind: str, pk: int) -> Reference:
    found = _model(kind)._default_manager.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _back(request: SignedInRequest, kind: str) -> HttpResponseBase:
    url = reverse("criteria:references", args=[kind])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _dialog(request: SignedInRequest, template: str, context: dict[str, Any]) -> HttpResponseBase:
    form = context["form"]
    return render(request, f"{template}#dialog" if request.htmx else template, context, status=422 if form.errors else 200)


@requires(SET)
def target(request: SignedInRequest) -> HttpResponseBase:
    """Whom the company seeks, and how many of the registry are inside."""
    profile = current_profile()
    chosen = sorted(profile.industry_ids)
    initial = {
        "revision": profile.revision,
        "kinds": profile.kinds,
        "industries": chosen,
        "countries": profile.countries,
        "regions": profile.regions,
        "min_employees": profile.min_employees,
        "max_employees": profile.max_employees,
    }
    form = TargetForm(request.POST or None, initial=initial, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            change_target_profile(user=request.user, revision=values.pop("revision"), values=values)
        except Refused as refused:
            form.refuse(refused.errors)
        else:
            say(request, _("Profile saved; the registry is marked by it now"))
            return redirect("criteria:target")
    context = {"form": form, "profile": profile}
    return render(request, "clients/rules/target.html", context, status=422 if form.errors else 200)


@require_GET
@requires(SET)
def target_share(request: SignedInRequest) -> HttpResponseBase:
    """How many clients are inside the profile, outside it, and what is still to be marked."""
    with connection.cursor() as cursor:
        cursor.execute(_INSIDE)
        inside, outside, clients = cursor.fetchone()
    profile = current_profile()
    context = {
        "inside": inside,
        "outside": outside,
        "clients": clients,
        "share": 100 * inside // clients if clients else None,
        "marking": profile.marked_revision != profile.revision,
        "asks_nothing": profile.asks_nothing,
    }
    return render(request, "clients/rules/target_share.html", context)
